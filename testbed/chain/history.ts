// What happened on the chain, found by account, by block and by logical time, as of any of the latest blocks.
import type { Block, StoredTransaction } from './block-log.ts'

/** How far back an account's state is known. Transactions are known from the first block on. */
export const knownBlocks = 1_000

interface Version {
  height: number
  /** The shard account as a BOC in base64. */
  state: string
}

interface Account {
  /** Ascending by height. */
  versions: Version[]
  /** Ascending by logical time. */
  transactions: StoredTransaction[]
}

export interface Page {
  /** The newest logical time that may be in the page. */
  fromLt?: bigint
  /** Only transactions after this logical time. */
  afterLt?: bigint
  limit: number
}

/** The first index at which `isAfter` holds, in a list where it holds for the rest from there on. */
function firstIndex<Entry>(entries: readonly Entry[], isAfter: (entry: Entry) => boolean): number {
  let from = 0
  let to = entries.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (isAfter(entries[middle] as Entry)) to = middle
    else from = middle + 1
  }
  return from
}

export class History {
  readonly #accounts = new Map<string, Account>()
  readonly #blocks: Block[] = []
  #transactions = 0

  /** The height up to which blocks were made, most of which hold nothing and are not kept. */
  height = 0
  /** Of the newest block, in seconds. */
  utime = 0

  /** Notes a block, also one that holds nothing. */
  reach({ height, utime }: { height: number; utime: number }): void {
    this.height = height
    this.utime = utime
  }

  add(block: Block): void {
    this.reach(block)
    this.#transactions += block.transactions.length
    if (block.transactions.length > 0) this.#blocks.push({ ...block, accounts: new Map() })
    for (const transaction of block.transactions)
      this.#account(transaction.account).transactions.push(transaction)
    for (const [address, state] of block.accounts) {
      const { versions } = this.#account(address)
      versions.push({ height: block.height, state })
      const first = firstIndex(versions, ({ height }) => height > block.height - knownBlocks)
      versions.splice(0, first - 1)
    }
  }

  #account(address: string): Account {
    const known = this.#accounts.get(address)
    if (known) return known
    const account = { versions: [], transactions: [] }
    this.#accounts.set(address, account)
    return account
  }

  get transactionCount(): number {
    return this.#transactions
  }

  /** The account's state after the block at `height`; undefined when it did not exist. */
  stateAt(address: string, height: number): string | undefined {
    const versions = this.#accounts.get(address)?.versions ?? []
    return versions[firstIndex(versions, (version) => version.height > height) - 1]?.state
  }

  /** The account's transactions up to the block at `height`, the newest first. */
  transactionsAt(address: string, height: number, { fromLt, afterLt, limit }: Page): StoredTransaction[] {
    const { transactions } = this.#accounts.get(address) ?? { transactions: [] }
    const end = firstIndex(
      transactions,
      (each) => each.height > height || (fromLt !== undefined && each.lt > fromLt),
    )
    const start = afterLt === undefined ? 0 : firstIndex(transactions, ({ lt }) => lt > afterLt)
    return transactions.slice(Math.max(start, end - limit), end).reverse()
  }

  /** The account's first transaction after a logical time that `isWanted`, up to the block at `height`. */
  findAfter(
    address: string,
    height: number,
    lt: bigint,
    isWanted: (transaction: StoredTransaction) => boolean,
  ): StoredTransaction | undefined {
    const { transactions } = this.#accounts.get(address) ?? { transactions: [] }
    for (let index = firstIndex(transactions, (each) => each.lt > lt); ; index++) {
      const transaction = transactions[index]
      if (transaction === undefined || transaction.height > height) return undefined
      if (isWanted(transaction)) return transaction
    }
  }

  /** The transactions of one block in the order in which they ran. */
  transactionsIn(height: number): readonly StoredTransaction[] {
    const block = this.#blocks[firstIndex(this.#blocks, (each) => each.height >= height)]
    return block?.height === height ? block.transactions : []
  }

  /** The height of the block in which a logical time lies; undefined for one that no block has reached. */
  heightOf(lt: bigint): number | undefined {
    return this.#blocks[firstIndex(this.#blocks, ({ endLt }) => endLt > lt)]?.height
  }
}
