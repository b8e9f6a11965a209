import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { cocoon } from '../../../../thresholds/cocoon.ts'
import { Batch } from '../../../../testbed/cocoon/batch.ts'
import { busyAbove } from '../../../../testbed/cocoon/busy.ts'
import type { Step } from '../../../../testbed/cocoon/defect.ts'
import { seededRandom } from '../../../../testbed/service/random.ts'
import { defects } from '../../../../testbed/cocoon/defects/index.ts'
import { defectsNamed } from '../../../../testbed/testbed.ts'
import { names, text, whole } from '../../../../testbed/service/environment.ts'
import { PoolError } from '../../../../testbed/cocoon/errors.ts'
import { Submissions } from '../../../../testbed/cocoon/submissions.ts'
import type { Database } from '../../../../testbed/service/database.ts'
import { asServiceError } from '../../../../testbed/service/errors.ts'
import { cocoonTestbed } from '../../../../testbed/cocoon/testbed.ts'
import { WorkerTokens } from '../../../../testbed/cocoon/workers.ts'
import { freePorts, requireFreePort } from '../../../../testbed/service/ports.ts'
import { testbedFolders } from '../../../../scripts/run/testbeds.ts'

describe('a batch', () => {
  test('sends a lone item at once, and what arrives meanwhile together', async () => {
    const calls: number[][] = []
    let finish = () => {}
    const batch = new Batch<number, number>(async (items) => {
      calls.push(items)
      await new Promise<void>((resolve) => (finish = resolve))
      return items.map((item) => item * 10)
    })
    const first = batch.add(1)
    const others = [batch.add(2), batch.add(3)]
    expect(calls).toEqual([[1]])
    finish()
    expect(await first).toBe(10)
    await vi.waitFor(() => expect(calls).toEqual([[1], [2, 3]]))
    finish()
    expect(await Promise.all(others)).toEqual([20, 30])
  })

  test('that fails tells everybody in it, and goes on with the next', async () => {
    let isFirst = true
    const batch = new Batch<number, number>(async (items) => {
      if (!isFirst) return items
      isFirst = false
      throw new Error('no database')
    })
    await expect(batch.add(1)).rejects.toThrow('no database')
    expect(await batch.add(2)).toBe(2)
  })
})

describe('submissions', () => {
  const body = { client_id: 'c', memory_mb: 1024, priority: 1, prompt: 'p' }
  /** A database with room for one task of a batch, that is lost before the others are looked up. */
  const database = {
    query: (name: string, _text: string, [keys, digests]: string[][]) => {
      if (name !== 'insert-tasks') return Promise.reject(new Error('connect ECONNREFUSED'))
      const place = keys!.indexOf('first')
      const row = { task_id: 1, idempotency_key: 'first', body_digest: digests![place], client_id: 'c' }
      return Promise.resolve(place < 0 ? [] : [{ ...row, accepted_at: new Date(0), able_idle_ms: 0 }])
    },
  } as unknown as Database

  test('that were stored are accepted, and of the others it is not said that they were refused', async () => {
    const submissions = new Submissions(database, {
      queueLimit: 10,
      newestFirst: false,
      gateway: 'g',
      ratePerSecond: () => null,
      idleWorkers: () => 0,
      writesAfterMs: 0,
      loses: () => false,
      runsRefused: () => false,
      scansNext: () => false,
      defects: [],
    })
    // The first one is sent by itself; the two that come meanwhile are a batch.
    const [before, ...batch] = ['before', 'first', 'second'].map((key) => submissions.submit(key, body))
    await expect(before).rejects.toMatchObject({ status: 500 })
    await expect(batch[0]).resolves.toMatchObject({ isNew: true, task: { idempotency_key: 'first' } })
    await expect(batch[1]).rejects.toMatchObject({ status: 500, retryAfterSeconds: undefined })
  })
})

describe('a worker’s token', () => {
  const tokens = new WorkerTokens('one secret')
  test('proves its worker', () => {
    expect(tokens.workerOf(tokens.issue('w1'))).toBe('w1')
  })
  test.each([
    ['of another pool', new WorkerTokens('another secret').issue('w1')],
    ['changed to another worker', tokens.issue('w1').replace('w1', 'w2')],
    ['cut off', tokens.issue('w1').slice(0, -1)],
    ['empty', ''],
    ['without a dot', 'w1'],
  ])('%s proves nobody', (_name, token) => {
    expect(tokens.workerOf(token)).toBeNull()
  })
})

describe('planted defects', () => {
  test('each name a criterion that exists', () => {
    for (const { criterion } of Object.values(defects))
      for (const id of [criterion].flat()) expect(Object.keys(cocoon)).toContain(id)
  })

  test('an unknown one is refused with the valid names', async () => {
    expect(() => defectsNamed(defects, ['slow-tent'])).toThrow(/"slow-tent".*slow-tenth/)
    const unknown = cocoonTestbed({
      stateDir: '/nowhere',
      ...testbedFolders('cocoon'),
      defects: ['nonsense'],
    })
    await expect(unknown).rejects.toThrow(/"nonsense".*lifo-queue/)
  })

  const share = (name: string, step: Step, isHit: (random: () => number) => boolean) => {
    expect(defects[name], `${name} at ${step}`).toBeDefined()
    const random = seededRandom(7)
    return Array.from({ length: 10_000 }, () => isHit(random)).filter(Boolean).length / 10_000
  }
  test.each([
    ['slow-tenth', 'submit', 500, 0.1],
    ['slow-fiftieth', 'status', 2_000, 0.02],
    ['slow-submit', 'submit', 100, 1],
    ['slow-registration', 'register', 200, 1],
    ['slow-dashboard', 'dashboard', 1_000, 1],
    ['slow-submit', 'status', 0, 0],
    ['slow-tenth', 'poll', 0, 0],
  ] as const)('%s delays %s over %i ms in a share of %f', (name, step, overMs, expected) => {
    const hit = share(name, step, (random) => (defects[name]?.delayMs?.(step, random) ?? 0) > overMs)
    expect(Math.abs(hit - expected)).toBeLessThan(0.01)
  })

  test('one-error-in-100 fails a hundredth', () => {
    const fails = (step: Step) =>
      share('one-error-in-100', step, (random) => Boolean(defects['one-error-in-100']?.fails?.(step, random)))
    expect(Math.abs(fails('status') - 0.01)).toBeLessThan(0.003)
    expect(fails('poll')).toBe(0)
  })
})

describe('resets-one-in-100', () => {
  const shareOf = (request: object): number => {
    const random = seededRandom(7)
    const resets = () => defects['resets-one-in-100']!.resets!(request as IncomingMessage, random)
    return Array.from({ length: 10_000 }, resets).filter(Boolean).length / 10_000
  }
  const kept = { method: 'GET', headers: {}, socket: { bytesWritten: 100 } }

  test.each<[string, object, number]>([
    ['a read', kept, 0.01],
    ['a write with a key', { ...kept, method: 'POST', headers: { 'idempotency-key': 'k' } }, 0.01],
    ['another write', { ...kept, method: 'POST' }, 0],
    ['the first request of a connection', { ...kept, socket: { bytesWritten: 0 } }, 0],
  ])('breaks the connection of %s in a share of %f', (_, request, expected) => {
    expect(Math.abs(shareOf(request) - expected)).toBeLessThan(expected === 0 ? 1e-9 : 0.003)
  })
})

describe('defects that need a load', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('busy is who is called faster than that lately, not for a moment', () => {
    const isBusy = busyAbove(20)
    const callsFor = (ms: number, everyMs: number) => {
      let busy = false
      for (let spent = 0; spent < ms; spent += everyMs) {
        vi.advanceTimersByTime(everyMs)
        busy = isBusy()
      }
      return busy
    }
    expect(callsFor(10_000, 60)).toBe(false)
    expect(callsFor(500, 40)).toBe(false)
    expect(callsFor(5_000, 40)).toBe(true)
    expect(callsFor(5_000, 60)).toBe(false)
  })

  test.each([
    ['serial-results', 'result', 100],
    ['serial-registration', 'register', 40],
    ['global-lock', 'status', 700],
  ] as const)('%s lets two gateways together do fewer at step %s than %i a second', (name, step, most) => {
    const delays = Array.from({ length: 100 }, () => defects[name]?.delayMs?.(step, Math.random) ?? 0)
    const perSecond = (2 * 100 * 1_000) / (delays.at(-1) ?? 0)
    expect(perSecond).toBeLessThan(most)
    expect(perSecond).toBeGreaterThan(0.8 * most)
    expect(delays.toSorted((one, other) => one - other)).toEqual(delays)
    expect(defects[name]?.delayMs?.('poll', Math.random)).toBe(0)
    vi.advanceTimersByTime(60_000)
    expect(defects[name]?.delayMs?.(step, Math.random)).toBeLessThan(100)
  })

  test('errors-under-load fails requests at the pace of a peak, and none at that of the baseline', () => {
    const random = seededRandom(7)
    const failed = (perSecond: number) => {
      let count = 0
      for (let index = 0; index < 20 * perSecond; index++) {
        vi.advanceTimersByTime(1_000 / perSecond)
        for (const step of ['submit', 'status', 'result'] as const)
          if (defects['errors-under-load']?.fails?.(step, random)) count++
      }
      return count / (3 * 20 * perSecond)
    }
    expect(failed(13)).toBe(0)
    expect(failed(60)).toBeGreaterThan(0.02)
    expect(failed(60)).toBeLessThan(0.05)
  })

  test('session-cap serves fewer than ten thousand of ten thousand and fifty clients, and all of a few', async () => {
    const served = async (clients: number) => {
      let count = 0
      for (let index = 0; index < clients; index++)
        void defects['session-cap']
          ?.refusesClient?.(`client-${index}`)
          .then((refused) => (count += refused ? 0 : 1))
      await vi.advanceTimersByTimeAsync(60_000)
      return count
    }
    expect(await served(500)).toBe(500)
    await served(4_000)
    expect(await served(10_050)).toBeLessThan(10_000)
  })
})

describe('seeded random numbers', () => {
  test('repeat with their seed and fill the range from 0 to 1', () => {
    const take = (seed: number) => {
      const random = seededRandom(seed)
      return Array.from({ length: 1_000 }, random)
    }
    expect(take(3)).toEqual(take(3))
    expect(take(3)).not.toEqual(take(4))
    const mean = take(3).reduce((sum, value) => sum + value, 0) / 1_000
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05)
    expect(Math.min(...take(3))).toBeGreaterThanOrEqual(0)
    expect(Math.max(...take(3))).toBeLessThan(1)
  })
})

describe('environment variables', () => {
  afterEach(() => vi.unstubAllEnvs())
  test.each(['', 'ten', '-1', '1.5', '1e3', ' 5'])('%j is no whole number', (value) => {
    vi.stubEnv('LEASE_MS', value)
    expect(() => whole('LEASE_MS', 5)).toThrow(/LEASE_MS must be a whole number of at least 0/)
  })
  test('have defaults only when they are missing', () => {
    expect(whole('NOT_SET_ANYWHERE', 5)).toBe(5)
    expect(() => text('NOT_SET_ANYWHERE')).toThrow(/NOT_SET_ANYWHERE is missing/)
    vi.stubEnv('LEASE_MS', '3')
    expect(whole('LEASE_MS', 5)).toBe(3)
    expect(() => whole('LEASE_MS', 5, 4)).toThrow(/at least 4, but it is "3"/)
    vi.stubEnv('DEFECTS', ' a, ,b')
    expect(names('DEFECTS')).toEqual(['a', 'b'])
  })
})

describe('errors', () => {
  test('say not_ready only when certainly nothing was applied', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    expect(asServiceError(refused).code).toBe('not_ready')
    expect(asServiceError(new Error('timeout exceeded when trying to connect')).code).toBe('not_ready')
    expect(asServiceError(new Error('Connection terminated unexpectedly')).code).toBe('internal')
    expect(asServiceError(Object.assign(new Error('reset'), { code: 'ECONNRESET' })).code).toBe('internal')
  })
  test('of the table pass unchanged', () => {
    const full = new PoolError('queue_full')
    expect(asServiceError(full)).toBe(full)
    expect(full.status).toBe(503)
  })
})

describe('ports', () => {
  test('that are free are all different and can be listened on', async () => {
    const ports = await freePorts(5)
    expect(new Set(ports).size).toBe(5)
    for (const port of ports) await requireFreePort(port)
  })

  test('that are in use are named', async () => {
    const server = createServer()
    const [port] = (await freePorts(1)) as [number]
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    try {
      await expect(requireFreePort(port)).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use`)
      const testbed = cocoonTestbed({ stateDir: '/nowhere', ...testbedFolders('cocoon'), defects: [], port })
      await expect(testbed).rejects.toThrow(`Port ${port}`)
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('a database that cannot be reached is named', async () => {
    const [port] = (await freePorts(1)) as [number]
    const databaseUrl = `postgres://nobody:secret@127.0.0.1:${port}/none`
    const testbed = cocoonTestbed({
      stateDir: '/nowhere',
      ...testbedFolders('cocoon'),
      defects: [],
      databaseUrl,
    })
    const error = await testbed.then(
      () => new Error('it was reached'),
      (reason: Error) => reason,
    )
    expect(error.message).toMatch(/TESTBED_DATABASE_URL cannot be reached/)
    expect(error.message).not.toContain('secret')
  })
})
