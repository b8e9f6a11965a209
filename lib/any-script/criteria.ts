// dist/assay.js: criteria with evidence for a k6 script of anybody's. It knows no system, no plan and no phase.
import exec from 'k6/execution'
import { Counter } from 'k6/metrics'
import { criteria as criteriaOf } from '../../thresholds/limits.ts'
import { ruleKey } from '../../verdict/criterion.ts'
import type { Criterion, Rule } from '../../verdict/criterion.ts'
import type { RunOptions } from './circumstances.ts'
import { fineMs } from '../drive/fine-clock.ts'
import { leastDialMs, wasRepeated } from '../drive/repeats.ts'
import { whenReady } from './ready.ts'
import { aside, asideMs, bad, margin, marginSeries, open, priceOf } from './series.ts'

export { ms, percent } from '../../thresholds/limits.ts'
export { errors, latency } from './limits.ts'

type StartModule = typeof import('./start.ts')
const startModule = (): StartModule => require('./start.ts') as StartModule

/** k6 makes metrics only at init, and once for each virtual user. */
const metrics = {
  margin: new Counter(margin),
  bad: new Counter(bad),
  open: new Counter(open),
  aside: new Counter(aside),
  asideMs: new Counter(asideMs, true),
}

/** What a measured answer must be, beside in time. */
type Accept<Answer> = (answer: Answer) => boolean

interface Check {
  tags: { rule: string }
  overMs: number
  price: number
}

interface Response {
  status: number
  error_code?: unknown
}

/** Of HTTP or of a WebSocket: a status of 0 with an error's code is one that never came. */
function isResponse(answer: unknown): answer is Response {
  const { status, error_code } = (answer ?? {}) as Partial<Response>
  return typeof status === 'number' && (status >= 100 || error_code !== undefined)
}

/** As k6 sees it by itself: an answer came, and its status is neither an error of the client nor of the server. */
function answered(answer: unknown): boolean {
  const { status } = answer as Response
  return (status >= 200 && status < 400) || status === 101
}

/** Ends the run where what `send` returned is a mistake in the script, and says nothing of the system. */
function endOnMistake(name: string, answer: unknown, accept: Accept<never>): void {
  const got = answer === null ? 'null' : typeof answer
  // A function without parameters does not look at the answer.
  if (answer === undefined && accept.length > 0)
    exec.test.abort(
      `measure("${name}"): expected send to return the answer, got undefined; write () => http.get(url) without braces, or return it`,
    )
  else if (accept === answered && !isResponse(answer))
    exec.test.abort(
      `measure("${name}"): expected send to return a response of HTTP, got ${got}; return the response, or give measure() a third argument that says whether what it returns is right`,
    )
}

function acceptable<Answer>(accept: Accept<Answer>, answer: Answer): boolean {
  try {
    return accept(answer) === true
  } catch {
    // An answer that the check trips over is no better than one that it refuses.
    return false
  }
}

type Timed = Parameters<typeof wasRepeated>[0]

/** The timings of a response of HTTP. */
const timingsOf = (answer: unknown): Timed['timings'] | undefined =>
  (answer as Partial<Timed> | null | undefined)?.timings

/** Whether k6 sent it twice, see wasRepeated(). Of several requests, and of redirects, more time has passed than the last one took. */
const isRepeat = (answer: unknown, passedMs: number): boolean =>
  (timingsOf(answer)?.blocked ?? 0) > leastDialMs && wasRepeated(answer as Timed, passedMs)

/**
 * How long it took. k6's own figure is finer than the clock, and does not hold redirects or several requests in one
 * measurement; the clock does, and is up to a millisecond late.
 */
function elapsedMs(answer: unknown, sentAt: number): number {
  const timings = timingsOf(answer)
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

/** Whether this is the look at the script that only asks for the summary. */
let isOver = false

/**
 * Looks after what `measure` may never be called for: thresholds that are not in the options, and, where a virtual user
 * has no number, a setup() or teardown() that does not end well. What waits here runs when k6 comes back from the first
 * function that it calls; what waits longer runs only if that function did not throw.
 */
function watch(wanted: Iterable<Check[]>): void {
  const isAside = __VU === 0
  const begunAt = Date.now()
  if (isAside) metrics.aside.add(1)
  void Promise.resolve().then(() => {
    if (isOver) return
    checkThresholds(wanted)
    if (!isAside) return
    setTimeout(() => {
      metrics.aside.add(-1)
      metrics.asideMs.add(Date.now() - begunAt)
    }, 0)
  })
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
 *   `accept` says whether the answer is right (default: a status from 200 to 399, or 101). What is thrown, refused, too late or
 *   silently repeated by k6 is bad. Returns what `send` returns. A name that no criterion judges ends the run and lists the
 *   valid ones; so does a `send` that returns nothing.
 * - `handleSummary` prints the verdict of each criterion; the variable VERDICT names a file for the same as JSON.
 * @throws Error for a malformed limit or id; it says what was expected.
 */
export function criteria(table: Record<string, [text: string, ...rules: Rule[]]>) {
  const judged = criteriaOf('', table)
  const checks = checksOf(judged)
  let checked = false
  whenReady(() => watch(checks.values()))

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
    const begunMs = fineMs()
    const ended = (answer: Awaited<Answer>): Awaited<Answer> => {
      const isRepeated = isRepeat(answer, fineMs() - begunMs)
      const ms = elapsedMs(answer, sentAt)
      const ok = acceptable(accept, answer)
      if (!ok || answer === undefined) endOnMistake(name, answer, accept)
      count(own, ok && !isRepeated, ms)
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
    handleSummary(summary: unknown): Record<string, string> {
      isOver = true
      return startModule().summarise(judged, summary, exec.test.options as RunOptions)
    },
  }
}
