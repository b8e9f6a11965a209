// What came of an exchange or another observation: counted, held against the rules, and told. The same for every transport.
import { countInWindow } from './answer-windows.ts'
import { writeEvent } from './events.ts'
import type { Answer, Check, RunData } from './actor.ts'
import type { FailureClass, PhaseKind } from '../../verdict/criterion.ts'
import type { BadOperation } from '../../verdict/evidence.ts'
import { answers, bad, failures, refusals, unanswered } from './metrics.ts'
import type { Tallies } from './tally.ts'

/**
 * An exchange is given up after this long, besides the time that the server may hold it; one that failed is tallied as having
 * taken this long, because it was not fast, however quickly it failed.
 */
export const timeOutMs = 10_000

export interface Phase {
  name: string
  kind: PhaseKind
}

/** Who makes observations, as far as recording one needs it. */
export interface Recorder {
  readonly data: RunData
  /** The kind of the phase at this moment, also for an arrival, which belongs to the phase that it came in. */
  kindNow: () => PhaseKind
  /** A resident's; an arrival is over before anything could be told. */
  readonly tallies: Tallies | null
}

/** What the exchanges of a step are held against and counted as while a phase lasts. */
export interface Judged {
  phase: Phase
  checks: Check[]
  /** The least limit among them: whatever is faster breaks none. */
  leastMs: number
  /** What a resident tallies: names of groups and steps. */
  tallied: string[]
  isRated: boolean
  /** Whether one of these two has something to do. */
  isCounted: boolean
}

/** What is good and faster than this breaks none of these rules. */
export const leastLimitMs = (checks: Check[]): number =>
  Math.min(...checks.map(([, overMs]) => overMs).filter((overMs) => overMs > 0))

/** What the transport said of the first exchange of this virtual user that got no answer. */
let firstError = ''
export const whyUnanswered = (): string => firstError

/**
 * Counts an answer, and tells of it where it broke rules.
 * @param failure has the transport's own word for what went wrong; only looked at where something did
 */
export function record(
  caller: Recorder,
  step: string,
  judged: Judged,
  answer: Answer<unknown>,
  failure: { readonly error: string },
): void {
  const { outcome, status, ms, correlationId, sentAt } = answer
  const { phase } = judged
  // A refusal is a failure everywhere but in overload.
  const failed = outcome === 'failed' || (outcome === 'refused' && phase.kind !== 'overload')
  if (outcome !== 'ok') {
    countBad(step, outcome, failed)
    const agreements = caller.data.agreements[step]
    if (agreements !== undefined) countNotGood(agreements, failed, status)
  }
  if (status === 0 && firstError === '') firstError = failure.error
  if (judged.isCounted) countAnswer(caller, step, judged, answer, failed)
  if (!failed && ms < judged.leastMs) return
  const rules = judge(judged.checks, failed, ms, undefined, 1, status)
  if (rules === null) return
  tellBad(caller, {
    t: sentAt,
    step,
    status,
    ms,
    correlationId,
    phase: phase.name,
    rules,
    detail: failure.error,
  })
}

function countAnswer(
  caller: Recorder,
  step: string,
  { phase, tallied, isRated }: Judged,
  { outcome, ms }: Answer<unknown>,
  failed: boolean,
): void {
  if (isRated && outcome === 'ok') countGood(caller, step)
  const { tallies } = caller
  if (tallies === null) return
  for (const name of tallied) tallies.add(name, phase.name, failed ? timeOutMs : ms)
}

function countBad(step: string, outcome: 'ok' | 'refused' | 'failed', failed: boolean): void {
  if (outcome === 'refused') refusals.add(1, { step })
  if (failed) failures.add(1, { step })
}

/** A request that was not answered as it should be, for rules that hold a count of the target against ours. */
function countNotGood(agreements: RunData['agreements'][string], failed: boolean, status: number): void {
  for (const [rule, count] of agreements) {
    if (count === 'good' || (count === 'bad' && failed)) bad.add(1, { rule })
    if (status === 0) unanswered.add(1, { rule })
  }
}

/** Good answers or other good observations: for the rules that judge how much is done a second. */
export function countGood(caller: Recorder, step: string, count = 1): void {
  const rates = caller.data.rates[step]
  if (rates === undefined) return
  const now = caller.kindNow()
  for (const [rule, kind, windowSeconds] of rates) {
    if (kind !== now) continue
    answers.add(count, { rule })
    if (windowSeconds > 0 && caller.data.record) countInWindow(rule, windowSeconds, count)
  }
}

const isOfClass = (status: number, wanted: FailureClass): boolean =>
  wanted === 'unanswered' ? status === 0 : Math.floor(status / 100) === (wanted === '4xx' ? 4 : 5)

/**
 * Counts which of these rules a request or another observation breaks, and returns them; null for none.
 * @param count how many it stands for
 * @param status of a request; observations have none
 */
export function judge(
  checks: Check[],
  failed: boolean,
  ms: number,
  value?: number,
  count = 1,
  status?: number,
): string[] | null {
  let broken: string[] | null = null
  // Plain loops and indices: iterators would take longer than all the rest of this.
  for (let index = 0; index < checks.length; index++) {
    const check = checks[index]!
    const overMs = check[1]
    const least = check[2]
    const isUnder = least !== null && value !== undefined && value < least
    const only = check[3]
    if (only !== undefined && !(failed && status !== undefined && isOfClass(status, only))) continue
    if (!failed && !(overMs > 0 && ms >= overMs) && !isUnder) continue
    bad.add(count, { rule: check[0] })
    ;(broken ??= []).push(check[0])
  }
  return broken
}

/** A line of the witness: an operation that broke rules. */
export function tellBad({ data }: Recorder, { ms, detail, ...operation }: BadOperation): void {
  if (!data.record) return
  writeEvent({
    event: 'bad',
    ...operation,
    ms: Math.round(ms * 10) / 10,
    ...(detail === undefined || detail === '' ? {} : { detail }),
  })
}
