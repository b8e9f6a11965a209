import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PoolStats } from '../../../../systems/cocoon/api.ts'
import { gatewayAddress, PoolClient } from './pool-client.ts'
import { startPool, type RunningPool } from './pool-harness.ts'
import { until } from '../../../services.ts'
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

/** Workers whose polls have come to this gateway. */
const waitingAt = async ({ address }: PoolClient): Promise<number> => {
  const metrics = await (await fetch(`${address}/metrics`)).text()
  return Number(/^workers_polling (\d+)$/m.exec(metrics)?.[1])
}

test('whoever finds an idle worker is not refused, however little patience there is', async () => {
  const gateways = ['gateway-1', 'gateway-2'].map((name) => new PoolClient(pool, gatewayAddress(pool, name)))
  // None was completed lately: nobody knows how fast the pool is, and a hurry is no reason to refuse.
  const unknown = await Promise.all(
    Array.from({ length: 30 }, (_, index) => client.submit({ max_wait_ms: 0 }, `unknown-${index}`)),
  )
  expect(unknown.map(({ status }) => status)).toEqual(Array(30).fill(201))
  // They stay at their gateways: one that hands out every task would lose them to the other. And no poll ends meanwhile.
  const crews = gateways.map((gateway) => crew(gateway, 20, 0, { pollMs: 30_000 }))
  // Now the rate is known, and a second's worth of it is less than what comes at once.
  for (let round = 0; round < 5; round++) {
    const done = 30 + 20 * round
    await until('these are done', 5_000, async () => (await stats()).tasks.completed === done)
    await until('all workers wait', 5_000, async () =>
      (await Promise.all(gateways.map(waitingAt))).every((waiting) => waiting === 20),
    )
    const burst = await Promise.all(
      Array.from({ length: 20 }, (_, index) => client.submit({ max_wait_ms: 0 }, `burst-${round}-${index}`)),
    )
    expect(
      burst.map(({ status }) => status),
      `round ${round}`,
    ).toEqual(Array(20).fill(201))
  }
  await Promise.all(crews.map((workers) => workers.stop()))
})
