// The original server waits for a tick of 10 ms with every text: no limit of milliseconds can be met.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assayRun } from '../../../assay.ts'
import { measured, Spoilt, triedFor } from '../../../measured.ts'
import { startOriginal } from '../stub/original.ts'

let server: Awaited<ReturnType<typeof startOriginal>>
beforeAll(async () => void (server = await startOriginal()))
afterAll(() => server.close())

/** At this rate as many batches of each size as decide about P99 come in the time that is left after the warm-up. */
const variables = { SYSTEM: 'truthsync', SCENARIO: 'baseline', RATE: '450', DURATION: '50s', PARTIAL: '1' }
const runMs = 120_000

test('the original server fails by its tick', { timeout: triedFor(runMs) }, (context) =>
  measured(context, async () => {
    const target = { TARGET: 'targets/truthsync-original/target.json', BASE_URL: server.baseUrl }
    const run = await assayRun('original', { ...variables, ...target })
    const { criteria } = await run.verdict()
    const doubted = criteria.find(({ status }) => status === 'INVALID')
    if (doubted !== undefined) throw new Spoilt(`${doubted.id}: ${doubted.reason}`)
    for (const name of ['baseline.latency-p99', 'watch.p50', 'watch.p95']) {
      const status = criteria.find(({ id }) => id === `truthsync.${name}`)?.status
      expect([name, status]).toEqual([name, 'FAIL'])
    }
  }),
)
