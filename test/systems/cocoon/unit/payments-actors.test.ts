// Those who ask for payouts, follow them and read the books: what they find with a pool that keeps its word, and with
// others. Without a runner theirs is all that is judged by.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { rawAddress } from '../../../../systems/cocoon/chain.ts'
import { auditor } from '../../../../systems/cocoon/auditor.ts'
import { payments } from '../../../../systems/cocoon/late/payments-adapter.ts'
import { payee, racer } from '../../../../systems/cocoon/payee.ts'
import { payoutFollower } from '../../../../systems/cocoon/payout-follower.ts'
import { worker } from '../../../../systems/cocoon/worker.ts'
import { driveSeconds, live, settleSeconds, type Answers } from './paid-world.ts'

// Bundles require what few need when it is needed; here it is imported.
vi.mock('../../../../systems/cocoon/lazily.ts', async () => {
  const adapter = await import('../../../../systems/cocoon/late/payments-adapter.ts')
  return { paymentsAdapter: () => adapter }
})
beforeEach(() => vi.stubGlobal('__ENV', {}))

const account = `0:${'80000000'.repeat(8)}`
const elsewhere = `0:${'aa'.repeat(32)}`
const amount = '300000'
const hash = Buffer.alloc(32, 7).toString('base64')
const payout = (state: string, more: object = {}) => ({
  payout_id: 'p1',
  idempotency_key: 'r-payees-0',
  account,
  period: null,
  amount_nanoton: amount,
  state,
  transaction: state === 'confirmed' ? 'ab' : null,
  depth: state === 'confirmed' ? 1 : null,
  ...more,
})
const found = (...transactions: object[]) => ({ status: 200, json: { ok: true, result: transactions } })
const none = { status: 404 }
const isOver = (path: string): boolean => path.endsWith('-over')

describe('a worker', () => {
  test.each<[what: string, results: (number | 'repeated')[], outcomes: string[]]>([
    ['was told that it is done', [200], ['ok']],
    ['was refused at once', [409], []],
    ['was refused after an attempt without an answer', [0, 409], ['unknown']],
    ['was timed out by the server', [408, 404], ['unknown']],
    ['got no answer at all', [0], ['unknown']],
    ['was sent twice and then refused', ['repeated', 409], ['unknown']],
    ['was sent twice each time', ['repeated'], ['unknown']],
  ])('says of a task whose result %s what may be paid for it', (_what, results, outcomes) => {
    const left = [...results]
    let given = 0
    const answers: Answers = (step) => {
      if (step === 'register')
        return { status: 201, json: { worker_id: 'w', token: 't', heartbeat_interval_ms: 5000 } }
      if (step === 'heartbeat' || step === 'leave') return { status: step === 'leave' ? 204 : 200, json: {} }
      if (step === 'poll')
        return given++ > 0
          ? { status: 204 }
          : { status: 200, json: { task_id: 'a', lease_id: 'l', memory_mb: 8192 } }
      const next = left.length > 1 ? left.shift()! : left[0]!
      const isRepeated = next === 'repeated'
      return { status: isRepeated ? 200 : next, isRepeated, json: { task_id: 'a', state: 'completed' } }
    }
    const work = live(worker, answers).history.filter(({ type }) => type === 'work')
    expect(work.map(({ outcome }) => outcome)).toEqual(outcomes)
  })
})

describe('the contract of payments', () => {
  const pool = payments({ Authorization: '' })

  test.each([
    { state: 'paid' },
    { amount_nanoton: '1.5' },
    { amount_nanoton: '0x10' },
    { amount_nanoton: '' },
  ])('is broken by a payout with %j', (more) => {
    expect(pool.payout('k').read(payout('accepted'), 200)).toMatchObject({ id: 'p1' })
    expect(() => pool.payout('k').read(payout('accepted', more), 200)).toThrow(Object.keys(more)[0])
  })

  test('keeps sums exact, however large', () => {
    const read = (gross: string) => {
      const sums = { gross_nanoton: gross, fee_nanoton: '2', available_nanoton: '0', pending_nanoton: '0' }
      const json = { ...sums, paid_nanoton: '0', earnings: [], payouts: [] }
      return pool.statement(account, { earning: '0', payout: '0' }).read(json, 200)
    }
    expect(read('90071992547409931')!.sums.net).toBe('90071992547409929')
    expect(() => read('1e3')).toThrow('nanoton')
  })
})

describe('a payee', () => {
  const overdrawn = { habit: 0.01 }
  /** What was not earned is answered with this status, and asked about so; all else is accepted. */
  const answersOverdrawn =
    (status: number, stored: ReturnType<Answers> = none): Answers =>
    (step, { headers }) => {
      if (step === 'payout-status') return stored
      return isOver(headers!['Idempotency-Key']!) ? { status } : { status: 201, json: payout('accepted') }
    }

  test('counts what was promised to it', () => {
    const { observed } = live(payee, () => ({ status: 201, json: payout('accepted') }))
    expect(observed).toEqual({ 'accepted-payout': [null] })
  })

  test('has no word to rely upon where its request was sent twice, and asks again', () => {
    let asked = 0
    const answers: Answers = () => ({ status: 201, json: payout('accepted'), isRepeated: asked++ === 0 })
    const { observed, history } = live(payee, answers)
    expect(observed).toEqual({ 'accepted-payout': [null] })
    expect(history.map(({ type, why }) => [type, why])).toEqual([
      ['invoke', undefined],
      ['unknown', 'repeated'],
      ['invoke', undefined],
      ['ok', undefined],
    ])
  })

  test('takes a refusal of a request that was sent twice for none: the first one may have been granted', () => {
    let asked = 0
    const answers: Answers = () => ({ status: 409, isRepeated: asked++ === 0 })
    const { history } = live(payee, answers)
    const pays = history.filter(({ op, type }) => op === 'pay' || type === 'unknown' || type === 'rejected')
    expect(pays.slice(0, 4).map(({ type }) => type)).toEqual(['invoke', 'unknown', 'invoke', 'rejected'])
  })

  test('is content with a refusal of what nobody earned', () => {
    expect(live(payee, answersOverdrawn(422), overdrawn).observed['payout-refusal']).toEqual([null])
  })

  test('is not content when it is in the ledger all the same', () => {
    const stored = payout('sent', { amount_nanoton: '900000000000000' })
    const answers = answersOverdrawn(422, { status: 200, json: stored })
    expect(live(payee, answers, overdrawn).observed['payout-refusal']).toEqual([
      'refused, and in the ledger all the same',
    ])
  })

  test('takes a request for patience for neither', () => {
    expect(live(payee, answersOverdrawn(429), overdrawn).observed['payout-refusal']).toBeUndefined()
  })

  test('asks for nothing any more when it is too late to follow it', () => {
    const { sentAt } = live(payee, () => none, { startsAt: driveSeconds + 5.1 })
    expect(sentAt['pay']).toBeUndefined()
  })

  test('nor when what it earned is refused and paid', () => {
    const answers: Answers = (step) =>
      step === 'pay' ? { status: 422 } : { status: 200, json: payout('sent') }
    expect(live(payee, answers).observed).toEqual({
      'payout-refusal': ['answered 422, and in the ledger all the same'],
    })
  })

  test.each([0, 408, 425, 500])('takes %i for no answer, and does not ask for ever', (status) => {
    const { sentAt, history, observed } = live(payee, () => ({ status }), { startsAt: driveSeconds - 1 })
    expect(sentAt['pay']!.length).toBeGreaterThan(3)
    expect(Math.max(...sentAt['pay']!)).toBeLessThan(driveSeconds + 5)
    expect(history.filter(({ type }) => type === 'rejected')).toEqual([])
    expect(observed).toEqual({ 'unsure-payout': [null] })
  })

  test.each<[what: string, actor: typeof payee]>([
    ['a payee', payee],
    ['the first of two that ask at once', racer],
  ])('takes what the ledger shows for a promise, though nobody answered: %s', (_what, actor) => {
    const answers =
      (stored: ReturnType<Answers>): Answers =>
      (step) =>
        step === 'pay' ? { status: 500 } : stored
    const { observed, keys } = live(actor, answers({ status: 200, json: payout('sent') }))
    expect(observed).toEqual({ 'accepted-payout': [null] })
    expect(keys).toEqual({ 'accepted-payout': ['r-payees-0'] })
    expect(live(actor, answers(none)).keys).toEqual({ 'unsure-payout': ['r-payees-0'] })
  })
})

describe('a follower of payouts', () => {
  /** The chain shows the transfer so many seconds after the beginning, in a block of that time. */
  const follows = (shownAt: number, { blockAt = -1, times = 1, habit = 0.5 } = {}) => {
    const received = { source: 'EQ', destination: '', value: amount, message: 'p1' }
    const transfer = { utime: blockAt, transaction_id: { lt: '1', hash }, in_msg: received, out_msgs: [] }
    const answers: Answers = (step, { path }, now) => {
      if (step === 'look') return now < shownAt ? found() : found(...Array<object>(times).fill(transfer))
      return isOver(path) ? none : { status: 200, json: payout('confirmed') }
    }
    return live(payoutFollower, answers, { habit })
  }
  const outcomes = (history: Record<string, unknown>[], op: string) => {
    const calls = history
      .filter(({ type, op: asked }) => type === 'invoke' && asked === op)
      .map(({ call }) => call)
    return history
      .filter(({ type, call }) => type !== 'invoke' && calls.includes(call))
      .map(({ type }) => type)
  }

  test('finds a payout with its transfer', () => {
    const { observed, keys } = follows(0)
    expect(observed).toEqual({
      'payout-known': [null],
      'payout-time': [null],
      payout: [null],
      'payout-confirmation': [null],
    })
    // The same as that of the promise.
    expect(keys).toEqual({ 'payout-known': ['r-payees-0'], payout: ['r-payees-0'] })
  })

  test('gives a node that lags behind the time to catch up, and notes only what it shows then', () => {
    const { observed, history } = follows(5)
    expect(observed['payout-confirmation']).toEqual([null])
    expect(outcomes(history, 'look').at(-1)).toBe('ok')
    expect(outcomes(history, 'look').filter((type) => type === 'ok')).toHaveLength(1)
  })

  test('says that it had no last word on a payout', () => {
    expect(live(payoutFollower, () => ({ status: 500 })).observed).toEqual({ 'unread-payout': [null] })
    expect(live(payoutFollower, () => none).observed).toEqual({})
  })

  test('does not wait for ever for a transfer that is not there', () => {
    expect(follows(Infinity).observed['payout-confirmation']).toEqual([
      'confirmed, and the chain shows no transfer',
    ])
  })

  test('minds a block that came after the word that the payout is confirmed', () => {
    expect(follows(5, { blockAt: 4 }).observed['payout-confirmation']).toEqual([
      'confirmed before the chain had its transfer',
    ])
  })

  test('minds a second transfer', () => {
    expect(follows(0, { times: 2 }).observed['payout-confirmation']).toEqual([
      'confirmed, and the chain shows 2 transfers',
    ])
  })

  test('has the last word on a key for what nobody earned, when nobody asks under it any more', () => {
    const { history } = follows(0, { habit: 0.01 })
    const last = history.filter(({ type, final }) => type === 'invoke' && final === true)
    expect(last).toMatchObject([{ op: 'read', key: 'r-payees-0-over' }])
    expect(last[0]!['call']).toBe(history.at(-1)!['call'])
  })
})

describe('an auditor', () => {
  const sums = { gross_nanoton: '9', fee_nanoton: '1', available_nanoton: '8', pending_nanoton: '0' }
  const ledger = (paid = '0', unbooked = 0) => ({
    ...sums,
    paid_nanoton: paid,
    outbox_waiting: unbooked,
    terms: { unit_nanoton: '1', fee_basis_points: 500, depth: 1, treasury: elsewhere },
  })
  interface Books {
    row: object
    transfers: { mark: string; to?: string; amount?: string; utime?: number }[]
  }
  const reads = (
    { row, transfers }: Books,
    {
      paidBy = () => 0,
      earns = 0,
      shownAt = 0,
    }: { paidBy?: (now: number) => number; earns?: number; shownAt?: number } = {},
  ) => {
    const messages = transfers.map(({ mark, to = account, amount: value = amount, utime = 5 }) => ({
      utime,
      transaction_id: { lt: '1', hash },
      out_msgs: [{ source: '', destination: to, value, message: mark }],
    }))
    const answers: Answers = (step, { path }, now) => {
      if (step === 'ledger') return { status: 200, json: ledger(String(paidBy(now))) }
      if (step === 'look') return found(...(now < shownAt ? [] : messages))
      if (step === 'stats')
        return {
          status: 200,
          json: { workers: { alive: 0 }, tasks: { waiting: 0, running: 0, completed: 0 } },
        }
      const isFirst = path.includes('after_payout=0')
      // Until it has earned all that it will, each first page has one more.
      const count = isFirst ? Math.floor(Math.min(now, earns)) : 0
      const earnings = Array.from({ length: count }, (_, entry_id) => ({
        entry_id,
        task_id: String(entry_id),
        units: 1,
        gross_nanoton: '1',
        fee_nanoton: '0',
      }))
      return { status: 200, json: { ...ledger(), earnings, payouts: isFirst ? [row] : [] } }
    }
    return live(auditor, answers)
  }
  /** Sums and rows are others at every look, until then. */
  const changing = (until: number) => ({
    paidBy: (now: number) => Math.floor(Math.min(now, until) * 100),
    earns: until,
  })
  const parts = (state: Record<string, unknown>[]) => state.map(({ part }) => part)

  test('finds each payout paid once', () => {
    const { observed, state, sentAt } = reads({ row: payout('confirmed'), transfers: [{ mark: 'p1' }] })
    expect(observed).toEqual({ 'payout-once': [null], 'payout-row': [null] })
    expect(parts(state)).toEqual(['terms', 'begin', 'payouts', 'accounts', 'transfers', 'end'])
    // Nobody may be told of a payout that the reading does not know.
    expect(sentAt['account']![0]).toBeGreaterThan(driveSeconds + 15)
  })

  test.each<[what: string, books: Books, problem: string]>([
    [
      'a payout without a transfer',
      { row: payout('confirmed'), transfers: [] },
      'p1 is confirmed, and the treasury never sent it',
    ],
    [
      'a transfer of a payout that failed',
      { row: payout('failed'), transfers: [{ mark: 'p1' }] },
      'p1 has failed, and the treasury sent it',
    ],
    [
      'a transfer of no payout',
      { row: payout('confirmed'), transfers: [{ mark: 'p1' }, { mark: 'gift' }] },
      'the treasury paid "gift", which is no payout',
    ],
    [
      'a second transfer, to somebody else',
      { row: payout('confirmed'), transfers: [{ mark: 'p1' }, { mark: 'p1', to: elsewhere }] },
      'p1 was sent with another amount or to another account',
    ],
  ])('finds %s', (_what, books, problem) => {
    expect(reads(books).observed['payout-row']).toContain(problem)
  })

  test('leaves alone what was paid before, and to others', () => {
    const row = payout('confirmed')
    const others = [
      { mark: 'p2', to: elsewhere },
      { mark: 'p1', to: elsewhere, utime: -20 },
    ]
    expect(reads({ row, transfers: [{ mark: 'p1' }, ...others] }).observed['payout-row']).toEqual([null])
  })

  test('reads anew what changed meanwhile', () => {
    const books = { row: payout('confirmed'), transfers: [{ mark: 'p1' }] }
    const { state, observed } = reads(books, changing(driveSeconds + 31))
    expect(parts(state).filter((part) => part === 'begin').length).toBeGreaterThan(1)
    expect(parts(state).at(-1)).toBe('end')
    expect(observed['payout-row']).toEqual([null])
    const restless = reads(books, changing(driveSeconds + settleSeconds))
    expect(parts(restless.state)).not.toContain('end')
    expect(restless.observed).toEqual({})
  })

  test('does not wait for sums to rest that change without any row', () => {
    const books = { row: payout('confirmed'), transfers: [{ mark: 'p1' }] }
    const { state, observed } = reads(books, { paidBy: changing(Infinity).paidBy })
    expect(parts(state).filter((part) => part === 'begin').length).toBe(2)
    expect(parts(state).at(-1)).toBe('end')
    expect(observed['payout-row']).toEqual([null])
  })

  test('gives a node that lags behind the books the time to catch up', () => {
    const books = { row: payout('confirmed'), transfers: [{ mark: 'p1' }] }
    const { state, observed } = reads(books, { shownAt: driveSeconds + 26 })
    expect(parts(state).filter((part) => part === 'begin').length).toBeGreaterThan(1)
    expect(observed['payout-row']).toEqual([null])
  })

  test.each(['accepted', 'sent'])('minds a payout that was asked for long ago and is still %s', (state) => {
    const { observed } = reads({ row: payout(state), transfers: [] }, changing(driveSeconds + 26))
    expect(observed['payout-confirmation']).toEqual([
      expect.stringMatching(`^p1 is still ${state} 4[5-9] s later$`),
    ])
    expect(observed['payout-row']).toEqual([null])
  })

  test.each(['x-payees-0', 'r-others-0', 'payees-0', null])(
    "takes a payout under the key %s for nobody's of this run, whose age it does not know",
    (idempotency_key) => {
      const { observed } = reads(
        { row: payout('sent', { idempotency_key }), transfers: [] },
        changing(driveSeconds + 26),
      )
      expect(observed).toEqual({ 'payout-once': [null], 'payout-row': [null] })
    },
  )

  test('tells what each account is to be paid at', () => {
    const { state } = reads({ row: payout('confirmed'), transfers: [{ mark: 'p1' }] })
    const [accounts] = state.filter(({ part }) => part === 'accounts')
    expect(accounts).toMatchObject({ rows: [{ account, threshold: null }] })
  })
})

test('the account of the tests is that of the first worker', () => {
  expect(rawAddress(account)).toBe(account)
})
