// The pool's own adapter, and the one that shows how another is written.
import { describe, expect, test } from 'vitest'
import { payments } from '../../../../systems/cocoon/late/payments-adapter.ts'
import { adapter } from '../../../../systems/cocoon/adapter.ts'
import { adapter as example } from '../../../../targets/example/adapter.ts'

test('credentials that are not there leave the header out, instead of an empty token', () => {
  const worker = { name: 'w', gpuModel: 'x', memoryMb: 1, run: 'r', account: 'a', thresholdNanoton: null }
  for (const make of [adapter, example]) {
    const headersWith = (token: string) => make(() => token).register(worker).headers
    expect(headersWith('t')).toEqual({ Authorization: 'Bearer t' })
    expect(headersWith('')).toEqual({})
  }
})

describe('an answer that breaks the contract is told by its field:', () => {
  const time = '2030-01-31T12:00:00.000Z'
  const aTime = 'a time such as 2030-01-31T12:00:00.000Z'
  const task = { task_id: '1', state: 'queued', accepted_at: time, assigned_at: null, able_idle_ms: 0 }
  const stats = { workers: { alive: 1 }, tasks: { waiting: 0, running: 0, completed: 0 } }
  const payout = {
    payout_id: 'p1',
    idempotency_key: 'k',
    account: 'a',
    period: null,
    amount_nanoton: '1',
    state: 'sent',
    transaction: null,
    depth: null,
  }
  const sums = {
    gross_nanoton: '1',
    fee_nanoton: '0',
    available_nanoton: '1',
    pending_nanoton: '0',
    paid_nanoton: '0',
  }
  const earning = { entry_id: 1, task_id: '1', units: 1, gross_nanoton: '1', fee_nanoton: '0' }
  const pool = adapter(() => '')
  const paid = payments({})
  const status = (json: unknown, code = 200) => pool.status('k').read(json, code)
  const statement = (more: object) =>
    paid
      .statement('a', { earning: '0', payout: '0' })
      .read({ ...sums, earnings: [earning], payouts: [payout], ...more }, 200)

  test('each of these is good as it is', () => {
    expect(status(task)).toMatchObject({ ended: false, acceptedAt: Date.parse(time) })
    expect(status({ error: { code: 'not_found' } }, 404)).toBe('unknown')
    expect(pool.stats!().read(stats, 200)).toMatchObject({ waiting: 0, workersAlive: 1 })
    expect(paid.payout('k').read(payout, 200)).toMatchObject({ id: 'p1' })
    expect(statement({})).toMatchObject({ more: true, next: { earning: '1', payout: '1' } })
  })

  test.each<[() => unknown, string]>([
    [() => status({ ...task, accepted_at: undefined }), `accepted_at is missing (${aTime} is expected)`],
    [() => status({ ...task, accepted_at: 1 }), `accepted_at is a number (${aTime} is expected)`],
    [() => status({ ...task, accepted_at: 'soon' }), `accepted_at is a string (${aTime} is expected)`],
    [() => status({ ...task, assigned_at: 'soon' }), `assigned_at is a string (${aTime} is expected)`],
    [() => status({ ...task, ended_at: 'soon' }), `ended_at is a string (${aTime} is expected)`],
    [
      () => status({ ...task, assigned_at: undefined }),
      `assigned_at is missing (${aTime}, or null, is expected)`,
    ],
    [() => status({ ...task, able_idle_ms: '0' }), 'able_idle_ms is a string (a number is expected)'],
    [
      () => status({ ...task, state: 'done' }),
      'state is a string (one of queued, running, completed, failed is expected)',
    ],
    [() => status({ ...task, state: 'failed' }), 'reason is missing (why the task failed is expected)'],
    [() => status('<html>'), 'the answer is a string (an object is expected)'],
    [() => status({ error: { code: 'gone' } }, 404), 'error.code is a string ("not_found" is expected)'],
    [() => status({}, 404), 'error is missing (an object is expected)'],
    [
      () => pool.stats!().read({ ...stats, tasks: { ...stats.tasks, waiting: undefined } }, 200),
      'tasks.waiting is missing (a number is expected)',
    ],
    [
      () => pool.stats!().read({ ...stats, workers: {} }, 200),
      'workers.alive is missing (a number is expected)',
    ],
    [
      () => pool.poll({ workerId: 'w', token: '', heartbeatSeconds: 1 }, 1).read({ task_id: '1' }, 200),
      'lease_id is missing (a string is expected)',
    ],
    [() => pool.dashboard()[0]!.read('', 200), 'the answer is empty (a page is expected)'],
    [
      () => paid.payout('k').read({ ...payout, amount_nanoton: '1.5' }, 200),
      'amount_nanoton is a string (nanoTON as a decimal text is expected)',
    ],
    [
      () => paid.payout('k').read({ ...payout, depth: undefined }, 200),
      'depth is missing (a value, or null, is expected)',
    ],
    [() => statement({ pending_nanoton: 1 }), 'pending_nanoton is a number (a string is expected)'],
    [
      () => statement({ earnings: [{ ...earning, units: '1' }] }),
      'earnings[].units is a string (a number is expected)',
    ],
    [
      () => adapterOfExample.status('k').read({ phase: 'done', times: {} }, 200),
      'times.created is missing (a number is expected)',
    ],
  ])('%#', (read, why) => expect(read).toThrow(why))
})

const adapterOfExample = example(() => '')
