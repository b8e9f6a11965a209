// One request: sent, classified, recorded. The hot path of every virtual user.
import http from 'k6/http'
import type { Answer, Exchange, RunData } from './actor.ts'
import type { PhaseKind } from '../verdict/criterion.ts'
import { bad, failures, refusals } from './metrics.ts'

/** A request is given up after this long, besides the time that the server may hold it. */
const timeOutMs = 10_000

/** What a virtual user keeps about itself between requests. */
export interface Caller {
  data: RunData
  /** Tells this resident or arrival from every other of the run. */
  name: string
  phase: () => { name: string; kind: PhaseKind }
  /** How late the running arrival started, counted into its first request. */
  lagMs: number
  requests: number
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

/** Sends an exchange as a step. Never throws for an answer, whatever it is. */
export function call<T>(caller: Caller, step: string, exchange: Exchange<T>): Answer<T> {
  const { data } = caller
  const { name, kind } = caller.phase()
  const correlationId = `${data.run}-${caller.name}-${++caller.requests}`
  const api = data.apiSteps.includes(step)
  const sentAt = Date.now()
  const response = http.request(
    exchange.method,
    data.target.baseUrl + exchange.path,
    exchange.body === undefined ? null : JSON.stringify(exchange.body),
    {
      headers: {
        ...(exchange.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        'X-Correlation-ID': correlationId,
        ...exchange.headers,
      },
      tags: { step, name: step, phase: name, kind, api: api ? 'yes' : 'no' },
      timeout: timeOutMs + (exchange.holdMs ?? 0),
      redirects: 0,
      responseCallback: http.expectedStatuses(...exchange.expect),
    },
  )
  const ms = response.timings.duration + response.timings.blocked + caller.lagMs
  caller.lagMs = 0
  let value: T | null = null
  let detail = response.error
  if (exchange.expect.includes(response.status)) {
    value = readSafely(exchange, response.body, response.status)
    if (value === null) detail = 'the answer breaks the contract'
  }
  const refused =
    response.status === 429 || (response.status === 503 && response.headers['Retry-After'] !== undefined)
  const outcome = value !== null ? 'ok' : refused ? 'refused' : 'failed'
  record(caller, {
    step,
    kind,
    phase: name,
    outcome,
    status: response.status,
    ms,
    correlationId,
    sentAt,
    detail,
  })
  return { outcome, status: response.status, ms, value, correlationId, sentAt }
}

/** Counts what breaks a rule; a refusal is a failure everywhere but in overload. */
function record(
  caller: Caller,
  done: Omit<Answer<unknown>, 'value'> & { step: string; kind: PhaseKind; phase: string; detail: string },
): void {
  const { step, kind, outcome, ms } = done
  if (outcome === 'refused') refusals.add(1, { step })
  const failed = outcome === 'failed' || (outcome === 'refused' && kind !== 'overload')
  if (failed) failures.add(1, { step })
  const rules = caller.data.checks[kind]?.[step]
  if (rules === undefined) return
  const broken = rules.filter(([, overMs]) => failed || (overMs > 0 && ms >= overMs)).map(([key]) => key)
  if (broken.length === 0) return
  for (const rule of broken) bad.add(1, { rule })
  tellBad(caller, { ...done, rules: broken })
}

/** A line of the witness. */
export function tellBad(
  caller: Caller,
  operation: {
    step: string
    status: number
    ms: number
    correlationId: string
    phase: string
    sentAt: number
    detail: string
    rules: string[]
  },
): void {
  if (!caller.data.record) return
  const { step, status, ms, correlationId, phase, sentAt, detail, rules } = operation
  const event = {
    event: 'bad',
    t: sentAt,
    step,
    status,
    ms: Math.round(ms * 10) / 10,
    correlationId,
    phase,
    rules,
  }
  console.info(JSON.stringify(detail === '' ? event : { ...event, detail }))
}
