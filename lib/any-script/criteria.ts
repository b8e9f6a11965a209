// dist/assay.js: criteria with evidence for a k6 script of anybody's. It knows no system, no plan and no phase.
import exec from 'k6/execution'
import { Counter } from 'k6/metrics'
import { criteria as criteriaOf, errors as errorsOf, latency as latencyOf } from '../../thresholds/limits.ts'
import { ruleKey } from '../../verdict/criterion.ts'
import type { Criterion, Rule } from '../../verdict/criterion.ts'
import { bad, margin, marginSeries, open, priceOf } from './series.ts'

export { ms, percent } from '../../thresholds/limits.ts'

type StartModule = typeof import('./start.ts')
const startModule = (): StartModule => require('./start.ts') as StartModule

/** k6 makes metrics only at init, and once for each virtual user. */
const metrics = { margin: new Counter(margin), bad: new Counter(bad), open: new Counter(open) }

/** A script has one kind of time: it is judged from its first measurement to its last. */
const always = 'normal'

/** "P95 < 300 ms": at most 5 % of what is measured as `of` fails or takes longer. `under` in ms. */
export function latency(limit: { p: number; under: number; of: string | string[] }): Rule {
  if (!(limit.p > 0 && limit.p < 100))
    throw new Error(`latency: expected a percentile between 0 and 100, got p: ${limit.p}; write P95 as p: 95`)
  if (!(limit.under > 0 && limit.under < Infinity))
    throw new Error(`latency: expected milliseconds over 0, got under: ${limit.under}; write it as ms(300)`)
  return latencyOf({ ...limit, in: always })
}

/** "Error rate < 1 %": at most that share of what is measured as `of` fails. `under` as a share, see percent(). */
export function errors(limit: { under: number; of: string | string[] }): Rule {
  if (!(limit.under > 0 && limit.under < 1))
    throw new Error(
      `errors: expected a share between 0 and 1, got under: ${limit.under}; write 1 % as percent(1). No number of samples can show that nothing ever fails`,
    )
  return errorsOf({ ...limit, in: always })
}

/** What a measured answer must be, beside in time. */
type Accept<Answer> = (answer: Answer) => boolean

interface Check {
  tags: { rule: string }
  overMs: number
  price: number
}

interface Timings {
  duration: number
  blocked: number
}

/** As k6 sees it by itself: an answer came, and its status is neither an error of the client nor of the server. */
function answered(answer: unknown): boolean {
  const status = (answer as { status?: unknown } | null)?.status
  return typeof status === 'number' && status >= 200 && status < 400
}

function acceptable<Answer>(accept: Accept<Answer>, answer: Answer): boolean {
  try {
    return accept(answer) === true
  } catch {
    // An answer that the check trips over is no better than one that it refuses.
    return false
  }
}

/**
 * How long it took. k6's own figure is finer than the clock, and does not hold redirects or several requests in one
 * measurement; the clock does, and is up to a millisecond late.
 */
function elapsedMs(answer: unknown, sentAt: number): number {
  const timings = (answer as { timings?: Timings } | null)?.timings
  const byClock = Date.now() - sentAt
  return timings === undefined ? byClock : Math.max(timings.duration + timings.blocked, byClock - 1)
}

/** Which rules judge each name. */
function checksOf(table: Record<string, Criterion>): Map<string, Check[]> {
  const checks = new Map<string, Check[]>()
  for (const [id, { rules }] of Object.entries(table)) {
    for (const [index, rule] of rules.entries()) {
      if (rule.judge !== 'share') continue
      const overMs = rule.overMs ?? Infinity
      const check = { tags: { rule: ruleKey(id, index) }, overMs, price: priceOf(rule.limit) }
      for (const name of rule.of) checks.set(name, [...(checks.get(name) ?? []), check])
    }
  }
  return checks
}

/** A run whose options lack the thresholds would be green whatever is measured. */
function checkThresholds(wanted: Iterable<Check[]>): void {
  const given = exec.test.options.thresholds ?? {}
  for (const checks of wanted) {
    for (const { tags } of checks) {
      if (marginSeries(tags.rule) in given) continue
      exec.test.abort(
        `the options hold no threshold for ${tags.rule}, so nothing would be judged; put the thresholds that criteria() returns into options.thresholds`,
      )
    }
  }
}

function count(checks: Check[], ok: boolean, ms: number): void {
  for (const { tags, overMs, price } of checks) {
    const good = ok && ms < overMs
    metrics.margin.add(good ? 1 : 1 - price, tags)
    if (!good) metrics.bad.add(1, tags)
  }
  metrics.open.add(-1)
}

/**
 * Criteria for a k6 script, by id: the promise in words, then its rules. Call it once, at the top of the script.
 * - `thresholds` belongs into k6's options. k6 is green only where every criterion is PASS.
 * - `measure(name, send, accept?)` sends and counts: `send` makes the request and returns its answer, or a promise of it;
 *   `accept` says whether the answer is right (default: a status from 200 to 399). What is thrown, refused or too late is
 *   bad. Returns what `send` returns. A name that no criterion judges ends the run and lists the valid ones.
 * - `handleSummary` prints the verdict of each criterion; the variable VERDICT names a file for the same as JSON.
 * @throws Error for a malformed limit or id; it says what was expected.
 */
export function criteria(table: Record<string, [text: string, ...rules: Rule[]]>) {
  const judged = criteriaOf('', table)
  const checks = checksOf(judged)
  let checked = false

  function measure<Answer>(
    name: string,
    send: () => Answer,
    accept: Accept<Awaited<Answer>> = answered,
  ): Answer {
    const own = checks.get(name)
    if (own === undefined) {
      exec.test.abort(`no criterion judges "${name}"; valid: ${[...checks.keys()].join(', ')}`)
      throw new Error(`no criterion judges "${name}"`)
    }
    if (!checked) checkThresholds(checks.values())
    checked = true
    metrics.open.add(1)
    const sentAt = Date.now()
    const ended = (answer: Awaited<Answer>): Awaited<Answer> => {
      const ms = elapsedMs(answer, sentAt)
      count(own, acceptable(accept, answer), ms)
      return answer
    }
    const threw = (error: unknown): never => {
      count(own, false, Infinity)
      throw error
    }
    let answer: Answer
    try {
      answer = send()
    } catch (error) {
      return threw(error)
    }
    return answer instanceof Promise
      ? (answer.then(ended, threw) as Answer)
      : ended(answer as Awaited<Answer>)
  }

  // Only the process's first look at the script, and its last, need the statistics.
  const first = __VU === 0 ? startModule() : null
  return {
    thresholds: first?.thresholdsOf(judged) ?? {},
    measure,
    handleSummary: (summary: unknown): Record<string, string> => startModule().summarise(judged, summary),
  }
}
