// What actors tell the oracle of waits: all of them of the same tasks, no more than a run can hold, and nothing where nobody asks.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { World } from '../../../../systems/cocoon/names.ts'
import type { WaitEntry } from '../../../../verdict/oracles/waits/history.ts'

/** Actors of one process share no memory: each imports the module anew. */
async function told(
  { oracles = ['waits'], perSecond = 10, seconds = 100, workers = 10 },
  act: (watch: typeof import('../../../../systems/cocoon/watch.ts'), world: World) => void,
): Promise<WaitEntry[]> {
  vi.resetModules()
  const watch = await import('../../../../systems/cocoon/watch.ts')
  const { randomOf } = await import('../../../../lib/plan/random.ts')
  const entries: WaitEntry[] = []
  const world = {
    data: {
      oracles,
      segments: { client_calm: { work: true, start: 0, seconds, from: perSecond, to: perSecond } },
      driveSeconds: seconds,
      residents: { worker: workers },
    },
    index: 0,
    phase: () => ({ kind: 'normal', queueSeconds: 0 }),
    random: (purpose: string, ...numbers: number[]) => randomOf(7, purpose, numbers),
    tell: (event: { entry: WaitEntry }) => void entries.push(event.entry),
  } as unknown as World
  act(watch, world)
  return entries
}

const member = { workerId: 'me', token: '', heartbeatSeconds: 10, leaseSeconds: 30 }
const view = { ended: true, acceptedAt: 1, assignedAt: 2, ableIdleMs: 0, attempts: 1 }
const answer = {
  outcome: 'ok',
  status: 200,
  ms: 900,
  value: null,
  isRepeated: false,
  correlationId: 'c',
  sentAt: 5,
} as const
const key = (index: number): string => `run-client_calm-${index}`
const keysOf = (entries: WaitEntry[]): string[] =>
  entries.flatMap((entry) => ('key' in entry ? [entry.key] : []))

beforeEach(() => vi.stubGlobal('__ENV', {}))

describe('tasks that are told of', () => {
  const all = (count: number) => Array.from({ length: count }, (_, index) => key(index))
  const byClient = (count: number, load = {}) =>
    told(load, ({ tellSubmitted }, world) => {
      for (const own of all(count)) tellSubmitted(world, 'normal', { key: own, memoryMb: 1 }, 0, view)
    })
  const byWorker = (count: number, load = {}) =>
    told(load, ({ Polls }, world) => {
      const polls = new Polls(world, 'w', 8192, member)
      for (const own of all(count)) polls.given({ ...answer, ms: 5 }, own)
    })
  const byFollower = (count: number, load = {}) =>
    told(load, ({ tellShown }, world) => {
      for (const own of all(count)) tellShown(world, own, view)
    })

  test('are all of a small load', async () => expect(await byClient(1000)).toHaveLength(1000))

  test('are the same to clients, workers and followers, about 20 a second', async () => {
    const load = { perSecond: 100 }
    const [client, worker, follower] = await Promise.all(
      [byClient, byWorker, byFollower].map((by) => by(10_000, load)),
    )
    expect(keysOf(client!)).toEqual(keysOf(worker!))
    expect(keysOf(client!)).toEqual(keysOf(follower!))
    expect(client!.length).toBeGreaterThan(1800)
    expect(client!.length).toBeLessThan(2200)
  })

  test('are no more in a day than in four minutes', async () => {
    const day = { perSecond: 100, seconds: 86_400 }
    expect((await byClient(100_000, day)).length).toBeLessThan(100)
  })

  test('are none where no claimed rule asks', async () =>
    expect(await byClient(1000, { oracles: ['ledger'] })).toEqual([]))
})

describe('a watched worker', () => {
  const living = (act: (polls: import('../../../../systems/cocoon/watch.ts').Polls) => void, load = {}) =>
    told(load, ({ Polls }, world) => {
      const polls = new Polls(world, 'w', 8192, member)
      act(polls)
      polls.end()
    })
  const at = (sentAt: number, ms: number) => ({ ...answer, sentAt, ms })
  const polled = (begunAt: number, answeredAt: number) => ({
    type: 'polled',
    worker: 'w',
    begunAt,
    answeredAt,
  })
  const present = {
    type: 'present',
    worker: 'w',
    size: 8192,
    from: expect.any(Number),
    until: expect.any(Number),
  }

  test('tells of the polls in which it really waited, and when it was there', async () => {
    const entries = await living((polls) => {
      polls.empty(at(5000, 900))
      polls.given(at(7000, 30), null)
    })
    expect(entries).toEqual([polled(5000, 5900), present])
  })

  test('tells of polls right after each other as of one, however short they are', async () => {
    const entries = await living((polls) => {
      for (let index = 0; index < 10; index++) polls.empty(at(5000 + 103 * index, 100))
      polls.given(at(6030, 70), key(1))
    })
    expect(entries).toEqual([
      {
        type: 'given',
        key: key(1),
        workerId: 'me',
        leaseMs: 30_000,
        begunAt: 5000,
        answeredAt: 6100,
        correlationId: 'c',
      },
      polled(5000, 6100),
      present,
    ])
  })

  test('does not wait while it has a task, or does something else', async () => {
    const entries = await living((polls) => {
      polls.given(at(5000, 200), null)
      polls.empty(at(5210, 300))
      polls.empty(at(5700, 400))
    })
    expect(entries).toEqual([polled(5000, 5200), polled(5210, 5510), polled(5700, 6100), present])
  })

  test('is none where nobody asks', async () =>
    expect(await living((polls) => polls.empty(answer), { oracles: [] })).toEqual([]))
})

test('a look tells what waits, and when it was asked', async () => {
  const entries = await told({}, ({ tellLooked }, world) =>
    tellLooked(world, answer, { waiting: 3, running: 1, workersAlive: 2 }),
  )
  expect(entries).toEqual([{ type: 'looked', kind: 'normal', sentAt: 5, answeredAt: 905, waiting: 3 }])
})
