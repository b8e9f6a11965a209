import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PoolStats } from '../../systems/cocoon/api.ts'
import { PoolClient } from './pool-client.ts'
import { startPool, until, type RunningPool } from './pool-harness.ts'
import { crew } from './pool-load.ts'

let pool: RunningPool
let client: PoolClient

/** One that nobody has asked yet: what it refuses follows from what it has seen. */
beforeEach(async () => {
  pool = await startPool()
  client = new PoolClient(pool)
}, 60_000)
afterEach(() => pool?.stop(), 20_000)

const stats = async () => (await client.read<PoolStats>('/pool/stats')).body

test('whoever finds an idle worker is not refused, however little patience there is', async () => {
  // None was completed lately: nobody knows how fast the pool is, and a hurry is no reason to refuse.
  const unknown = await Promise.all(
    Array.from({ length: 30 }, (_, index) => client.submit({ max_wait_ms: 0 }, `unknown-${index}`)),
  )
  expect(unknown.map(({ status }) => status)).toEqual(Array(30).fill(201))
  // Of workers that began together the polls end together, and for a moment nobody would be idle: none ends during the test.
  const workers = crew(client, 40, 0, { pollMs: 3_000 })
  // Now the rate is known, and a second's worth of it is less than what comes at once.
  for (let round = 0; round < 5; round++) {
    // Idle is who waits in a poll: of the round before, every worker has to be back in one.
    await until('all workers wait', 5_000, () => {
      return workers.completed() === 30 + 10 * round && workers.polling() === workers.count
    })
    // Both gateways have answered since, so their polls have come to them.
    for (let gateway = 0; gateway < 2; gateway++) expect((await stats()).workers.idle).toBe(workers.count)
    const burst = await Promise.all(
      Array.from({ length: 10 }, (_, index) => client.submit({ max_wait_ms: 0 }, `burst-${round}-${index}`)),
    )
    expect(burst.map(({ status }) => status)).toEqual(Array(10).fill(201))
  }
  await workers.stop()
})
