// What every HTTP service of a testbed shows of its requests.
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createService, type ServiceOptions } from '../../../testbed/service/http.ts'
import { openLog } from '../../../testbed/service/program.ts'

const service = (options: Pick<ServiceOptions, 'buckets'> = {}) =>
  createService({
    log: openLog('quick', { write: () => {} }),
    registry: new Registry(),
    frequent: [],
    waiting: [],
    ...options,
  })

/** The upper bounds of the buckets, as the metrics of a service that had one request name them. */
async function boundsOf(options?: Pick<ServiceOptions, 'buckets'>): Promise<string[]> {
  const app = service(options)
  app.get('/quick', { config: { step: 'read' } }, async () => ({}))
  await app.inject('/quick')
  const { payload } = await app.inject('/metrics')
  await app.close()
  return [...payload.matchAll(/^http_request_duration_seconds_bucket\{le="([^"]+)"/gm)].map(([, le]) => le!)
}

test('durations are counted in buckets from 5 ms to 30 s where a service names none', async () => {
  const usual = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30]
  expect(await boundsOf()).toEqual([...usual.map(String), '+Inf'])
})

test('a fast service has finer buckets of its own', async () => {
  expect(await boundsOf({ buckets: [0.0001, 0.001, 0.01] })).toEqual(['0.0001', '0.001', '0.01', '+Inf'])
})

test.each([[[0.01, 0.001]], [[0, 1]], [[NaN]]])(
  'buckets that are no ascending seconds are refused: %o',
  (buckets) =>
    expect(() => service({ buckets })).toThrow('the buckets must be ascending seconds over 0, and are '),
)
