// What actors do around a fault: which acknowledged results are looked for again, and what counts as a task that goes on.
import { describe, expect, test, vi } from 'vitest'
import type { World } from '../../../../systems/cocoon/names.ts'
import type { TaskView } from '../../../../systems/cocoon/pool.ts'

const fault = {
  id: 'it',
  driver: 'vanish',
  target: 'workers',
  settings: { oneIn: 1 },
  start: 30,
  seconds: 10,
}
const done: TaskView = {
  ended: true,
  acceptedAt: 0,
  assignedAt: 0,
  completedAt: 200,
  completedBy: 'me',
  attempts: 1,
  ableIdleMs: 0,
}

/** A world at a time that sleeping moves on, in which every look at a task finds the same. */
function worldOf(view: TaskView | 'unknown' | null, limitMs = 60_000) {
  vi.stubGlobal('__ENV', {})
  const observed: [name: string, kind: string, bad: string | null][] = []
  const asked: string[] = []
  const clock = { now: 0 }
  const world = {
    data: {
      run: 'r',
      faults: [fault],
      residents: { worker: 1 },
      target: { adapter: null, credentials: {} },
      driveSeconds: 100,
      settleSeconds: 40,
    },
    index: 0,
    now: () => clock.now,
    random: () => 0,
    send: (step: string, { path }: { path: string }) => {
      if (step === 'status') asked.push(decodeURIComponent(path.split('/').at(-1)!))
      return { value: view, correlationId: step }
    },
    observe: (name: string, kind: string, bad: string | null) => void observed.push([name, kind, bad]),
    limitMs: () => limitMs,
    faultBegun: () => undefined,
    faultOver: () => undefined,
    measure: () => undefined,
    sleep: (seconds: number) => (clock.now += seconds),
  } as unknown as World
  return { world, observed, asked, clock }
}

describe('an acknowledged result', () => {
  const me = { workerId: 'me', token: '', heartbeatSeconds: 10 }

  /** What is looked for of results that were acknowledged at these times. */
  async function looked(times: number[], view: TaskView | 'unknown' | null = done) {
    const { acknowledge, findAcknowledged } = await import('../../../../systems/cocoon/acknowledged.ts')
    const { world, observed, asked, clock } = worldOf(view)
    for (const time of times) {
      clock.now = time
      acknowledge(world, me, { taskId: '1', leaseId: '1', prompt: `r-${time}` })
    }
    clock.now = 100
    findAcknowledged(world)
    return { observed, asked }
  }

  test('is looked for from two seconds before a fault to its end', async () => {
    const { asked, observed } = await looked([27.9, 28.1, 29.9, 30, 39.9, 40.1])
    expect(asked).toEqual(['r-28.1', 'r-29.9', 'r-30', 'r-39.9'])
    expect(observed).toEqual(asked.map(() => ['acknowledged-result', 'fault', null]))
  })

  test('is not looked for by a text that is no key of ours', async () => {
    const { keyIn } = await import('../../../../systems/cocoon/client.ts')
    const { world } = worldOf(done)
    const given = { taskId: '1', leaseId: '1' }
    expect(keyIn(world, { ...given, prompt: 'r-a-1' })).toBe('r-a-1')
    for (const prompt of ['', 'somebody else wrote this', '../r-a-1'])
      expect(keyIn(world, { ...given, prompt })).toBeNull()
    expect(keyIn(world, given)).toBeNull()
  })

  test('is not forgotten for those that come after it', async () => {
    const times = Array.from({ length: 60 }, (_, index) => 28 + index / 5)
    expect((await looked(times)).asked).toHaveLength(60)
    const many = Array.from({ length: 900 }, (_, index) => 30 + index / 100)
    expect((await looked(many)).asked).toHaveLength(400)
  })

  test.each<[string, TaskView | 'unknown' | null, (string | null)[]]>([
    ['of a task that nobody knows is lost', 'unknown', ['the pool does not know the task']],
    ['of a task that runs again is lost', { ...done, completedAt: undefined }, ['the task is not completed']],
    [
      'of a task that somebody else did again is lost',
      { ...done, completedBy: 'another' },
      ['another worker had to do the task again'],
    ],
    ['is there where the pool does not say whose it is', { ...done, completedBy: undefined }, [null]],
    ['that could not be looked for is neither', null, []],
  ])('%s', async (_, view, bad) => {
    expect((await looked([30], view)).observed.map(([, , wrong]) => wrong)).toEqual(bad)
  })
})

describe("a dead worker's task", () => {
  async function recovery(view: TaskView, limitMs?: number): Promise<(string | null)[]> {
    const { vanish } = await import('../../../../systems/cocoon/vanishing.ts')
    const { world, observed } = worldOf(view, limitMs)
    vanish(world, fault, 'r-it', 0)
    return observed.filter(([name]) => name === 'worker-recovery').map(([, , bad]) => bad)
  }

  test('goes on when another worker has it, or when it is done', async () => {
    const running = { ...done, ended: false, completedAt: undefined }
    expect(await recovery({ ...running, attempts: 2 })).toEqual([null])
    expect(await recovery(done)).toEqual([null])
  })

  test('does not go on when it is given up: it is watched for as long as the criterion says', async () => {
    const failed = { ...done, completedAt: undefined }
    expect(await recovery(failed)).toEqual(['its task had no other worker after 60 s'])
    expect(await recovery(failed, 20_000)).toEqual(['its task had no other worker after 20 s'])
  })

  test('is nobody knows what where the run is over before the limit, or none is set', async () => {
    const failed = { ...done, completedAt: undefined }
    expect(await recovery(failed, 200_000)).toEqual([])
    expect(await recovery(failed, Infinity)).toEqual([])
  })
})
