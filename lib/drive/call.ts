// One HTTP request: sent, read, classified. The hot path of every virtual user.
import http from 'k6/http'
import type { RefinedResponse } from 'k6/http'
import type { Answer, Exchange } from './actor.ts'
import { misfitIn } from './fields.ts'
import { fineMs } from './fine-clock.ts'
import { leastLimitMs, record, timeOutMs } from './record.ts'
import type { Judged, Phase, Recorder } from './record.ts'
import { leastDialMs, wasRepeated } from './repeats.ts'
import { silentRepeat } from './statuses.ts'
import { inGroup } from '../summary/series.ts'

/** What a virtual user keeps about itself between requests. */
export interface Caller extends Recorder {
  /** As World.name. */
  readonly name: string
  /** Of the target. */
  readonly baseUrl: string
  phase: () => Phase
  /** How late the running arrival started, counted into its first request. */
  lagMs: number
  requests: number
}

/**
 * The value of an answer that k6 could not parse, or that its reader did not take. What is no JSON is a text; null stands
 * for nothing. An answer that a reader trips over breaks the contract like any other.
 */
function readText<T>(
  exchange: Exchange<T>,
  response: RefinedResponse<undefined>,
  status: number,
  failure: unknown,
): Pick<Answer<T>, 'value' | 'misfit'> {
  const { body } = response
  if (isJson(response)) return { value: null, misfit: misfitIn(failure) }
  try {
    return { value: exchange.read(typeof body !== 'string' || body === '' ? null : body, status) }
  } catch (error) {
    return { value: null, misfit: misfitIn(error) }
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

interface Params {
  headers: Record<string, string>
  tags: Record<string, string>
  timeout: number
  redirects: 0
  responseCallback: ReturnType<typeof http.expectedStatuses>
}

/**
 * What a step's requests are sent with and held against as long as phase and expectation stay. It is kept because objects
 * are costly to make. Each virtual user has its own, which the processor's cache has long forgotten when its turn comes, so
 * there are few objects on the way, and small ones: up to eight properties lie together.
 */
interface Kept {
  phase: Phase
  expect: number[]
  /** The first of them; the others are seldom asked for. */
  usual: number
  params: Params
  /** Headers that cannot change, from which those of params are made; null where they are made anew for each request. */
  frozen: Exchange<unknown>['headers'] | null
  hasBody: boolean
  /** An answer that is good and faster has nothing to be recorded; 0 where each has. */
  unrecordedMs: number
  judged: Judged
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
  const isCounted = isRated || tallied.length > 0
  const leastMs = leastLimitMs(checks)
  return (keptBySteps[step] = {
    phase,
    expect,
    usual: expect[0]!,
    params: { headers: {}, tags, timeout: timeOutMs, redirects: 0, responseCallback },
    frozen: null,
    hasBody: false,
    unrecordedMs: isCounted ? 0 : leastMs,
    judged: { phase, checks, leastMs, tallied, isRated, isCounted },
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
  kept.params.headers = own
  kept.hasBody = hasBody
  const isKept = headers === undefined || (Object.isFrozen(headers) && !(correlationHeader in headers))
  kept.frozen = isKept ? headers : null
}

/** Whether both are the same statuses in the same order. */
function areSame(some: number[], others: number[]): boolean {
  return some.length === others.length && some.every((status, index) => status === others[index])
}

function addressOf({ data }: Caller, endpoint: string): string {
  const address = data.target.endpoints[endpoint]
  if (address === undefined) throw new Error(`the target names no endpoint "${endpoint}"`)
  return address
}

const repeated = { error: silentRepeat }
const brokenContract = (misfit: string | undefined) => ({
  error: `the answer breaks the contract${misfit === undefined ? '' : `: ${misfit}`}`,
})

/**
 * Sends an exchange as a step. Never throws for an answer, whatever it is.
 * @throws Error where the exchange itself is wrong: its path, or an endpoint that the target does not name
 */
export function call<T>(caller: Caller, step: string, exchange: Exchange<T>): Answer<T> {
  const { expect, endpoint, path, headers, holdMs } = exchange
  const phase = caller.phase()
  let kept = keptBySteps[step]
  if (kept === undefined || kept.phase !== phase || (kept.expect !== expect && !areSame(kept.expect, expect)))
    kept = keep(caller, step, phase, expect)
  // Without a slash it would be a part of the host, which would then be another one.
  if (path[0] !== '/' && path !== '')
    throw new Error(`the path "${path}" of the step ${step} must begin with a slash`)
  const content = exchange.body
  const { params } = kept
  const correlationId = `${caller.name}-${++caller.requests}`
  if (kept.frozen !== headers || kept.hasBody !== (content !== undefined))
    takeHeaders(kept, headers, content !== undefined, correlationId)
  else params.headers[correlationHeader] = correlationId
  params.timeout = holdMs === undefined ? timeOutMs : timeOutMs + holdMs
  const base = endpoint === undefined ? caller.baseUrl : addressOf(caller, endpoint)
  const body = content === undefined ? null : JSON.stringify(content)
  const sentAt = Date.now()
  const begunMs = fineMs()
  const response = http.request(exchange.method, base + path, body, params)
  // Each look into k6's answer is a call out of JavaScript, so nothing is looked at twice.
  const { status, timings } = response
  const { blocked } = timings
  const isRepeated = blocked > leastDialMs && wasRepeated(response, fineMs() - begunMs)
  const { lagMs } = caller
  const ms = timings.duration + blocked + lagMs
  if (lagMs !== 0) caller.lagMs = 0
  let value: T | null = null
  let misfit: string | undefined
  const isExpected = status === kept.usual || expect.includes(status)
  if (isExpected) {
    try {
      // k6 parses in half the time that JSON.parse takes in it.
      value = exchange.read(
        status === noContent ? null : response.json(),
        status,
        exchange.readsHeaders === true ? response.headers : undefined,
      )
    } catch (error) {
      ;({ value, misfit } = readText(exchange, response, status, error))
    }
  }
  const outcome = isRepeated
    ? 'failed'
    : value !== null
      ? 'ok'
      : isRefusal(response, status)
        ? 'refused'
        : 'failed'
  const answer: Answer<T> = { outcome, status, ms, value, isRepeated, correlationId, sentAt }
  if (misfit !== undefined) answer.misfit = misfit
  // Most answers are good, fast and not counted one by one; for them the call would be the larger part of it.
  if (outcome !== 'ok' || ms >= kept.unrecordedMs)
    record(caller, step, kept.judged, answer, failureOf(answer, isExpected, response))
  return answer
}

/** What is told of an answer where something was wrong with it. */
const failureOf = (
  { isRepeated, value, misfit }: Answer<unknown>,
  isExpected: boolean,
  response: { readonly error: string },
): { readonly error: string } =>
  isRepeated ? repeated : isExpected && value === null ? brokenContract(misfit) : response

const isRefusal = (response: RefinedResponse<undefined>, status: number): boolean =>
  status === 429 || (status === 503 && response.headers['Retry-After'] !== undefined)
