// The original server, judged by the whole product: what is said before the load, what is found, and what is claimed of nothing.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assayRun } from '../../../assay.ts'
import { startOriginal } from '../stub/original.ts'

let server: Awaited<ReturnType<typeof startOriginal>>
beforeAll(async () => void (server = await startOriginal()))
afterAll(() => server.close())

/** Criteria that nobody can judge of it, and what is said of each before the load. */
const notClaimed = {
  'baseline.cache-hit': 'it counts no hits, and what it calls a hit in an answer is its own word alone',
  'baseline.speedup': 'its metrics do not tell how long the work on hits and on misses takes',
  'metrics.truth': 'its stats do not tell the number of requests',
  'api.batch': 'its answers do not tell to which of the texts each belongs',
  'contract.ground-truth': 'the adapter of this target does not promise it',
}

test('the original server fails by its word on hits, and is judged by nothing that it does not tell', async () => {
  const { exitCode, output, ...run } = await assayRun('original', {
    SYSTEM: 'truthsync',
    SCENARIO: 'baseline',
    TARGET: 'targets/truthsync-original/target.json',
    BASE_URL: server.baseUrl,
    RATE: '50',
    DURATION: '24s',
    PARTIAL: '1',
  })
  const { criteria, not_claimed: unclaimed, verdict, leftovers } = await run.verdict()
  // A check before the load was violated, which no busy machine excuses.
  expect([exitCode, verdict]).toEqual([1, 'FAIL'])
  const cacheWord = criteria.find(({ id }) => id === 'truthsync.contract.cache-word')
  expect(cacheWord?.status).toBe('FAIL')
  expect(cacheWord?.witness?.operations[0]?.detail).toMatch(
    /nobody had sent before was called a hit|a moment ago was called a miss/,
  )
  const said = output.replace(/\s+/g, ' ')
  for (const [id, why] of Object.entries(notClaimed)) {
    expect(unclaimed).toContainEqual({ id: `truthsync.${id}`, why })
    expect(said).toContain(`not claimed: truthsync.${id} (${why})`)
  }
  const statuses = criteria.filter(({ id }) => /cache-hit|metrics|speedup|config|batch/.test(id))
  expect(statuses).toEqual([])
  expect(leftovers).toEqual(['the service does not say how many texts wait to be verified'])
}, 90_000)
