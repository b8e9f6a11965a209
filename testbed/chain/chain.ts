// The chain: messages wait, a block a second runs them, and what a block did is on the disk before anybody sees it.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Cell } from '@ton/core'
import type { FastifyBaseLogger } from 'fastify'
import { Draft } from './block.ts'
import type { Block, BlockLog } from './block-log.ts'
import type { Disturbance } from './disturbance.ts'
import type { History } from './history.ts'
import type { VirtualMachine } from './virtual-machine.ts'

/** A block takes no further message after this many transactions; what a message sets off is never cut. */
const transactionsPerBlock = 1_000
/** An empty block is written once in so many, so that a restart can tell the height by the time since the last line. */
const blocksPerLine = 1_000
/** Every block begins at a multiple of this logical time, as on the real chain. */
const ltStep = 1_000_000n

export interface ChainOptions {
  blockMs: number
  mempoolLimit: number
  machine: VirtualMachine
  history: History
  log: BlockLog
  disturbance: Disturbance
  logger: FastifyBaseLogger
}

export type Submission = 'accepted' | 'waits already' | 'full'

export class Chain {
  /** Messages that were dropped: because no account accepts them, or because the test wants it. */
  readonly dropped = { refused: 0, disturbed: 0 }
  readonly #mempool = new Map<string, { message: Cell; isDropped: boolean }>()
  readonly #ended = new AbortController()
  #last: Block
  #loop: Promise<void> = Promise.resolve()

  /** @param last the newest block in the log. */
  constructor(
    private readonly options: ChainOptions,
    last: Block,
  ) {
    this.#last = last
  }

  get mempoolSize(): number {
    return this.#mempool.size
  }

  /** Puts a message into the mempool, to be run in the next block. */
  submit(message: Cell): Submission {
    const key = message.hash().toString('base64')
    if (this.#mempool.has(key)) return 'waits already'
    if (this.#mempool.size >= this.options.mempoolLimit) return 'full'
    this.#mempool.set(key, { message, isDropped: this.options.disturbance.dropsNext() })
    return 'accepted'
  }

  /** Money from nowhere: an internal message that nothing drops, once for each call. */
  grant(message: Cell): void {
    this.#mempool.set(randomUUID(), { message, isDropped: false })
  }

  /** Makes blocks until `stop`. @param failed is told why no more blocks can be made. */
  start(failed: (error: Error) => void): void {
    this.#loop = this.#makeBlocks().catch(failed)
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    await this.#loop
    await this.options.log.close()
  }

  /** Never more often than once in blockMs: a restart tells the height by the time that passed. */
  async #makeBlocks(): Promise<void> {
    const { signal } = this.#ended
    const { blockMs, disturbance } = this.options
    while (!signal.aborted) {
      const started = performance.now()
      if (!disturbance.isStalled) await this.#makeBlock()
      const restMs = Math.max(0, Math.ceil(started + blockMs - performance.now()))
      await delay(restMs, undefined, { signal }).catch(() => undefined)
    }
  }

  #drop(message: string, reason: keyof typeof this.dropped): void {
    this.dropped[reason] += 1
    this.options.logger.info({ message, reason }, 'message dropped')
  }

  async #makeBlock(): Promise<void> {
    const { history, log, machine } = this.options
    const height = history.height + 1
    const lt = (this.#last.endLt / ltStep + 1n) * ltStep
    const startedMs = Date.now()
    const utime = Math.max(Math.floor(startedMs / 1000), history.utime)
    const draft = new Draft(machine, history, { height, startedMs, utime, lt })
    // What arrives meanwhile waits for the next block.
    const waiting = [...this.#mempool]
    for (const [key, { message, isDropped }] of waiting) {
      if (draft.transactions.length >= transactionsPerBlock) break
      this.#mempool.delete(key)
      if (isDropped) this.#drop(key, 'disturbed')
      else if (!(await draft.run(message))) this.#drop(key, 'refused')
    }
    const isEmpty = draft.transactions.length === 0
    if (isEmpty && height < this.#last.height + blocksPerLine) {
      history.reach({ height, utime })
      return
    }
    const block = draft.finish()
    await log.append(block)
    history.add(block)
    this.#last = block
    if (!isEmpty) this.options.logger.debug({ height, transactions: block.transactions.length }, 'block')
  }
}

/**
 * The block with which a program begins: the first one of all, or the one after every block that an earlier program
 * may have made, whose empty ones are not written.
 */
export function openingBlock(last: Block | undefined, blockMs: number, funds: Map<string, string>): Block {
  const startedMs = Date.now()
  const common = { startedMs, transactions: [] }
  const utime = Math.floor(startedMs / 1000)
  if (last === undefined) return { ...common, height: 1, utime, endLt: 0n, accounts: funds }
  const passedMs = Math.max(0, startedMs - last.startedMs)
  return {
    ...common,
    height: last.height + Math.ceil(passedMs / blockMs) + 1,
    utime: Math.max(utime, last.utime),
    endLt: last.endLt,
    accounts: new Map(),
  }
}
