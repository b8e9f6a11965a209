// One request: sent, classified, recorded. The hot path of every virtual user.
import http from 'k6/http'
import type { RefinedResponse } from 'k6/http'
import type { Answer, Exchange, RunData } from './actor.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import { writeEvent } from './events.ts'
import { answers, bad, failures, refusals } from './metrics.ts'
import { inGroup } from '../summary/series.ts'
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
  /** Tells this resident or arrival from every other of the run. */
  readonly name: string
  phase: () => Phase
  /** The kind of the phase at this moment, also for an arrival, which belongs to the phase that it came in. */
  kindNow: () => PhaseKind
  /** How late the running arrival started, counted into its first request. */
  lagMs: number
  requests: number
  /** A resident's; an arrival is over before anything could be told. */
  readonly tallies: Tallies | null
}

function parse(body: unknown): unknown {
  if (typeof body !== 'string' || body === '') return null
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

/** An answer that an adapter's reader trips over breaks the contract like any other. */
function readSafely<T>(exchange: Exchange<T>, body: unknown, status: number): T | null {
  try {
    return exchange.read(parse(body), status)
  } catch {
    return null
  }
}

/** What a step's requests are sent with as long as phase and expectation stay: k6's own objects are costly to make. */
interface Usual {
  phase: string
  expect: number[]
  groups: readonly string[] | undefined
  tags: Record<string, string>
  responseCallback: ReturnType<typeof http.expectedStatuses>
}
const usualBySteps: Record<string, Usual> = {}

function usualOf(caller: Caller, step: string, phase: Phase, { expect }: Exchange<unknown>): Usual {
  const known = usualBySteps[step]
  if (known !== undefined && known.phase === phase.name && areSame(known.expect, expect)) return known
  const groups = caller.data.groups[step]
  const tags: Record<string, string> = { step, name: step, phase: phase.name, kind: phase.kind }
  for (const group of groups ?? []) tags[group] = inGroup
  return (usualBySteps[step] = {
    phase: phase.name,
    expect,
    groups,
    tags,
    responseCallback: http.expectedStatuses(...expect),
  })
}

function areSame(some: number[], others: number[]): boolean {
  if (some === others) return true
  return some.length === others.length && some.every((status, index) => status === others[index])
}

/** Sends an exchange as a step. Never throws for an answer, whatever it is. */
export function call<T>(caller: Caller, step: string, exchange: Exchange<T>): Answer<T> {
  const { data } = caller
  const phase = caller.phase()
  const { groups, tags, responseCallback } = usualOf(caller, step, phase, exchange)
  const correlationId = `${data.run}-${caller.name}-${++caller.requests}`
  const headers: Record<string, string> = { 'X-Correlation-ID': correlationId, ...exchange.headers }
  let body: string | null = null
  if (exchange.body !== undefined) {
    headers['Content-Type'] ??= 'application/json'
    body = JSON.stringify(exchange.body)
  }
  const { endpoint } = exchange
  const base = endpoint === undefined ? data.target.baseUrl : (data.target.endpoints[endpoint] ?? '')
  // Without a slash it would be a part of the host, which would then be another one.
  if (exchange.path !== '' && exchange.path[0] !== '/')
    throw new Error(`the path "${exchange.path}" of the step ${step} must begin with a slash`)
  const sentAt = Date.now()
  const response = http.request(exchange.method, base + exchange.path, body, {
    headers,
    tags,
    timeout: timeOutMs + (exchange.holdMs ?? 0),
    redirects: 0,
    responseCallback,
  })
  // Each look into k6's answer is a call out of JavaScript, so nothing is looked at twice.
  const { status, timings } = response
  const ms = timings.duration + timings.blocked + caller.lagMs
  caller.lagMs = 0
  const isExpected = exchange.expect.includes(status)
  const value = isExpected ? readSafely(exchange, response.body, status) : null
  const outcome = value !== null ? 'ok' : isRefusal(response, status) ? 'refused' : 'failed'
  // A refusal is a failure everywhere but in overload.
  const failed = outcome === 'failed' || (outcome === 'refused' && phase.kind !== 'overload')
  if (outcome === 'refused') refusals.add(1, { step })
  if (failed) failures.add(1, { step, fault: phase.disturbed ? 'yes' : 'no' })
  if (groups !== undefined && caller.tallies !== null) {
    // However quickly it failed, it was not fast.
    const duration = failed ? timeOutMs : ms
    for (let index = 0; index < groups.length; index++)
      caller.tallies.add(groups[index]!, phase.name, duration)
    caller.tallies.add(step, phase.name, duration)
  }
  if (value !== null) countGood(caller, step)
  const rules = judge(caller, step, phase.kind, failed, ms)
  if (rules !== null) {
    const detail = isExpected && value === null ? 'the answer breaks the contract' : response.error
    tellBad(caller, rules, { step, phase: phase.name, status, ms, correlationId, sentAt, detail })
  }
  return { outcome, status, ms, value, correlationId, sentAt }
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

/**
 * Counts which rules a request or another observation breaks, and returns them; null for none. `step` is a step or the
 * name of an observation, `value` what rules with a least value look at.
 */
export function judge(
  { data }: Caller,
  step: string,
  kind: PhaseKind,
  failed: boolean,
  ms: number,
  value?: number,
): string[] | null {
  const checks = data.checks[kind]?.[step]
  if (checks === undefined) return null
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
