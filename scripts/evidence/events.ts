// All that the k6 processes of a run tell, taken together from their consoles and followed live. lib/drive/events.ts says what.
import { open, stat } from 'node:fs/promises'
import { Secrets } from '../../keeper/secrets.ts'
import { readEvent } from '../../lib/drive/events.ts'
import type { EventOf } from '../../lib/drive/events.ts'
import { count as countIn, type Buckets } from '../../lib/drive/tally.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import { fold } from '../../verdict/evidence-sum.ts'
import type { BadOperation, Evidence, Histogram } from '../../verdict/evidence.ts'
import type { Values } from '../../verdict/figures.ts'
import type { Oracle } from '../../verdict/oracles/oracle.ts'
import type { FaultVerdict } from '../../verdict/verdict.ts'
import { entry } from './map-entry.ts'
import { Points, valuesWith } from './points.ts'

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
  readonly units = new Map<string, EventOf<'unit'>>()
  /** By name and phase. */
  readonly tallies = new Map<string, Map<string, Omit<Histogram, 'type'>>>()
  /** Brought finished, by name and phase kind; and those parts of it that do not fit together, in words. */
  readonly brought = new Map<string, Map<PhaseKind, Evidence>>()
  readonly misfits: string[] = []
  readonly points = new Map<string, Points>()
  /** Of observations, those of which the source expects a value. */
  readonly values = new Map<string, Values>()
  /** Good answers by rule and by the Unix second in which a stretch begins. */
  readonly answers = new Map<string, Map<number, number>>()
  /** Words beside what is judged, by name and phase kind. */
  readonly shown = new Map<string, Map<PhaseKind, string>>()
  /** By name, phase kind and Unix second: how many values, and their sum in ms. */
  readonly times = new Map<string, Map<PhaseKind, Map<number, [n: number, sum: number]>>>()
  /** The same values by name, whatever the phase kind. */
  readonly timeBuckets = new Map<string, Buckets>()
  /** Oracles that could not take what was told of the state in the end, and why. */
  readonly brokenOracles = new Map<string, Error>()
  /** Lines of the history that nobody has taken yet. */
  private history: string[] = []
  readonly back: EventOf<'back'>[] = []
  /** What became of faults that actors committed themselves. */
  readonly actorFaults: EventOf<'actor-fault'>[] = []
  /** What became of faults that k6 injected. */
  readonly faults: FaultVerdict[] = []
  readonly problems: string[] = []
  preflight: EventOf<'preflight'> | null = null
  /** T0 of the whole run, Unix ms: that of the process that was first. */
  t0: number | null = null
  private readonly leftoversOf = new Map<string, string[]>()
  private readonly offsets = new Map<string, number>()

  /** @param oracles By name: they take what is told of the state in the end. */
  constructor(
    private readonly sources: readonly Source[],
    readonly oracles: Readonly<Record<string, Oracle>> = {},
  ) {}

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
    const told = readEvent(line)
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
      case 'evidence':
        return this.takeEvidence(told)
      case 'point':
        return entry(this.points, told.of, () => new Points()).add({ t: told.t, value: told.value })
      case 'value':
        this.values.set(told.of, valuesWith(this.values.get(told.of) ?? null, told))
        return
      case 'answers':
        return count(
          entry(this.answers, told.of, () => new Map<number, number>()),
          told.from,
          told.n,
        )
      case 'shown':
        entry(this.shown, told.of, () => new Map<PhaseKind, string>()).set(told.kind, told.words)
        return
      case 'time':
        return this.takeTime(told)
      case 'history':
        this.history.push(JSON.stringify({ oracle: told.oracle, ...(told.entry as object) }))
        return
      case 'state':
        return this.takeState(told)
      case 'actor-fault':
        this.actorFaults.push(told)
        return
      case 'fault':
        this.faults.push(told.verdict)
        return
      case 'back':
        this.back.push(told)
        return
      case 'preflight':
        this.preflight = told.cause === undefined ? told : { ...told, cause: clean(told.cause) }
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

  private takeState({ oracle, part }: EventOf<'state'>): void {
    // What broke it is told, not what followed.
    if (this.brokenOracles.has(oracle)) return
    try {
      this.oracles[oracle]?.addState(part)
    } catch (error) {
      this.brokenOracles.set(oracle, error as Error)
    }
  }

  takeEvidence({ of, kind, evidence }: EventOf<'evidence'>): void {
    const kinds = entry(this.brought, of, () => new Map<PhaseKind, Evidence>())
    const known = kinds.get(kind)
    const sum = known === undefined ? evidence : fold(known, evidence)
    if (typeof sum === 'string') this.misfits.push(`${of} in ${kind}: ${sum}`)
    else kinds.set(kind, sum)
  }

  private takeTime({ of, kind, t, ms }: EventOf<'time'>): void {
    const kinds = entry(this.times, of, () => new Map<PhaseKind, Map<number, [number, number]>>())
    const seconds = entry(kinds, kind, () => new Map<number, [number, number]>())
    const own = entry(seconds, Math.floor(t / 1000), (): [number, number] => [0, 0])
    own[0]++
    own[1] += ms
    countIn(
      entry(this.timeBuckets, of, (): Buckets => ({})),
      ms,
    )
  }

  private takeBad({ event: _, ...operation }: EventOf<'bad'>): void {
    const second = Math.floor(operation.t / 1000)
    const ofPhase = entry(this.badByPhase, operation.phase, () => new Map<string, number>())
    const { count: n = 1 } = operation
    for (const rule of operation.rules) {
      count(this.badByRule, rule, n)
      count(
        entry(this.badSeconds, rule, () => new Map<number, number>()),
        second,
        n,
      )
      count(ofPhase, rule, n)
    }
    if (this.bad.length < badOperationsMost) this.bad.push(operation)
  }

  private takeUnit(told: EventOf<'unit'>): void {
    const known = this.units.get(unitKey(told))
    if (known === undefined) this.units.set(unitKey(told), told)
    else {
      known.quantity += told.quantity
      known.capacity += told.capacity
    }
  }

  private takeTally({ of, phase, growth, buckets }: EventOf<'tally'>): void {
    const phases = entry(this.tallies, of, () => new Map<string, Omit<Histogram, 'type'>>())
    const sum = entry(phases, phase, (): Omit<Histogram, 'type'> => ({ growth, buckets: {} }))
    if (sum.growth !== growth)
      throw new Error(`tallies of ${of} differ in their growth: ${sum.growth} and ${growth}; rebuild dist/`)
    for (const [bucket, n] of Object.entries(buckets)) sum.buckets[bucket] = (sum.buckets[bucket] ?? 0) + n
  }
}

/** k6 writes its console by itself, and an address in an error may have a password. */
const clean = (text: string): string => new Secrets().redact(text)

const unitKey = ({ of, kind, unit }: EventOf<'unit'>): string => JSON.stringify([of, kind, unit])

function count<Key>(counts: Map<Key, number>, key: Key, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n)
}
