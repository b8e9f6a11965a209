// The original server, judged by the whole product: what is said before the load, what is found, and what is claimed of nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assayRun } from '../../../assay.ts'
import { measured, Spoilt, triedFor } from '../../../measured.ts'
import { startOriginal } from '../stub/original.ts'

let server: Awaited<ReturnType<typeof startOriginal>>
beforeAll(async () => void (server = await startOriginal()))
afterAll(() => server.close())

/** At this rate as many batches of each size as decide about P99 come in the time that is left after the warm-up. */
const judged = () =>
  assayRun('original', {
    SYSTEM: 'truthsync',
    SCENARIO: 'baseline',
    TARGET: 'targets/truthsync-original/target.json',
    BASE_URL: server.baseUrl,
    RATE: '450',
    DURATION: '50s',
    PARTIAL: '1',
  })
type Run = Awaited<ReturnType<typeof judged>>
const runMs = 120_000

/** Criteria that nobody can judge of it, and what is said of each before the load. */
const notClaimed = {
  'baseline.cache-hit': 'it counts no hits, and what it calls a hit in an answer is its own word alone',
  'baseline.speedup': 'its metrics do not tell how long the work on hits and on misses takes',
  'metrics.truth': 'its stats do not tell the number of requests',
  'config.effective': 'its stats do not tell the number of hits, and of answers that its cache holds',
  'api.batch': 'its answers do not tell to which of the texts each belongs',
  'contract.ground-truth': 'the adapter of this target does not promise it',
}

describe('the original server', () => {
  /** The run that the first test looked at is the first attempt of the second one. */
  let first: Run | undefined

  test(
    'fails by its word on hits, and is judged by nothing that it does not tell',
    { timeout: runMs },
    async () => {
      first = await judged()
      const { criteria, not_claimed: unclaimed, verdict, leftovers } = await first.verdict()
      // A check before the load was violated, which no busy machine excuses.
      expect([first.exitCode, verdict]).toEqual([1, 'FAIL'])
      const cacheWord = criteria.find(({ id }) => id === 'truthsync.contract.cache-word')
      expect(cacheWord?.status).toBe('FAIL')
      expect(cacheWord?.witness?.operations[0]?.detail).toMatch(
        /nobody had sent before was called a hit|a moment ago was called a miss/,
      )
      const said = first.output.replace(/\s+/g, ' ')
      for (const [id, why] of Object.entries(notClaimed)) {
        expect(unclaimed).toContainEqual({ id: `truthsync.${id}`, why })
        expect(said).toContain(`not claimed: truthsync.${id} (${why})`)
      }
      const statuses = criteria.filter(({ id }) => /cache-hit|metrics|speedup|config|batch/.test(id))
      expect(statuses).toEqual([])
      expect(leftovers).toEqual(['the service does not say how many texts wait to be verified'])
    },
  )

  test(
    'fails by its tick: every text waits for it, and a batch for as many as it has texts',
    { timeout: triedFor(runMs) },
    (context) =>
      measured(context, async () => {
        const run = first ?? (await judged())
        first = undefined
        const { criteria } = await run.verdict()
        const doubted = criteria.find(({ status }) => status === 'INVALID')
        if (doubted !== undefined) throw new Spoilt(`${doubted.id}: ${doubted.reason}`)
        for (const name of ['baseline.latency-p99', 'watch.p50', 'watch.p95']) {
          const status = criteria.find(({ id }) => id === `truthsync.${name}`)?.status
          expect([name, status]).toEqual([name, 'FAIL'])
        }
      }),
  )
})
