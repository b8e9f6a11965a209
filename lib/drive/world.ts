// The world in k6: time, phases and presence by the plan, exchanges, and everything that an actor tells.
import { sleep } from 'k6'
import type { PhaseKind } from '../../verdict/criterion.ts'
import type { Evidence } from '../../verdict/evidence.ts'
import { endedAt, levelAt, presentFrom } from '../plan/plan-time.ts'
import type { PlannedPhase } from '../plan/plan.ts'
import { randomOf } from '../plan/random.ts'
import type { Answer, Detail, Example, Exchange, Many, RunData, World } from './actor.ts'
import { call } from './call.ts'
import type { Caller } from './call.ts'
import { writeEvent } from './events.ts'
import type { RunEvent } from './events.ts'
import { countFault } from './fault-count.ts'
import { bitten, healed } from './fault-series.ts'
import { bad, measures, seen, unanswered } from './metrics.ts'
import { checkMany, countAgreed, makeObserved, tellCount } from './observed.ts'
import type { Observed } from './observed.ts'
import { countGood, judge, tellBad, timeOutMs } from './record.ts'
import { rowsOf, type SharedRows } from './shared-data.ts'
import { Tallies } from './tally.ts'

/** A resident tells k6 so often what it observed: one sample for many, because each costs as much as a small request. */
const tellEveryMs = 1000

/** The end of a phase that lasts as long as its virtual user. Asked first, because a look at the clock costs as much as three calls. */
const forGood = Infinity

/** A world in k6. Arrivals of one virtual user share one, which costs them nothing; methods do not, either, closures would. */
export class DrivenWorld implements World, Caller {
  declare readonly data: RunData
  declare index: number
  declare readonly place: string
  declare name: string
  declare readonly baseUrl: string
  declare readonly tallies: Tallies | null
  declare lagMs: number
  declare requests: number
  declare private readonly startMs: number
  /** An arrival's for good; a resident's while it lasts. */
  declare private current: PlannedPhase
  /** Unix ms. */
  declare private currentUntil: number
  declare private readonly isResident: boolean
  /** By name, each as it was observed last; and all of them. */
  declare private readonly latest: Record<string, Observed>
  declare private readonly observed: Observed[]
  /** When k6 is to be told of them. */
  declare private tellAt: number

  constructor(data: RunData, startTime: number | null, index: number, place: string) {
    const segment = data.segments[place]
    this.data = data
    this.index = index
    this.place = place
    this.name = `${data.run}-${place}-${index}`
    this.baseUrl = data.target.baseUrl
    this.requests = 0
    this.lagMs = 0
    this.startMs = (startTime ?? Date.now()) - (segment?.start ?? 0) * 1000
    this.isResident = segment === undefined && startTime !== null
    this.latest = {}
    this.observed = []
    this.tellAt = 0
    this.current = data.rest
    this.currentUntil = this.isResident ? 0 : forGood
    if (segment !== undefined && startTime !== null)
      this.current = data.phases.find(({ name }) => name === segment.phase) ?? data.rest
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
    const until = this.currentUntil
    return until === forGood || Date.now() < until ? this.current : this.nextPhase()
  }

  private nextPhase(): PlannedPhase {
    const { rest } = this.data
    this.current = this.phaseAt(this.now())
    this.currentUntil = this.current === rest ? forGood : this.at(this.current.end)
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

  hasTime(inSeconds = 0): boolean {
    const segment = this.data.segments[this.place]
    return segment === undefined || Date.now() + inSeconds * 1000 + timeOutMs <= this.at(endedAt(segment))
  }

  random(purpose: string, ...numbers: number[]): number {
    return randomOf(this.data.seed, purpose, numbers)
  }

  rows(name: string): SharedRows {
    return rowsOf(name)
  }

  send<T>(step: string, exchange: Exchange<T>): Answer<T> {
    return call(this, step, exchange)
  }

  observe(of: string, kind: PhaseKind, what: string | null, detail?: Detail): void {
    const one = this.observedOf(of, kind)
    const ms = detail?.ms ?? 0
    const judgedMs = ms - (detail?.plannedMs ?? 0)
    const isSuspect = what !== null || judgedMs >= one.leastMs || detail?.value !== undefined
    const rules = isSuspect ? judge(one.checks, what !== null, judgedMs, detail?.value) : null
    if (detail?.value !== undefined) this.tellValue(of, detail.value)
    if (what !== null) countAgreed(one, 1)
    else if (one.isRated) countGood(this, of)
    one.promises?.add(of, detail?.key)
    one.n++
    const now = Date.now()
    // Counts are flushed with a violation, so that a run that is killed never shows more bad ones than there were.
    if (!this.isResident) tellCount(one)
    else if (rules !== null || now >= this.tellAt) this.tellCounts(now)
    if (rules !== null) this.tellBroken(of, rules, what ?? '', detail, now)
  }

  observeMany(of: string, kind: PhaseKind, { n, bad: broken }: Many, what: string, detail?: Detail): void {
    const one = this.observedOf(of, kind)
    checkMany(one, n, broken)
    if (n === 0) return
    const rules = broken > 0 ? judge(one.checks, true, 0, undefined, broken) : null
    if (broken > 0) countAgreed(one, broken)
    if (one.isRated && broken < n) countGood(this, of, n - broken)
    one.n += n
    const now = Date.now()
    if (!this.isResident) tellCount(one)
    else if (rules !== null || now >= this.tellAt) this.tellCounts(now)
    if (rules !== null) this.tellBroken(of, rules, what, detail, now, broken)
  }

  unseen(of: string, n: number): void {
    for (const [rule] of this.data.agreements[of] ?? []) unanswered.add(n, { rule })
  }

  private tellValue(of: string, value: number): void {
    if (this.data.toldValues?.includes(of) === true) this.tell({ event: 'value', of, t: Date.now(), value })
  }

  /** A line of the witness; it stands for `count` observations. */
  private tellBroken(
    of: string,
    rules: string[],
    what: string,
    detail: Detail | undefined,
    now: number,
    count = 1,
  ): void {
    tellBad(this, {
      t: detail?.sentAt ?? now,
      step: of,
      status: 0,
      ms: detail?.ms ?? 0,
      correlationId: detail?.correlationId ?? '',
      phase: this.phase().name,
      rules,
      detail: what,
      ...(count === 1 ? {} : { count }),
    })
  }

  limitMs(of: string, kind: PhaseKind): number {
    return this.observedOf(of, kind).leastMs
  }

  private observedOf(of: string, kind: PhaseKind): Observed {
    const latest = this.latest[of]
    if (latest !== undefined && latest.kind === kind) return latest
    const known = this.observed.find((one) => one.of === of && one.kind === kind)
    if (known !== undefined) return (this.latest[of] = known)
    const made = makeObserved(this.data, of, kind)
    this.observed.push(made)
    return (this.latest[of] = made)
  }

  private tellCounts(now: number): void {
    for (const one of this.observed) if (one.n > 0) tellCount(one)
    this.tellAt = now + tellEveryMs
  }

  bring(of: string, kind: PhaseKind, found: Evidence, examples: readonly Example[] = []): void {
    const { data } = this
    if (data.promiseAccounts[of] !== undefined)
      throw new Error(`"${of}" belongs to an account of promises; observe each one with its key`)
    const evidence: Evidence = data.clock === 'virtual' ? { ...found, clock: 'virtual' } : found
    this.tell({ event: 'evidence', of, kind, evidence })
    const rules = (data.checks[kind]?.[of] ?? []).map(([rule]) => rule)
    // So that k6 itself can judge what it can count, and the runner sees when a part of the evidence got lost.
    if (evidence.type === 'counts') {
      seen.add(evidence.n, { of, kind })
      for (const rule of rules) bad.add(evidence.bad, { rule })
      countAgreed(this.observedOf(of, kind), evidence.bad)
    }
    const phase = data.phases.find((one) => one.kind === kind)?.name ?? data.rest.name
    for (const { t, ms = 0, detail } of examples)
      tellBad(this, { t, step: of, status: 0, ms, correlationId: '', phase, rules, detail })
  }

  measure(of: string, kind: PhaseKind, ms: number): void {
    measures.add(ms, this.observedOf(of, kind).tags)
  }

  time(of: string, kind: PhaseKind, ms: number, sentAt: number): void {
    this.measure(of, kind, ms)
    this.tell({ event: 'time', of, kind, t: sentAt, ms: Math.round(ms) })
  }

  point(of: string, value: number, t = Date.now()): void {
    this.tell({ event: 'point', of, t, value })
  }

  show(of: string, kind: PhaseKind, words: string): void {
    this.tell({ event: 'shown', of, kind, words })
  }

  share(of: string, kind: PhaseKind, part: { unit: string; quantity: number; capacity: number }): void {
    this.tell({ event: 'unit', of, kind, ...part })
  }

  backToNormal(of: string, wait: { from: number; at: number | null; watchedUntil: number }): void {
    this.tell({ event: 'back', of, ...wait })
  }

  faultBegun(fault: string, t: number): void {
    this.tell({ event: 'actor-fault', fault, t, stage: 'begun' })
    this.countFault(bitten, fault)
  }

  faultOver(fault: string, seconds: number | null): void {
    this.tell({ event: 'actor-fault', fault, t: Date.now(), stage: 'over', seconds })
    if (seconds !== null) this.countFault(healed, fault)
  }

  private countFault(of: typeof bitten | typeof healed, fault: string): void {
    countFault(
      of,
      this.data.faults.findIndex(({ id }) => id === fault),
    )
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
export const makeWorld = (
  data: RunData,
  startTime: number | null,
  index: number,
  place: string,
): DrivenWorld => new DrivenWorld(data, startTime, index, place)
