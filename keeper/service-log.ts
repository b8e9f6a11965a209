// The log file of one service: bounded, and unable to hurt the keeper when the disk is full.
import { open, rename } from 'node:fs/promises'
import { reasonOf } from './keeper-error.ts'

/** What the log needs of a file; node's FileHandle has it. */
export interface LogFile {
  write(data: Buffer): Promise<{ bytesWritten: number }>
  close(): Promise<void>
}
export type OpenLogFile = (path: string, flags: 'a' | 'w') => Promise<LogFile>

/** What waits for a slow disk; more is dropped and counted. */
const longestQueueBytes = 4 * 1024 * 1024

export interface ServiceLogOptions {
  /** Of the file and its predecessor together. */
  limitBytes: number
  openFile?: OpenLogFile
  /** Renames the full file away. */
  moveAway?: (from: string, to: string) => Promise<void>
}

/**
 * Appends to `path`. At half of the limit the file becomes `<path>.1` (the one before it is removed) and a line at the
 * top of the new one says so: the newest lines are kept. A failed write is counted, not thrown; the first line that can be
 * written again says how much is missing and why.
 */
export class ServiceLog {
  readonly path: string
  readonly #limitBytes: number
  readonly #openFile: OpenLogFile
  readonly #moveAway: (from: string, to: string) => Promise<void>
  #queue: string[] = []
  #queuedBytes = 0
  #file: LogFile | null = null
  #fileBytes = 0
  #removedBytes = 0
  #previousBytes = 0
  /** Not even queued; they belong after what is. */
  #droppedBytes = 0
  #lostBytes = 0
  #lostWhy = ''
  /** The last write ended inside a line. */
  #torn = false
  #working: Promise<void> | null = null

  constructor(path: string, { limitBytes, openFile = open, moveAway = rename }: ServiceLogOptions) {
    this.path = path
    this.#limitBytes = limitBytes
    this.#openFile = openFile
    this.#moveAway = moveAway
  }

  /** Whole lines, each with its line end. */
  write(lines: string): void {
    if (lines === '') return
    const bytes = Buffer.byteLength(lines)
    if (this.#queuedBytes + bytes > longestQueueBytes) {
      this.#droppedBytes += bytes
      return
    }
    this.#queue.push(lines)
    this.#queuedBytes += bytes
    this.#working ??= this.#work()
  }

  /** Resolves when all that was given so far is written or counted as lost. */
  async flush(): Promise<void> {
    while (this.#working !== null) await this.#working
  }

  async close(): Promise<void> {
    await this.flush()
    if (this.#lostBytes > 0) await this.#append('')
    await this.#drop()
  }

  async #work(): Promise<void> {
    // The first turn comes after the caller's assignment, so that an end without any wait cannot be overwritten by it.
    await null
    while (this.#queue.length > 0) {
      const lines = this.#queue.join('')
      this.#queue = []
      await this.#append(lines)
      this.#queuedBytes -= Buffer.byteLength(lines)
      if (this.#droppedBytes > 0) this.#lose(this.#droppedBytes, 'the disk is too slow')
      this.#droppedBytes = 0
    }
    this.#working = null
  }

  async #append(lines: string): Promise<void> {
    const lost = this.#lostBytes
    const note =
      lost > 0
        ? `${this.#torn ? '\n' : ''}[keeper] ${lost} bytes of this log are missing here: ${this.#lostWhy}\n`
        : ''
    const bytes = Buffer.byteLength(lines)
    try {
      if (this.#fileBytes + bytes > this.#limitBytes / 2 && this.#fileBytes > 0) await this.#rotate()
      this.#file ??= await this.#openFile(this.path, 'a')
      await this.#writeWhole(note)
      this.#lostBytes -= lost
      await this.#writeWhole(lines)
    } catch (thrown) {
      this.#lose(bytes, reasonOf(thrown))
    }
  }

  async #writeWhole(text: string): Promise<void> {
    let rest = Buffer.from(text)
    while (rest.length > 0) {
      const { bytesWritten } = await (this.#file as LogFile).write(rest)
      if (bytesWritten === 0) throw new Error('the disk took nothing')
      this.#fileBytes += bytesWritten
      rest = rest.subarray(bytesWritten)
      this.#torn = rest.length > 0
    }
  }

  async #rotate(): Promise<void> {
    await this.#drop()
    await this.#moveAway(this.path, `${this.path}.1`)
    this.#removedBytes += this.#previousBytes
    this.#previousBytes = this.#fileBytes
    this.#fileBytes = 0
    this.#file = await this.#openFile(this.path, 'a')
    const removed =
      this.#removedBytes > 0 ? `, and ${this.#removedBytes} bytes before those were removed` : ''
    await this.#writeWhole(
      `[keeper] this log is bounded: earlier lines are in the file ending in .1${removed}\n`,
    )
  }

  #lose(bytes: number, why: string): void {
    this.#lostBytes += bytes
    this.#lostWhy = why
  }

  async #drop(): Promise<void> {
    const file = this.#file
    this.#file = null
    try {
      await file?.close()
    } catch (thrown) {
      this.#lose(0, reasonOf(thrown))
    }
  }
}
