// One virtual user at work: finds out what it is, gets its world, and runs its actor. Evaluated by every virtual user.
import { sleep } from 'k6'
import exec from 'k6/execution'
import { lagLimitMs } from '../../verdict/criterion.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import type { Evidence } from '../../verdict/evidence.ts'
import type { Actors, Answer, Example, Exchange, RunData, World } from './actor.ts'
import { call, countGood, judge, tellBad } from './call.ts'
import type { Caller } from './call.ts'
import { writeEvent } from './events.ts'
import type { RunEvent } from './events.ts'
import { bitten, faultKind, healed } from './fault-series.ts'
import { bad, exceptions, finished, lag, lagOver, measures, owed, seen, started } from './metrics.ts'
import type { PlannedPhase } from '../plan/plan.ts'
import { arrivalTime, arrivalsBy, arrivalsOf, levelAt, presentFrom, probeName } from '../plan/plan-time.ts'
import { randomOf } from '../plan/random.ts'
import { Tallies } from './tally.ts'

/** The lag probe sleeps this long each time. */
const probeSeconds = 0.05

/** How late an arrival started. k6 starts an arrival at once or drops it, so it belongs to the latest due time. */
function startLagMs(segment: RunData['segments'][string], startTime: number): number {
  const elapsed = (Date.now() - startTime) / 1000
  // Both clocks are cut to whole milliseconds, so an arrival may seem to come before it is due.
  const due = Math.floor(arrivalsBy(segment, Math.min(elapsed + 0.001, segment.seconds)) + 1e-6)
  const index = segment.from === segment.to ? due : Math.max(0, due - 1)
  return Math.max(0, (elapsed - arrivalTime(segment, index)) * 1000)
}

/** A resident tells k6 so often what it observed: one sample for many, because each costs as much as a small request. */
const tellEveryMs = 1000

type Detail = { ms?: number; value?: number; correlationId?: string; sentAt?: number }

/** A world in k6. A class, because every arrival makes one: methods cost it nothing, closures would. */
class DrivenWorld implements World, Caller {
  declare readonly data: RunData
  declare readonly index: number
  declare readonly place: string
  declare readonly name: string
  declare readonly tallies: Tallies | null
  declare lagMs: number
  declare requests: number
  declare private readonly startMs: number
  /** An arrival's for good; a resident's while it lasts. */
  declare private current: PlannedPhase
  declare private readonly isResident: boolean
  /** Observations that k6 has not been told of yet, and when it is to be. */
  declare private counts: { of: string; kind: PhaseKind; n: number }[]
  declare private tellAt: number

  constructor(data: RunData, startTime: number | null, index: number, place: string) {
    const segment = data.segments[place]
    this.data = data
    this.index = index
    this.place = place
    this.name = `${place}-${index}`
    this.requests = 0
    this.startMs = (startTime ?? Date.now()) - (segment?.start ?? 0) * 1000
    this.isResident = segment === undefined && startTime !== null
    this.counts = []
    this.tellAt = 0
    this.current = data.rest
    if (segment !== undefined && startTime !== null)
      this.current = data.phases.find(({ name }) => name === segment.phase) ?? data.rest
    this.lagMs = segment === undefined || startTime === null ? 0 : startLagMs(segment, startTime)
    const isTold = segment === undefined && data.record && data.tallies.length > 0
    this.tallies = isTold ? new Tallies(data.tallies) : null
  }

  now(): number {
    return (Date.now() - this.startMs) / 1000
  }

  at(seconds: number): number {
    return this.startMs + seconds * 1000
  }

  phase(): PlannedPhase {
    if (!this.isResident) return this.current
    const time = this.now()
    if (time < this.current.start || time >= this.current.end) this.current = this.phaseAt(time)
    return this.current
  }

  kindNow(): PhaseKind {
    return (this.isResident ? this.phase() : this.phaseAt(this.now())).kind
  }

  private phaseAt(time: number): PlannedPhase {
    // Where phases are simulated, what happens in real time belongs to none of them.
    if (this.data.clock === 'virtual') return this.data.rest
    return this.data.phases.find(({ end }) => time < end) ?? this.data.rest
  }

  present(): boolean {
    const time = this.now()
    const { driveSeconds, levels } = this.data
    return time < driveSeconds && this.index < levelAt(levels, time)
  }

  absentFor(): number {
    const time = this.now()
    const { driveSeconds, levels } = this.data
    return Math.max(0, Math.min(driveSeconds, presentFrom(levels, this.index, time)) - time)
  }

  random(purpose: string, ...numbers: number[]): number {
    return randomOf(this.data.seed, purpose, numbers)
  }

  send<T>(step: string, exchange: Exchange<T>): Answer<T> {
    return call(this, step, exchange)
  }

  observe(of: string, kind: PhaseKind, what: string | null, detail?: Detail): void {
    const ms = detail?.ms ?? 0
    const rules = judge(this, of, kind, what !== null, ms, detail?.value)
    if (what === null) countGood(this, of)
    this.count(of, kind)
    const now = Date.now()
    // Counts are flushed with a violation, so that a run that is killed never shows more bad ones than there were.
    if (!this.isResident || rules !== null || now >= this.tellAt) this.tellCounts(now)
    if (rules === null) return
    tellBad(this, rules, {
      step: of,
      phase: this.phase().name,
      status: 0,
      ms,
      correlationId: detail?.correlationId ?? '',
      sentAt: detail?.sentAt ?? now,
      detail: what ?? '',
    })
  }

  private count(of: string, kind: PhaseKind): void {
    for (let index = 0; index < this.counts.length; index++) {
      const one = this.counts[index]!
      if (one.of !== of || one.kind !== kind) continue
      one.n++
      return
    }
    this.counts.push({ of, kind, n: 1 })
  }

  private tellCounts(now: number): void {
    for (const { of, kind, n } of this.counts) {
      seen.add(n, { of, kind })
      const accounts = this.data.promiseAccounts[of]
      if (accounts === undefined) continue
      for (const [account, count] of accounts) owed.add(count * n, { of: account, kind })
    }
    this.counts = []
    this.tellAt = now + tellEveryMs
  }

  bring(of: string, kind: PhaseKind, found: Evidence, examples: readonly Example[] = []): void {
    const { data } = this
    const evidence: Evidence = data.clock === 'virtual' ? { ...found, clock: 'virtual' } : found
    this.tell({ event: 'evidence', of, kind, evidence })
    const rules = (data.checks[kind]?.[of] ?? []).map(([rule]) => rule)
    // So that k6 itself can judge what it can count, and the runner sees when a part of the evidence got lost.
    if (evidence.type === 'counts') {
      seen.add(evidence.n, { of, kind })
      for (const rule of rules) bad.add(evidence.bad, { rule })
    }
    const phase = data.phases.find((one) => one.kind === kind)?.name ?? data.rest.name
    for (const { t, ms = 0, detail } of examples)
      tellBad(this, rules, { step: of, phase, status: 0, ms, correlationId: '', sentAt: t, detail })
  }

  measure(of: string, kind: PhaseKind, ms: number): void {
    measures.add(ms, { of, kind })
  }

  time(of: string, kind: PhaseKind, ms: number, sentAt: number): void {
    this.measure(of, kind, ms)
    this.tell({ event: 'time', of, kind, t: sentAt, ms: Math.round(ms) })
  }

  point(of: string, value: number, t = Date.now()): void {
    this.tell({ event: 'point', of, t, value })
  }

  faultBegun(fault: string, t: number): void {
    this.tell({ event: 'actor-fault', fault, t, stage: 'begun' })
    this.observe(bitten, faultKind, null)
  }

  faultOver(fault: string, seconds: number | null): void {
    this.tell({ event: 'actor-fault', fault, t: Date.now(), stage: 'over', seconds })
    if (seconds !== null) this.observe(healed, faultKind, null)
  }

  tally(name: string, phaseName: string, ms: number): void {
    this.tallies?.add(name, phaseName, ms)
  }

  end(): void {
    this.tellCounts(Date.now())
    this.tallies?.tell((event) => this.tell(event))
  }

  tell(event: RunEvent): void {
    if (this.data.record) writeEvent(event)
  }

  sleep(seconds: number): void {
    sleep(seconds)
  }
}

/** The world of the virtual user that calls. `startTime` is null before and after the load, which belong to no phase. */
export const makeWorld = (data: RunData, startTime: number | null, index: number, place: string): World =>
  new DrivenWorld(data, startTime, index, place)

/** Jobs are there by then. */
const jobsBegunSeconds = 2

/** Whether the load is over: by the plan or, where that waits for jobs, when nobody else is at work in this process. */
function isOver(world: World): boolean {
  const { clock, driveSeconds } = world.data
  const now = world.now()
  if (now >= driveSeconds) return true
  return clock === 'virtual' && now > jobsBegunSeconds && exec.instance.vusActive <= 1
}

/** Sleeps and measures by how much longer it took, until the load is over: the generator's own pulse. */
function probe(world: World): void {
  world.tell({ event: 'start', t0: world.at(-world.data.epochStart) })
  while (!isOver(world)) {
    const before = Date.now()
    sleep(probeSeconds)
    const late = Math.max(0, Date.now() - before - probeSeconds * 1000)
    lag.add(late)
    if (late > lagLimitMs) lagOver.add(1)
  }
}

/**
 * The data as this virtual user's own objects: k6 hands over Go values, of which every look makes a new wrapper.
 * It hands over the same ones in every iteration.
 */
let own: RunData | undefined
const ownOf = (data: RunData): RunData => (own ??= JSON.parse(JSON.stringify(data)) as RunData)

/** What k6 calls for every resident and every arrival. */
export function drive(given: RunData, actors: Actors['actors']): void {
  const data = ownOf(given)
  // k6 makes this object anew for everyone who asks.
  const { scenario } = exec
  const place = scenario.name
  const segment = data.segments[place]
  const index = scenario.iterationInTest
  // Now and then k6 starts one more arrival at the very end of a stretch; nobody would follow it up.
  if (segment !== undefined && index >= arrivalsOf(segment)) return
  try {
    const world = makeWorld(data, scenario.startTime, index, place)
    if (segment !== undefined) return actors[segment.actor]!(world as never)
    started.add(1)
    if (place === probeName) probe(world)
    else actors[place]!(world as never)
    world.end()
    finished.add(1)
  } catch (error) {
    const words = (error as Error).stack ?? String(error)
    // k6's way to end a virtual user when the run is ended early.
    if (words.includes('context canceled')) return
    exceptions.add(1)
    console.error(`${place}: ${words}`)
  }
}
