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

type View = TaskView | 'unknown' | null
/** The same at any time, or what it is after so many seconds. */
type Views = View | ((now: number) => View)

/** A world at a time that sleeping moves on, in which looks at a task find these. */
function worldOf(views: Views, limitMs = 60_000) {
  vi.stubGlobal('__ENV', {})
  const observed: [name: string, kind: string, bad: string | null][] = []
  const took: number[] = []
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
    phase: () => ({ added: { workSeconds: 1 } }),
    random: () => 0,
    send: (step: string, { path }: { path: string }) => {
      if (step === 'status') asked.push(decodeURIComponent(path.split('/').at(-1)!))
      return { value: typeof views === 'function' ? views(clock.now) : views, correlationId: step }
    },
    observe: (name: string, kind: string, bad: string | null) => void observed.push([name, kind, bad]),
    limitMs: () => limitMs,
    faultBegun: () => undefined,
    faultOver: () => undefined,
    measure: (_: string, __: string, ms: number) => void took.push(ms),
    sleep: (seconds: number) => (clock.now += seconds),
  } as unknown as World
  return { world, observed, asked, clock, took }
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
  async function recovery(views: Views, limitMs?: number) {
    const { vanish } = await import('../../../../systems/cocoon/vanishing.ts')
    const { world, observed, took } = worldOf(views, limitMs)
    vanish(world, fault, 'r-it', 0)
    return { bad: observed.filter(([name]) => name === 'worker-recovery').map(([, , bad]) => bad), took }
  }
  const running = { ...done, ended: false, completedAt: undefined }

  test('goes on when another worker has it, as its end confirms', async () => {
    const views = (now: number): TaskView =>
      now < 30 ? running : now < 31 ? { ...running, attempts: 2 } : done
    expect(await recovery(views)).toEqual({ bad: [null], took: [30_000] })
  })

  test('goes on when it is done, which began no sooner than work takes', async () => {
    expect(await recovery(done)).toEqual({ bad: [null], took: [0] })
    expect(await recovery((now) => (now < 30 ? running : done))).toEqual({ bad: [null], took: [28_000] })
  })

  test('does not go on because the pool says that somebody has it', async () => {
    const says = { ...running, attempts: 2 }
    const { bad } = await recovery((now) => (now < 5 ? running : says))
    expect(bad).toEqual(['its task was done by no other worker after 62 s'])
    // Late, and not as late as the end: the criterion judges the time.
    expect((await recovery((now) => (now < 61 ? says : done))).took).toEqual([59_000])
  })

  test('does not go on when it is given up: it is watched for as long as the criterion says', async () => {
    const failed = { ...done, completedAt: undefined }
    expect((await recovery(failed)).bad).toEqual(['its task was done by no other worker after 62 s'])
    expect((await recovery(failed, 20_000)).bad).toEqual(['its task was done by no other worker after 22 s'])
  })

  test('is nobody knows what where the run is over before the limit, or none is set', async () => {
    const failed = { ...done, completedAt: undefined }
    expect((await recovery(failed, 200_000)).bad).toEqual([])
    expect((await recovery(failed, Infinity)).bad).toEqual([])
  })
})
