// What a run tells while it goes: one JSON line per event on the console of each of its k6 processes, followed live.
import { open, stat } from 'node:fs/promises'
import { count as countIn, type Buckets } from '../lib/tally.ts'
import type { BadOperation, Histogram } from '../verdict/evidence.ts'
import type { FaultVerdict } from '../verdict/verdict.ts'
import type { PaymentEvent } from '../verdict/oracles/ledger/payment-history.ts'
import { Points } from './points.ts'
import type { SnapshotPart } from './snapshot.ts'
import { Snapshot } from './snapshot.ts'
import { entry } from './map-entry.ts'

export type RunEvent =
  | ({ event: 'bad' } & BadOperation)
  | { event: 'start'; t0: number }
  | { event: 'unit'; of: string; kind: string; unit: string; quantity: number; capacity: number }
  | { event: 'tally'; of: string; phase: string; growth: number; buckets: Record<string, number> }
  | { event: 'point'; of: string; t: number; value: number }
  | { event: 'back'; of: string; from: number; at: number | null; watchedUntil: number }
  | { event: 'took'; of: string; kind: string; t: number; ms: number }
  | ({ event: 'history' } & PaymentEvent)
  | ({ event: 'snapshot' } & SnapshotPart)
  | { event: 'preflight'; problems: string[]; missing: string[]; reached: boolean }
  | { event: 'vanished'; fault: string; t: number }
  | { event: 'returned'; fault: string; t: number; seconds: number | null }
  | { event: 'fault'; verdict: FaultVerdict }
  | { event: 'leftovers'; left: string[] }
  | { event: 'problem'; level: string; message: string }

type Told<Name extends RunEvent['event']> = Extract<RunEvent, { event: Name }>

/** The console of one process. Leftovers are those of the processes with the same label together. */
export interface Source {
  file: string
  label: string
}

/** Most bad operations kept in full; of those beyond it only their number by second and by phase is kept. */
const badOperationsMost = 20_000
/** Most problems kept, of all processes. */
const problemsMost = 100
/** A console is read in pieces of this size, so that one which has grown long needs no more memory than that. */
const pieceBytes = 4 * 2 ** 20

/** Everything told so far, by all processes of the run together. What it holds is bounded by the plan, not by the time. */
export class EventLog {
  readonly bad: BadOperation[] = []
  readonly badByRule = new Map<string, number>()
  /** By rule and Unix second, all of them. */
  readonly badSeconds = new Map<string, Map<number, number>>()
  /** By phase and rule, all of them. */
  readonly badByPhase = new Map<string, Map<string, number>>()
  /** Each unit once per phase kind. */
  readonly units = new Map<string, Told<'unit'>>()
  /** By name and phase. */
  readonly tallies = new Map<string, Map<string, Omit<Histogram, 'type'>>>()
  readonly points = new Map<string, Points>()
  /** By name, phase kind and Unix second: how many values, and their sum in ms. */
  readonly took = new Map<string, Map<string, Map<number, [n: number, sum: number]>>>()
  /** The same values by name, whatever the phase kind. */
  readonly tookBuckets = new Map<string, Buckets>()
  /** What ledger and chain held in the end. */
  readonly snapshot = new Snapshot()
  /** Lines of the history that nobody has taken yet. */
  private history: string[] = []
  readonly back: Told<'back'>[] = []
  /** Workers that crashed on purpose while the pool counted on them, and what became of their tasks. */
  readonly vanished: Told<'vanished'>[] = []
  readonly returned: Told<'returned'>[] = []
  /** What became of faults that k6 injected. */
  readonly faults: FaultVerdict[] = []
  readonly problems: string[] = []
  preflight: Told<'preflight'> | null = null
  /** T0 of the whole run, Unix ms: that of the process that was first. */
  t0: number | null = null
  private readonly leftoversOf = new Map<string, string[]>()
  private readonly offsets = new Map<string, number>()

  constructor(private readonly sources: readonly Source[]) {}

  /** Reads what was appended since the last call. */
  async follow(): Promise<void> {
    for (const source of this.sources) await this.read(source)
  }

  /** What is left in the target, as the last process of each label saw it. */
  get leftovers(): string[] {
    return [...new Set([...this.leftoversOf.values()].flat())]
  }

  private async read(source: Source): Promise<void> {
    const { file } = source
    let offset = this.offsets.get(file) ?? 0
    const size = await stat(file).then(
      (status) => status.size,
      () => 0,
    )
    if (size <= offset) return
    const handle = await open(file)
    try {
      while (offset < size) {
        const buffer = Buffer.alloc(Math.min(size - offset, pieceBytes))
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset)
        const whole = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1
        if (whole === 0) break
        offset += whole
        for (const line of buffer.toString('utf8', 0, whole).split('\n')) this.take(line, source)
      }
    } finally {
      await handle.close()
    }
    this.offsets.set(file, offset)
  }

  private take(line: string, { label }: Source): void {
    const told = parse(line)
    if (told === null) return
    switch (told.event) {
      case 'bad':
        return this.takeBad(told)
      case 'start':
        this.t0 = Math.min(this.t0 ?? Infinity, told.t0)
        return
      case 'unit':
        return this.takeUnit(told)
      case 'tally':
        return this.takeTally(told)
      case 'point':
        return entry(this.points, told.of, () => new Points()).add({ t: told.t, value: told.value })
      case 'took':
        return this.takeTime(told)
      case 'history': {
        const { event: _, ...event } = told
        this.history.push(JSON.stringify(event))
        return
      }
      case 'snapshot':
        return this.snapshot.add(told)
      case 'vanished':
        this.vanished.push(told)
        return
      case 'returned':
        this.returned.push(told)
        return
      case 'fault':
        this.faults.push(told.verdict)
        return
      case 'back':
        this.back.push(told)
        return
      case 'preflight':
        this.preflight = told
        return
      case 'leftovers':
        this.leftoversOf.set(label, told.left)
        return
      case 'problem':
        if (this.problems.length < problemsMost) this.problems.push(told.message)
    }
  }

  /** The lines of the history since the last call. */
  takeHistory(): string[] {
    const lines = this.history
    this.history = []
    return lines
  }

  private takeTime({ of, kind, t, ms }: Told<'took'>): void {
    const kinds = entry(this.took, of, () => new Map<string, Map<number, [number, number]>>())
    const seconds = entry(kinds, kind, () => new Map<number, [number, number]>())
    const own = entry(seconds, Math.floor(t / 1000), (): [number, number] => [0, 0])
    own[0]++
    own[1] += ms
    countIn(
      entry(this.tookBuckets, of, (): Buckets => ({})),
      ms,
    )
  }

  private takeBad({ event: _, ...operation }: Told<'bad'>): void {
    const second = Math.floor(operation.t / 1000)
    const ofPhase = entry(this.badByPhase, operation.phase, () => new Map<string, number>())
    for (const rule of operation.rules) {
      count(this.badByRule, rule)
      count(
        entry(this.badSeconds, rule, () => new Map<number, number>()),
        second,
      )
      count(ofPhase, rule)
    }
    if (this.bad.length < badOperationsMost) this.bad.push(operation)
  }

  private takeUnit(told: Told<'unit'>): void {
    const known = this.units.get(unitKey(told))
    if (known === undefined) this.units.set(unitKey(told), told)
    else {
      known.quantity += told.quantity
      known.capacity += told.capacity
    }
  }

  private takeTally({ of, phase, growth, buckets }: Told<'tally'>): void {
    const phases = entry(this.tallies, of, () => new Map<string, Omit<Histogram, 'type'>>())
    const sum = entry(phases, phase, (): Omit<Histogram, 'type'> => ({ growth, buckets: {} }))
    if (sum.growth !== growth)
      throw new Error(`tallies of ${of} differ in their growth: ${sum.growth} and ${growth}; rebuild dist/`)
    for (const [bucket, n] of Object.entries(buckets)) sum.buckets[bucket] = (sum.buckets[bucket] ?? 0) + n
  }
}

const unitKey = ({ of, kind, unit }: Told<'unit'>): string => JSON.stringify([of, kind, unit])

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
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
