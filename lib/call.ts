// One request: sent, classified, recorded. The hot path of every virtual user.
import http from 'k6/http'
import type { RefinedResponse } from 'k6/http'
import type { Answer, Check, Exchange, RunData } from './actor.ts'
import type { PhaseKind } from '../verdict/criterion.ts'
import { writeEvent } from './events.ts'
import { answers, bad, failures, refusals } from './metrics.ts'
import { inGroup } from './series.ts'
import type { Tallies } from './tally.ts'

/** A request is given up after this long, besides the time that the server may hold it. */
const timeOutMs = 10_000

interface Phase {
  name: string
  kind: PhaseKind
  disturbed: boolean
}

/** What a virtual user keeps about itself between requests. */
export interface Caller {
  readonly data: RunData
  /** Tells this resident or arrival from every other of all runs. */
  readonly name: string
  /** Of the target. */
  readonly baseUrl: string
  phase: () => Phase
  /** The kind of the phase at this moment, also for an arrival, which belongs to the phase that it came in. */
  kindNow: () => PhaseKind
  /** How late the running arrival started, counted into its first request. */
  lagMs: number
  requests: number
  /** A resident's; an arrival is over before anything could be told. */
  readonly tallies: Tallies | null
}

/**
 * The value of an answer that k6 could not parse, or that its reader tripped over. What is no JSON is a text; null stands
 * for nothing. An answer that a reader trips over breaks the contract like any other.
 */
function readText<T>(exchange: Exchange<T>, response: RefinedResponse<undefined>, status: number): T | null {
  const { body } = response
  if (isJson(response)) return null
  try {
    return exchange.read(typeof body !== 'string' || body === '' ? null : body, status)
  } catch {
    return null
  }
}

function isJson(response: RefinedResponse<undefined>): boolean {
  try {
    response.json()
    return true
  } catch {
    return false
  }
}

/** It has no body. */
const noContent = 204

/** What is good and faster than this breaks none of these rules. */
export const leastLimitMs = (checks: Check[]): number =>
  Math.min(...checks.map(([, overMs]) => overMs).filter((overMs) => overMs > 0))

interface Params {
  headers: Record<string, string>
  tags: Record<string, string>
  timeout: number
  redirects: 0
  responseCallback: ReturnType<typeof http.expectedStatuses>
}

/**
 * What a step's requests are sent with and held against as long as phase and expectation stay. It is kept because objects
 * are costly to make, and flat because each virtual user has its own, which the processor's cache has long forgotten when
 * its turn comes.
 */
interface Kept {
  phase: Phase
  expect: number[]
  /** The first of them; the others are seldom asked for. */
  usual: number
  params: Params
  /** Those of params. */
  headers: Record<string, string>
  /** Headers that cannot change, from which those of params are made; null where they are made anew for each request. */
  frozen: Exchange<unknown>['headers'] | null
  hasBody: boolean
  checks: Check[]
  /** The least limit among them: whatever is faster breaks none. */
  leastMs: number
  /** What a resident tallies: names of groups and steps. */
  tallied: string[]
  isRated: boolean
  /** Whether one of these two has something to do. */
  isCounted: boolean
}
const keptBySteps: Record<string, Kept> = {}

function keep({ data }: Caller, step: string, phase: Phase, expect: number[]): Kept {
  const groups = data.groups[step] ?? []
  const tags: Record<string, string> = { step, name: step, phase: phase.name, kind: phase.kind }
  for (const group of groups) tags[group] = inGroup
  const responseCallback = http.expectedStatuses(...expect)
  const checks = data.checks[phase.kind]?.[step] ?? []
  const names = groups.length > 0 ? [...groups, step] : []
  const tallied = names.filter((name) => data.tallies.includes(name))
  const isRated = data.rates[step] !== undefined
  return (keptBySteps[step] = {
    phase,
    expect,
    usual: expect[0]!,
    headers: {},
    params: { headers: {}, tags, timeout: timeOutMs, redirects: 0, responseCallback },
    frozen: null,
    hasBody: false,
    checks,
    leastMs: leastLimitMs(checks),
    tallied,
    isRated,
    isCounted: isRated || tallied.length > 0,
  })
}

const correlationHeader = 'X-Correlation-ID'

/** Makes the headers of a request; those of a frozen object are used again by the next one. */
function takeHeaders(
  kept: Kept,
  headers: Exchange<unknown>['headers'],
  hasBody: boolean,
  correlationId: string,
): void {
  const own: Record<string, string> = { [correlationHeader]: correlationId, ...headers }
  if (hasBody) own['Content-Type'] ??= 'application/json'
  kept.params.headers = kept.headers = own
  kept.hasBody = hasBody
  const isKept = headers === undefined || (Object.isFrozen(headers) && !(correlationHeader in headers))
  kept.frozen = isKept ? headers : null
}

/** Whether both are the same statuses in the same order. */
function areSame(some: number[], others: number[]): boolean {
  return some.length === others.length && some.every((status, index) => status === others[index])
}

/** Sends an exchange as a step. Never throws for an answer, whatever it is. */
export function call<T>(caller: Caller, step: string, exchange: Exchange<T>): Answer<T> {
  const { expect, endpoint, path, headers, holdMs } = exchange
  const phase = caller.phase()
  let kept = keptBySteps[step]
  if (kept === undefined || kept.phase !== phase || (kept.expect !== expect && !areSame(kept.expect, expect)))
    kept = keep(caller, step, phase, expect)
  // Without a slash it would be a part of the host, which would then be another one.
  if (path !== '' && path[0] !== '/')
    throw new Error(`the path "${path}" of the step ${step} must begin with a slash`)
  const content = exchange.body
  const { params } = kept
  const correlationId = `${caller.name}-${++caller.requests}`
  if (kept.frozen !== headers || kept.hasBody !== (content !== undefined))
    takeHeaders(kept, headers, content !== undefined, correlationId)
  else kept.headers[correlationHeader] = correlationId
  params.timeout = holdMs === undefined ? timeOutMs : timeOutMs + holdMs
  const base = endpoint === undefined ? caller.baseUrl : (caller.data.target.endpoints[endpoint] ?? '')
  const body = content === undefined ? null : JSON.stringify(content)
  const sentAt = Date.now()
  const response = http.request(exchange.method, base + path, body, params)
  // Each look into k6's answer is a call out of JavaScript, so nothing is looked at twice.
  const { status, timings } = response
  const { lagMs } = caller
  const ms = timings.duration + timings.blocked + lagMs
  if (lagMs !== 0) caller.lagMs = 0
  let value: T | null = null
  const isExpected = status === kept.usual || expect.includes(status)
  if (isExpected) {
    try {
      // k6 parses in half the time that JSON.parse takes in it.
      value = exchange.read(status === noContent ? null : response.json(), status)
    } catch {
      value = readText(exchange, response, status)
    }
  }
  const outcome = value !== null ? 'ok' : isRefusal(response, status) ? 'refused' : 'failed'
  // A refusal is a failure everywhere but in overload.
  const failed = outcome === 'failed' || (outcome === 'refused' && phase.kind !== 'overload')
  const answer: Answer<T> = { outcome, status, ms, value, correlationId, sentAt }
  if (value === null) countBad(step, outcome, failed, phase)
  if (kept.isCounted) countAnswer(caller, step, kept, answer, failed)
  if (failed || ms >= kept.leastMs) {
    const rules = judge(kept.checks, failed, ms)
    const detail = isExpected && value === null ? 'the answer breaks the contract' : response.error
    if (rules !== null)
      tellBad(caller, rules, { step, phase: phase.name, status, ms, correlationId, sentAt, detail })
  }
  return answer
}

function countAnswer(
  caller: Caller,
  step: string,
  { phase, tallied, isRated }: Kept,
  { ms, value }: Answer<unknown>,
  failed: boolean,
): void {
  if (isRated && value !== null) countGood(caller, step)
  const { tallies } = caller
  if (tallies === null) return
  // However quickly it failed, it was not fast.
  for (const name of tallied) tallies.add(name, phase.name, failed ? timeOutMs : ms)
}

function countBad(step: string, outcome: 'ok' | 'refused' | 'failed', failed: boolean, phase: Phase): void {
  if (outcome === 'refused') refusals.add(1, { step })
  if (failed) failures.add(1, { step, fault: phase.disturbed ? 'yes' : 'no' })
}

/** A good answer or another good observation: for the rules that judge how much is done a second. */
export function countGood(caller: Caller, step: string): void {
  const rates = caller.data.rates[step]
  if (rates === undefined) return
  const now = caller.kindNow()
  for (const [rule, kind] of rates) if (kind === now) answers.add(1, { rule })
}

const isRefusal = (response: RefinedResponse<undefined>, status: number): boolean =>
  status === 429 || (status === 503 && response.headers['Retry-After'] !== undefined)

/** Counts which of these rules a request or another observation breaks, and returns them; null for none. */
export function judge(checks: Check[], failed: boolean, ms: number, value?: number): string[] | null {
  let broken: string[] | null = null
  // Plain loops and indices: iterators would take longer than all the rest of this.
  for (let index = 0; index < checks.length; index++) {
    const check = checks[index]!
    const overMs = check[1]
    const least = check[2]
    const isUnder = least !== null && value !== undefined && value < least
    if (!failed && !(overMs > 0 && ms >= overMs) && !isUnder) continue
    bad.add(1, { rule: check[0] })
    ;(broken ??= []).push(check[0])
  }
  return broken
}

/** A request or another observation that broke rules. */
export interface Broken {
  step: string
  phase: string
  status: number
  ms: number
  correlationId: string
  sentAt: number
  detail: string
}

/** A line of the witness. */
export function tellBad({ data }: Caller, rules: string[], broken: Broken): void {
  if (!data.record) return
  const { step, status, ms, correlationId, phase, sentAt, detail } = broken
  writeEvent({
    event: 'bad',
    t: sentAt,
    step,
    status,
    ms: Math.round(ms * 10) / 10,
    correlationId,
    phase,
    rules,
    ...(detail === '' ? {} : { detail }),
  })
}
