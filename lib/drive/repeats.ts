// Requests that k6 sent twice without a word: Go's transport repeats one whose kept connection broke before the first byte of
// an answer, where its method or an Idempotency-Key says that this does no harm.
import type { RefinedResponse } from 'k6/http'
import { Counter } from 'k6/metrics'
import { repeatsMetric } from '../summary/series.ts'

const repeats = new Counter(repeatsMetric)

/** In less, in ms, no connection is made: whatever was blocked so shortly had one. */
export const leastDialMs = 0.02

type Response = Pick<RefinedResponse<undefined>, 'status' | 'proto' | 'timings'> & {
  request?: Pick<RefinedResponse<undefined>['request'], 'method' | 'headers'>
}

const harmless = ['GET', 'HEAD', 'OPTIONS', 'TRACE']

/**
 * Whether k6 sent a request twice to get this answer, and counts it. `passedMs` by fineMs(), from right before it was sent.
 *
 * Of a repeat k6 keeps the first attempt's connection and the second one's time of waiting for a connection, so `sending`
 * lasts from the first attempt to the second and has all of `blocked` in it: the parts are more than the time that passed.
 * They never are of a request that was sent once on a kept connection, however busy the machine is. On a new one, whose
 * `connecting` is not 0, both have the moment in which k6 takes it up.
 */
export function wasRepeated(response: Response, passedMs: number): boolean {
  const { status, proto, timings, request } = response
  const { duration, blocked } = timings
  // Less time than for the answer alone has passed where the clock stood still, or where the answer is an older one.
  if (passedMs < duration || passedMs >= duration + blocked || timings.connecting !== 0) return false
  // Of HTTP/2 only what the server said it had not begun is sent again, and of other methods what it cannot have got.
  if (status === 0 || request === undefined || !proto.startsWith('HTTP/1') || !mayRepeat(request))
    return false
  repeats.add(1)
  return true
}

/** As Go's Request.isReplayable(); k6 gives all headers in Go's spelling. */
const mayRepeat = ({ method, headers }: NonNullable<Response['request']>): boolean =>
  harmless.includes(method) ||
  headers['Idempotency-Key'] !== undefined ||
  headers['X-Idempotency-Key'] !== undefined
