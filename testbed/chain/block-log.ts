// The file that holds the chain: one line of JSON for every block in which something happened.
import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface StoredTransaction {
  /** The raw address of the account it ran on. */
  account: string
  lt: bigint
  /** Base64. */
  hash: string
  height: number
  boc: Buffer
}

export interface Block {
  height: number
  /** Unix time in milliseconds at which the block was begun. */
  startedMs: number
  /** Unix time in seconds, as contracts see it. */
  utime: number
  /** The first logical time that is free after the block. */
  endLt: bigint
  transactions: StoredTransaction[]
  /** The state after the block of every account that it changed: raw address to the BOC of its shard account, in base64. */
  accounts: Map<string, string>
}

export interface BlockLog {
  /** Resolves when the block is on the disk. */
  append(block: Block): Promise<void>
  close(): Promise<void>
}

const lineFeed = 0x0a

/** Opens the file, and cuts off a last line that a kill left unfinished: its block was never visible to anybody. */
export async function openBlockLog(path: string): Promise<{ log: BlockLog; blocks: Block[] }> {
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'a+')
  try {
    const content = await readFile(path)
    const wholeBytes = content.lastIndexOf(lineFeed) + 1
    const blocks = readBlocks(content.subarray(0, wholeBytes), path)
    if (wholeBytes < content.length) await file.truncate(wholeBytes)
    return { log: logInto(file), blocks }
  } catch (error) {
    await file.close()
    throw error
  }
}

function logInto(file: FileHandle): BlockLog {
  return {
    async append(block) {
      await file.appendFile(`${JSON.stringify(toLine(block))}\n`)
      await file.datasync()
    },
    close: () => file.close(),
  }
}

/** Line by line, because all of it may be longer than a string can be. */
function readBlocks(content: Buffer, path: string): Block[] {
  const blocks: Block[] = []
  for (let from = 0; from < content.length;) {
    const to = content.indexOf(lineFeed, from)
    try {
      blocks.push(fromLine(JSON.parse(content.toString('utf8', from, to)) as Line))
    } catch (error) {
      throw new Error(
        `Line ${blocks.length + 1} of ${path} is no block: ${(error as Error).message}. Restore the file or remove it.`,
        { cause: error },
      )
    }
    from = to + 1
  }
  return blocks
}

interface Line {
  height: number
  startedMs: number
  utime: number
  endLt: string
  /** Account, logical time, hash, BOC. */
  transactions: [string, string, string, string][]
  accounts: [string, string][]
}

function toLine({ endLt, transactions, accounts, ...numbers }: Block): Line {
  return {
    ...numbers,
    endLt: String(endLt),
    transactions: transactions.map(({ account, lt, hash, boc }) => [
      account,
      String(lt),
      hash,
      boc.toString('base64'),
    ]),
    accounts: [...accounts],
  }
}

function fromLine({ endLt, transactions, accounts, ...numbers }: Line): Block {
  return {
    ...numbers,
    endLt: BigInt(endLt),
    transactions: transactions.map(([account, lt, hash, boc]) => ({
      account,
      lt: BigInt(lt),
      hash,
      height: numbers.height,
      boc: Buffer.from(boc, 'base64'),
    })),
    accounts: new Map(accounts),
  }
}
