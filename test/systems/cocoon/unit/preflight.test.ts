// What the pool's preflight finds: which observations a pool cannot support, and which requests it does not understand.
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Answer } from '../../../../lib/drive/actor.ts'
import type { Assignment, TaskView } from '../../../../systems/cocoon/pool.ts'
import type { World } from '../../../../systems/cocoon/names.ts'

const view: TaskView = {
  ended: true,
  acceptedAt: 1,
  assignedAt: 2,
  completedAt: 3,
  completedBy: 'me',
  attempts: 1,
  ableIdleMs: 0,
}
const given: Assignment = { taskId: '1', leaseId: '1', memoryMb: 1024, prompt: 'r-preflight' }

type Answers = Record<string, Partial<Answer<unknown>>>
const usual: Answers = {
  register: { value: { workerId: 'me', token: '', heartbeatSeconds: 10 } },
  poll: { value: given },
  status: { value: view },
}

/** What is found of a pool that answers each step well, but for those named. */
async function foundOf(other: Answers, history = 0) {
  vi.stubGlobal('__ENV', {})
  vi.resetModules()
  const { preflight } = await import('../../../../systems/cocoon/late/preflight.ts')
  const answers: Answers = { ...usual, ...other }
  const world = {
    data: {
      run: 'r',
      target: { adapter: null, credentials: {}, endpoints: {} },
      residents: { worker: 1 },
      history: false,
      phases: [{ added: { history } }],
      segments: {},
    },
    index: 0,
    random: () => 0,
    phase: () => ({ kind: 'warmup' }),
    send: (step: string) => ({ outcome: 'ok', status: 200, value: true, ...answers[step] }),
    tell: () => undefined,
  } as unknown as World
  return preflight(world)
}

afterEach(() => vi.unstubAllGlobals())

const onlyWorkersSee = [
  'worker-recovery',
  'acknowledged-result',
  'allocation',
  'able-idle',
  'seen-allocation',
  'told-waits',
]

describe('a pool', () => {
  test('that does all has no problem', async () =>
    expect(await foundOf({})).toMatchObject({ problems: [], wrong: {}, reached: true }))

  test.each([undefined, '', 'another text'])(
    'that shows a worker the prompt %j is not judged by keys',
    async (prompt) => {
      const { prompt: _, ...rest } = given
      const value = prompt === undefined ? rest : { ...rest, prompt }
      expect((await foundOf({ poll: { value } })).missing).toEqual(expect.arrayContaining(onlyWorkersSee))
      expect((await foundOf({})).missing).not.toContain('acknowledged-result')
    },
  )

  test('that takes no submissions is not judged by tasks', async () => {
    const { wrong, problems } = await foundOf({ submit: { outcome: 'failed', status: 401, value: null } })
    expect(problems).toEqual(['submit: POST /api/v1/tasks answered 401, expected 201'])
    expect(Object.keys(wrong!)).toEqual(
      expect.arrayContaining(['submit', 'allocation', 'task-end', 'accepted-task']),
    )
  })

  test('that cannot be filled with tasks of the past is not judged by its history, where a run is to fill it', async () => {
    const without = { grow: { outcome: 'failed', status: 404, value: null } } as const
    expect((await foundOf(without, 500)).wrong).toMatchObject({
      history: 'grow: POST /api/v1/testbed/history answered 404, expected 200',
    })
    expect((await foundOf(without)).wrong).toEqual({})
  })

  test('whose dashboard is elsewhere is judged by all but its dashboard', async () => {
    const { wrong } = await foundOf({ dashboard: { outcome: 'failed', status: 404, value: null } })
    expect(Object.keys(wrong!)).toEqual(['dashboard', 'dashboard-load', 'client-session'])
  })
})
