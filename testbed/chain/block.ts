// A block in the making: messages are run on the accounts as they were, and nothing is visible until it is done.
import { createHash } from 'node:crypto'
import { setImmediate as others } from 'node:timers/promises'
import { Cell, loadMessage } from '@ton/core'
import type { Block, StoredTransaction } from './block-log.ts'
import type { History } from './history.ts'
import { noState, partsOf, type VirtualMachine } from './virtual-machine.ts'

/** Transactions after which requests get their turn. */
const turn = 16

export class Draft {
  readonly transactions: StoredTransaction[] = []
  readonly #accounts = new Map<string, string>()
  readonly #randomSeed: Buffer
  #lt: bigint

  constructor(
    private readonly machine: VirtualMachine,
    private readonly history: History,
    private readonly begun: { height: number; startedMs: number; utime: number; lt: bigint },
  ) {
    this.#lt = begun.lt
    this.#randomSeed = createHash('sha256').update(`block ${begun.height}`).digest()
  }

  /** Runs a message and all that follows from it. False when the account does not accept it: then nothing happened. */
  async run(message: Cell): Promise<boolean> {
    const queue = [message]
    for (const [index, each] of queue.entries()) {
      const sent = await this.#runOne(each)
      if (sent !== undefined) queue.push(...sent)
      else if (index === 0) return false
      else throw new Error(`An account refused the internal message ${each.hash().toString('base64')}.`)
    }
    return true
  }

  /** The messages that the account sent on. */
  async #runOne(message: Cell): Promise<Cell[] | undefined> {
    const { info } = loadMessage(message.beginParse())
    if (info.type === 'external-out') return []
    const address = info.dest.toRawString()
    const { height, utime } = this.begun
    const state = this.#accounts.get(address) ?? this.history.stateAt(address, height) ?? noState
    const outcome = await this.machine.run({
      state,
      message,
      lt: this.#lt,
      utime,
      randomSeed: this.#randomSeed,
    })
    if (outcome === undefined) return undefined
    const boc = Buffer.from(outcome.transaction, 'base64')
    const cell = Cell.fromBoc(boc)[0] as Cell
    const { lt, outMessages } = partsOf(cell)
    this.#lt = lt + BigInt(outMessages.length) + 1n
    this.#accounts.set(address, outcome.state)
    this.transactions.push({ account: address, lt, hash: cell.hash().toString('base64'), height, boc })
    if (this.transactions.length % turn === 0) await others()
    return outMessages
  }

  finish(): Block {
    const { height, startedMs, utime } = this.begun
    return {
      height,
      startedMs,
      utime,
      endLt: this.#lt,
      transactions: this.transactions,
      accounts: this.#accounts,
    }
  }
}
