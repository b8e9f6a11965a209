// The checks before the load, on a pool of a few lines that keeps the contract but for what a test changes.
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { CheckResult, Exchange } from '../../../../lib/drive/actor.ts'
import { errorTable } from '../../../../systems/cocoon/api.ts'
import { checks as contract } from '../../../../systems/cocoon/late/checks-adapter.ts'
import type { World } from '../../../../systems/cocoon/names.ts'

vi.mock('../../../../systems/cocoon/lazily.ts', async () => {
  const adapter = await import('../../../../systems/cocoon/late/checks-adapter.ts')
  return { checksAdapter: () => adapter, paymentsAdapter: () => ({ payments: () => undefined }) }
})

interface Asked {
  method: string
  path: string
  /** The path of the step, with keys and ids left out. */
  kind: string
  key: string
  token: string
  body: Record<string, unknown>
}
type Answer = [status: number, json: unknown]
interface Task extends Record<string, unknown> {
  task_id: string
  idempotency_key: string
}

const token = 'of-a-client'
const error = (code: keyof typeof errorTable): Answer => [errorTable[code].status, { error: { code } }]

/** A pool in memory; one that breaks the contract has other answers to some kinds of requests. */
class SmallPool {
  readonly tasks = new Map<string, Task>()
  readonly prompts = new Map<string, unknown>()
  readonly queue: Task[] = []
  readonly asked: Asked[] = []
  held: Task | null = null
  workers = 0

  add(key: string, body: Record<string, unknown>): Task {
    const { client_id, memory_mb, priority } = body
    const task = {
      task_id: String(this.prompts.size + 1),
      idempotency_key: key,
      client_id,
      memory_mb,
      priority,
      state: 'queued',
      accepted_at: new Date().toISOString(),
      assigned_at: null,
      ended_at: null,
      able_idle_ms: 0,
      attempts: 0,
      worker_id: null,
      reason: null,
    }
    this.prompts.set(task.task_id, body['prompt'])
    if (!this.tasks.has(key)) this.tasks.set(key, task)
    this.queue.push(task)
    return task
  }

  give(task: Task): Answer {
    const { task_id, memory_mb } = task
    return [200, { task_id, lease_id: task_id, memory_mb, prompt: this.prompts.get(task_id) }]
  }

  submit({ key, body }: Asked): Answer {
    const known = this.tasks.get(key)
    if (known === undefined) return [201, this.add(key, body)]
    return this.prompts.get(known.task_id) === body['prompt'] ? [200, known] : error('key_reused')
  }

  answer(asked: Asked): Answer {
    this.asked.push(asked)
    switch (asked.kind) {
      case 'POST workers':
        this.workers++
        return [
          201,
          { worker_id: `w${this.workers}`, token: 't', heartbeat_interval_ms: 1000, lease_ms: 60_000 },
        ]
      case 'POST poll': {
        this.held = this.queue.shift() ?? null
        return this.held === null ? [204, null] : this.give(this.held)
      }
      case 'DELETE worker':
        this.workers--
        return [204, null]
      case 'POST result':
        return [200, { task_id: asked.key, state: 'completed' }]
      case 'POST tasks':
        return this.submit(asked)
      case 'GET by-key':
        if (asked.token !== `Bearer ${token}`) return error('unauthorized')
        return this.tasks.has(asked.key) ? [200, this.tasks.get(asked.key)] : error('not_found')
      default:
        return [
          200,
          asked.path === '/dashboard'
            ? 'a page'
            : {
                status: 'active',
                stats: {},
                workers: { alive: 1 },
                tasks: { waiting: 0, running: 0, completed: 0 },
              },
        ]
    }
  }
}

function kindOf(method: string, path: string): string {
  const parts = path.split('/').slice(3)
  if (parts.includes('by-key')) return `${method} by-key`
  if (parts.length > 2) return `${method} ${parts.at(-1)}`
  return `${method} ${parts[0] === 'workers' && parts.length === 2 ? 'worker' : parts[0]}`
}

type Break = (pool: SmallPool, asked: Asked) => Answer | undefined

/** What the first requests find of a pool that answers some requests otherwise. */
async function foundOf(
  otherwise: Break = () => undefined,
  { clientToken = token, withChecks = true, date = () => new Date().toUTCString() } = {},
) {
  vi.stubGlobal('__ENV', { CLIENT: clientToken, ENROL: 'of-a-worker' })
  vi.resetModules()
  const { preflight } = await import('../../../../systems/cocoon/late/preflight.ts')
  const pool = new SmallPool()
  let requests = 0
  const send = (
    step: string,
    { method, path, body, headers = {}, expect: expected, read }: Exchange<unknown>,
  ) => {
    const asked: Asked = {
      method,
      path,
      kind: kindOf(method, path),
      key: headers['Idempotency-Key'] ?? path.split('/').at(-1)!,
      token: headers['Authorization'] ?? '',
      body: (body ?? {}) as Record<string, unknown>,
    }
    const [status, json] = otherwise(pool, asked) ?? pool.answer(asked)
    const about = { status, ms: 1, sentAt: 1, correlationId: `${step}-${++requests}` }
    const value = expected.includes(status) ? read(json, status, { Date: date() }) : null
    const outcome = value !== null ? 'ok' : status === 429 ? 'refused' : 'failed'
    return { ...about, outcome, value }
  }
  const world = {
    data: {
      run: 'r',
      target: { adapter: null, credentials: { client: 'CLIENT', enrol: 'ENROL' }, endpoints: {} },
      residents: { worker: 1 },
      history: false,
      segments: {},
      phases: [],
      withChecks,
    },
    index: 0,
    random: () => 0,
    send,
    tell: () => undefined,
  } as unknown as World
  const found = preflight(world)
  return { pool, found, checks: found.checks ?? {} }
}

afterEach(() => vi.unstubAllGlobals())

const names = ['record-times', 'same-key', 'reused-key', 'wrong-token', 'one-worker', 'own-record']
const notKept = (checks: Record<string, CheckResult>) =>
  Object.fromEntries(Object.entries(checks).filter(([, { is }]) => is !== 'kept'))

describe('a pool that keeps the contract', () => {
  test('passes each check, is asked once with a wrong token, and keeps nothing of them', async () => {
    const { pool, found, checks } = await foundOf()
    expect(Object.keys(checks)).toEqual(names)
    expect(notKept(checks)).toEqual({})
    expect(found).toMatchObject({ problems: [], wrong: {} })
    const wrong = pool.asked.filter((asked) => asked.token.includes('wrong'))
    expect(wrong.map(({ kind, key }) => [kind, key])).toEqual([['GET by-key', 'r-preflight']])
    expect(wrong[0]!.token).not.toContain(token)
    expect({ workers: pool.workers, queue: pool.queue }).toEqual({ workers: 0, queue: [] })
  })

  test('is sent none of them where checks are off', async () => {
    const { pool, checks } = await foundOf(undefined, { withChecks: false })
    expect(checks).toEqual({})
    expect(pool.asked.filter(({ kind }) => kind === 'POST tasks')).toHaveLength(1)
    expect(pool.asked.filter(({ token: sent }) => sent.includes('wrong'))).toEqual([])
  })

  test('and that wants no token is sent no wrong one', async () => {
    const { pool, checks } = await foundOf(
      (own, asked) => own.answer({ ...asked, token: `Bearer ${token}` }),
      { clientToken: '' },
    )
    expect(notKept(checks)).toEqual({
      'wrong-token': { is: 'not made', why: 'the target wants no token of clients' },
    })
    expect(pool.asked.filter(({ token: sent }) => sent.includes('wrong'))).toEqual([])
  })

  test('says by its statuses what the table of errors has', () => {
    expect(contract.reusedKey).toEqual([errorTable.key_reused.status])
    expect(contract.wrongToken).toEqual([errorTable.unauthorized.status, errorTable.forbidden.status])
  })
})

const isAgain = (pool: SmallPool, { kind, key }: Asked): boolean =>
  kind === 'POST tasks' && pool.tasks.has(key)
const isSame = ({ body, key }: Asked): boolean => body['prompt'] === key

describe('a pool that breaks one promise fails by that check alone:', () => {
  test.each<[what: string, check: string, how: string, otherwise: Break]>([
    [
      'the same again makes another task',
      'same-key',
      'the same key and content made the task 1, and then 2',
      (pool, asked) =>
        isAgain(pool, asked) && isSame(asked) ? [201, pool.add(asked.key, asked.body)] : undefined,
    ],
    [
      'the same again is refused',
      'same-key',
      'the same again, submit: POST /api/v1/tasks answered 409, expected 200 or 201',
      (pool, asked) => (isAgain(pool, asked) ? error('key_reused') : undefined),
    ],
    [
      'the same again makes a second task behind the first one',
      'same-key',
      'the tasks 1 and 2 have one key and content',
      (pool, asked) => {
        if (!isAgain(pool, asked) || !isSame(asked)) return undefined
        pool.add(asked.key, asked.body)
        return [200, pool.tasks.get(asked.key)]
      },
    ],
    [
      'another content is answered as if it were the same',
      'reused-key',
      'another content under a used key was answered 200, and is to be refused with 409',
      (pool, asked) =>
        isAgain(pool, asked) && !isSame(asked) ? [200, pool.tasks.get(asked.key)] : undefined,
    ],
    [
      'another content is refused otherwise than it is written',
      'reused-key',
      'another content under a used key was answered 422, and is to be refused with 409',
      (pool, asked) => (isAgain(pool, asked) && !isSame(asked) ? error('insufficient_funds') : undefined),
    ],
    [
      'another content is refused, and kept',
      'reused-key',
      'another content under a used key was refused, and changed the record',
      (pool, asked) => {
        if (isAgain(pool, asked) && !isSame(asked))
          pool.tasks.get(asked.key)!['priority'] = asked.body['priority']
        return undefined
      },
    ],
    [
      'another content is refused, and the first one forgotten',
      'reused-key',
      'and changed the record: 1, r-preflight, client r-preflight, 1024 MB, priority 10, then no task',
      (pool, asked) => {
        const before = pool.asked.at(-1)
        if (asked.kind !== 'GET by-key' || before?.kind !== 'POST tasks' || isSame(before)) return undefined
        pool.asked.push(asked)
        return error('not_found')
      },
    ],
    [
      'another content is refused, and run',
      'reused-key',
      'a worker was given the other content of a used key',
      (pool, asked) => {
        if (isAgain(pool, asked) && !isSame(asked)) pool.prompts.set('1', asked.body['prompt'])
        return isAgain(pool, asked) && !isSame(asked) ? error('key_reused') : undefined
      },
    ],
    [
      'a wrong token is let in',
      'wrong-token',
      'a read with a token that nobody has was answered 200, and is to be refused with 401 or 403',
      (pool, asked) =>
        asked.kind === 'GET by-key' ? pool.answer({ ...asked, token: `Bearer ${token}` }) : undefined,
    ],
    [
      'a wrong token is told that there is no such task',
      'wrong-token',
      'was answered 404',
      (_, asked) => (asked.token.includes('wrong') ? error('not_found') : undefined),
    ],
    [
      'a key that nobody used shows a task',
      'own-record',
      'the key r-preflight-never-used was never used, and shows 1, r-preflight',
      (pool, asked) => (asked.key.endsWith('never-used') ? [200, pool.tasks.get('r-preflight')] : undefined),
    ],
    [
      'every key shows the newest task',
      'own-record',
      'the key r-preflight of the task 1, r-preflight',
      (pool, asked) =>
        asked.kind === 'GET by-key' && asked.key === 'r-preflight' && !asked.token.includes('wrong')
          ? [200, [...pool.tasks.values()].at(-1)]
          : undefined,
    ],
    [
      'a held task is given to a second worker',
      'one-worker',
      'the task 1 was given to a second worker while the first one held it',
      (pool, asked) =>
        asked.kind === 'POST poll' && pool.queue.length === 0 && pool.held !== null
          ? pool.give(pool.held)
          : undefined,
    ],
  ])('%s', async (_, check, how, otherwise) => {
    const { pool, found, checks } = await foundOf(otherwise)
    expect(notKept(checks)).toEqual({
      [check]: expect.objectContaining({ is: 'violated', how: expect.stringContaining(how) }),
    })
    // It is the target's failure, and no reason not to begin.
    expect(found.wrong).toEqual({})
    expect({ workers: pool.workers, queue: pool.queue }).toEqual({ workers: 0, queue: [] })
  })

  test('times have no zone', async () => {
    const { checks } = await foundOf((pool, asked) => {
      if (asked.kind !== 'POST tasks' || isAgain(pool, asked)) return undefined
      const task = pool.add(asked.key, asked.body)
      return [201, { ...task, accepted_at: String(task['accepted_at']).slice(0, -1) }]
    })
    expect(notKept(checks)).toMatchObject({ 'record-times': { is: 'violated' } })
  })

  test('times are an hour off', async () => {
    const { checks } = await foundOf(undefined, {
      date: () => new Date(Date.now() + 3_600_000).toUTCString(),
    })
    expect(notKept(checks)).toMatchObject({ 'record-times': { is: 'violated' } })
  })
})

describe('a check that cannot be answered is not made:', () => {
  test.each<[what: string, check: string, why: string, otherwise: Break]>([
    [
      'the pool fails at the same again',
      'same-key',
      'submit: POST /api/v1/tasks answered 500, expected 200 or 201',
      (pool, asked) => (isAgain(pool, asked) && isSame(asked) ? error('internal') : undefined),
    ],
    [
      'the pool has no time for another content',
      'reused-key',
      'answered 429',
      (pool, asked) => (isAgain(pool, asked) && !isSame(asked) ? error('rate_limited') : undefined),
    ],
    [
      'nobody answers a wrong token',
      'wrong-token',
      'answered nothing',
      (_, asked) => (asked.token.includes('wrong') ? [0, null] : undefined),
    ],
    [
      'the pool fails at the second worker',
      'one-worker',
      'register: POST /api/v1/workers answered 500',
      (pool, asked) => (asked.kind === 'POST workers' && pool.workers === 1 ? error('internal') : undefined),
    ],
  ])('%s', async (_, check, why, otherwise) => {
    const { found, checks } = await foundOf(otherwise)
    expect(notKept(checks)).toEqual({ [check]: { is: 'not made', why: expect.stringContaining(why) } })
    expect(found).toMatchObject({ problems: [], wrong: {} })
  })

  test('a lease that is over by then may be another one’s', async () => {
    const { checks } = await foundOf((pool, asked) => {
      if (asked.kind === 'POST workers') {
        pool.workers++
        return [201, { worker_id: 'w', token: 't', heartbeat_interval_ms: 1000, lease_ms: 0 }]
      }
      if (asked.kind === 'POST poll' && pool.queue.length === 0 && pool.held !== null)
        return pool.give(pool.held)
      return undefined
    })
    expect(notKept(checks)).toEqual({
      'one-worker': { is: 'not made', why: 'the first worker held its task too shortly' },
    })
  })
})
