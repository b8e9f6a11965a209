// What a run tells while it goes: one JSON line per event on k6's console, followed live.
import { open, stat } from 'node:fs/promises'
import type { BadOperation } from '../verdict/evidence.ts'

export type RunEvent =
  | ({ event: 'bad' } & BadOperation)
  | { event: 'start'; t0: number }
  | { event: 'unit'; of: string; kind: string; unit: string; quantity: number; capacity: number }
  | { event: 'point'; of: string; t: number; value: number }
  | { event: 'back'; of: string; from: number; at: number | null; watchedUntil: number }
  | { event: 'preflight'; problems: string[]; missing: string[]; reached: boolean }
  | { event: 'leftovers'; left: string[] }
  | { event: 'problem'; level: string; message: string }

/** Most bad operations kept in full; of those beyond it only their number by second is kept. */
const badOperationsMost = 20_000

/** Everything told so far. */
export class EventLog {
  readonly bad: BadOperation[] = []
  readonly badByRule = new Map<string, number>()
  /** By rule and Unix second, all of them. */
  readonly badSeconds = new Map<string, Map<number, number>>()
  readonly units: Extract<RunEvent, { event: 'unit' }>[] = []
  readonly points: Extract<RunEvent, { event: 'point' }>[] = []
  readonly back: Extract<RunEvent, { event: 'back' }>[] = []
  readonly problems: string[] = []
  preflight: Extract<RunEvent, { event: 'preflight' }> | null = null
  leftovers: string[] = []
  t0: number | null = null
  private offset = 0

  constructor(private readonly file: string) {}

  /** Reads what was appended since the last call. */
  async follow(): Promise<void> {
    const size = await stat(this.file).then(
      (status) => status.size,
      () => 0,
    )
    if (size <= this.offset) return
    const handle = await open(this.file)
    try {
      const buffer = Buffer.alloc(size - this.offset)
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.offset)
      const whole = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1
      this.offset += whole
      for (const line of buffer.toString('utf8', 0, whole).split('\n')) this.take(line)
    } finally {
      await handle.close()
    }
  }

  private countBad(rule: string, second: number): void {
    this.badByRule.set(rule, (this.badByRule.get(rule) ?? 0) + 1)
    const seconds = this.badSeconds.get(rule) ?? new Map<number, number>()
    this.badSeconds.set(rule, seconds)
    seconds.set(second, (seconds.get(second) ?? 0) + 1)
  }

  private take(line: string): void {
    const told = parse(line)
    if (told === null) return
    switch (told.event) {
      case 'bad':
        for (const rule of told.rules) this.countBad(rule, Math.floor(told.t / 1000))
        if (this.bad.length < badOperationsMost) {
          const { event: _, ...operation } = told
          this.bad.push(operation)
        }
        return
      case 'start':
        this.t0 ??= told.t0
        return
      case 'unit':
        this.units.push(told)
        return
      case 'point':
        this.points.push(told)
        return
      case 'back':
        this.back.push(told)
        return
      case 'preflight':
        this.preflight = told
        return
      case 'leftovers':
        this.leftovers = told.left
        return
      case 'problem':
        if (this.problems.length < 100) this.problems.push(told.message)
    }
  }
}

/** k6 wraps each console line: { level, msg, time }. Lines of other origin are problems worth showing. */
function parse(line: string): RunEvent | null {
  let outer: { level?: string; msg?: string }
  try {
    outer = JSON.parse(line) as { level?: string; msg?: string }
  } catch {
    return null
  }
  const message = outer.msg ?? ''
  if (message.startsWith('{"event":')) return JSON.parse(message) as RunEvent
  if (outer.level === 'warning' || outer.level === 'error')
    return { event: 'problem', level: outer.level, message }
  return null
}
