// When k6's timings say that a request was sent twice, and when the same figures say nothing.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { isRejected, isUnsure } from '../../../../lib/drive/statuses.ts'

const { exec, counted } = vi.hoisted(() => ({ exec: {} as { instance?: unknown }, counted: [] as number[] }))
vi.mock('k6/execution', () => ({ default: exec }))
vi.mock('k6/metrics', () => ({
  Counter: class {
    add(n: number): void {
      counted.push(n)
    }
  },
}))

let module: typeof import('../../../../lib/drive/repeats.ts')
beforeEach(async () => {
  counted.length = 0
  vi.resetModules()
  module = await import('../../../../lib/drive/repeats.ts')
})

/** As measured: reset after 0.3 ms, dialled in 0.2 ms, sent and answered in 0.5 ms, with 0.04 ms of k6's own around it. */
const repeat = {
  status: 200,
  proto: 'HTTP/1.1',
  timings: { duration: 1, blocked: 0.2, connecting: 0 },
  request: { method: 'GET', headers: {} },
}
const passedMs = 1.04
type Response = Parameters<typeof module.wasRepeated>[0]
const seen = (more: object, passed = passedMs): boolean =>
  module.wasRepeated({ ...repeat, ...more } as unknown as Response, passed)
const posted = (headers: Record<string, string[]>) => ({ request: { method: 'POST', headers } })

describe('a request was sent twice', () => {
  test.each([
    ['a GET', {}],
    ['a HEAD', { request: { method: 'HEAD', headers: {} } }],
    ['a POST with an Idempotency-Key', posted({ 'Idempotency-Key': ['k'] })],
    ['a POST with an X-Idempotency-Key', posted({ 'X-Idempotency-Key': ['k'] })],
    ['one that was answered with an error in the end', { status: 500 }],
  ])('where the parts of %s are more than the time that passed', (_, more) => {
    expect(seen(more)).toBe(true)
    expect(counted).toEqual([1])
  })

  test.each<[string, object, number?]>([
    ['all parts fit into the time', {}, 1.21],
    ['they fill it', {}, 1.2],
    ['the connection was new', { timings: { ...repeat.timings, connecting: 0.1 } }],
    ['Go does not repeat it once it was read', posted({ 'X-Correlation-Id': ['c'] })],
    ['the answer is an older one, or the clock stands still', {}, 0],
    ['there was no answer in the end', { status: 0 }],
    ['HTTP/2 repeated what the server had not begun', { proto: 'HTTP/2.0' }],
    ['it is no response of k6', { request: undefined }],
    ['there are no figures', { timings: {} }],
  ])('is not said where %s', (_, more, passed) => {
    expect(seen(more, passed)).toBe(false)
    expect(counted).toEqual([])
  })
})

test.each<[outcome: 'ok' | 'refused' | 'failed', status: number, isRepeated: boolean, of: string]>([
  ['ok', 201, false, ''],
  ['failed', 409, false, 'rejected'],
  ['failed', 500, false, 'unsure'],
  ['failed', 0, false, 'unsure'],
  ['refused', 429, false, ''],
  ['failed', 201, true, 'unsure'],
  ['failed', 409, true, 'unsure'],
])('a write that came out %s with %i, sent twice: %s, is %s', (outcome, status, isRepeated, expected) => {
  const answer = { outcome, status, isRepeated }
  expect(isRejected(answer) ? 'rejected' : isUnsure(answer) ? 'unsure' : '').toBe(expected)
})
