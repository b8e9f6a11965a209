// The checks before the load.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { errorTable } from '../../../../systems/cocoon/api.ts'
import { checks as contract } from '../../../../systems/cocoon/late/checks-adapter.ts'
import { error, foundOf, notKept, token, type Asked, type Break, type SmallPool } from './small-pool.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const names = ['record-times', 'same-key', 'reused-key', 'wrong-token', 'one-worker', 'own-record', 'figures']
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
