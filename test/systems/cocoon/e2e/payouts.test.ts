// The payout service over HTTP, on a chain of its own: what it accepts, what it pays, and that it pays once.
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type {
  AccountStatement,
  ErrorAnswer,
  LedgerSummary,
  Payout,
  PollAnswer,
  RegisterAnswer,
} from '../../../../systems/cocoon/api.ts'
import { PoolClient, call } from './pool-client.ts'
import { startPool, type RunningPool } from './pool-harness.ts'
import { until } from '../../../services.ts'

let pool: RunningPool
let client: PoolClient

beforeAll(async () => {
  pool = await startPool({ history: true })
  client = new PoolClient(pool)
}, 90_000)
afterAll(() => pool?.stop(), 30_000)

const newAccount = (): string => `0:${randomBytes(32).toString('hex')}`

/** A worker that is paid to an account, if it names one, and has done so many tasks of 8 GB, all of which are booked. */
async function earner(account: string | null, tasks: number, threshold?: string): Promise<RegisterAnswer> {
  const body = {
    name: 'a worker',
    gpu_model: 'test',
    memory_mb: 8_192,
    run: 'paid',
    ...(account === null ? {} : { payout_account: account }),
    ...(threshold === undefined ? {} : { payout_threshold_nanoton: threshold }),
  }
  const { body: worker } = await client.api<RegisterAnswer>('POST', '/workers', {
    token: client.enrolToken,
    body,
  })
  const earning = account ?? worker.worker_id
  const before = (await statement(earning)).earnings.length
  for (let index = 0; index < tasks; index++) {
    await client.submit({ memory_mb: 8_192, run: 'paid' }, randomUUID())
    const poll = await client.poll(worker, 5_000)
    expect((await client.result(worker, poll.body as PollAnswer)).status).toBe(200)
  }
  await until('all tasks are booked', 10_000, async () => {
    return (await statement(earning)).earnings.length === before + tasks
  })
  await client.leave(worker)
  return worker
}

const pay = (key: string, account: string, amount: string | number, token = client.clientToken) =>
  client.api<Payout & ErrorAnswer>('POST', '/payouts', {
    token,
    headers: { 'idempotency-key': key },
    body: { account, amount_nanoton: typeof amount === 'number' ? String(amount) : amount, run: 'paid' },
  })
const byKey = async (key: string) => (await client.read<Payout & ErrorAnswer>(`/payouts/by-key/${key}`)).body
const statement = async (account: string) =>
  (await client.read<AccountStatement>(`/accounts/${account}`)).body
const summary = async () => (await client.read<LedgerSummary>('/ledger/summary')).body

async function confirmed(key: string): Promise<Payout> {
  await until(`${key} is confirmed`, 30_000, async () => (await byKey(key)).state === 'confirmed')
  return byKey(key)
}

interface Transfer {
  value: string
  message: string
}

/** What the chain shows that an account received. */
async function received(account: string): Promise<Transfer[]> {
  const url = pool.testbed.target.chains['chain']!.control
  const { body } = await call<{ result: { in_msg: Transfer }[] }>('POST', `${url}/api/v2/jsonRPC`, {
    body: { id: '1', jsonrpc: '2.0', method: 'getTransactions', params: { address: account, limit: 100 } },
  })
  return body.result.map(({ in_msg: { value, message } }) => ({ value, message }))
}

const weather = async (state: Record<string, unknown>) => {
  const url = pool.testbed.target.chains['chain']!.control
  const token = pool.testbed.faultSecrets['CHAIN_CONTROL_TOKEN']!
  expect((await call('POST', `${url}/testbed/state`, { token, body: state })).status).toBe(200)
}

/** 8 GB are 8 units of 600,011 nanoTON; 5 % of it, rounded down, are the operator's. */
const taskGross = 8 * 600_011
const taskFee = Math.floor((taskGross * 500) / 10_000)

test('what was earned is paid, and the chain shows it', async () => {
  const account = newAccount()
  await earner(account, 1)
  expect(await statement(account)).toMatchObject({
    gross_nanoton: String(taskGross),
    fee_nanoton: String(taskFee),
    available_nanoton: String(taskGross - taskFee),
    pending_nanoton: '0',
  })
  const key = randomUUID()
  const answer = await pay(key, account, 1_000_001)
  expect(answer.status).toBe(201)
  // The sender may have taken it before the answer was written.
  expect(answer.body).toMatchObject({
    state: expect.stringMatching(/^(accepted|sent)$/) as string,
    amount_nanoton: '1000001',
    idempotency_key: key,
  })
  const payout = await confirmed(key)
  expect(payout.depth).toBeGreaterThanOrEqual(1)
  expect(payout.transaction).toMatch(/^[0-9a-f]{64}$/)
  expect(await received(account)).toEqual([{ value: '1000001', message: payout.payout_id }])
  expect(await statement(account)).toMatchObject({
    available_nanoton: String(taskGross - taskFee - 1_000_001),
    pending_nanoton: '0',
    paid_nanoton: '1000001',
  })
}, 60_000)

test('a key means one payout, however often and at whatever moment it is sent', async () => {
  const account = newAccount()
  await earner(account, 1)
  const key = randomUUID()
  const racing = await Promise.all(Array.from({ length: 12 }, () => pay(key, account, 400_000)))
  expect(racing.map(({ status }) => status).sort()).toEqual([...Array(11).fill(200), 201])
  expect(new Set(racing.map(({ body }) => body.payout_id)).size).toBe(1)
  await confirmed(key)
  expect((await pay(key, account, 400_000)).status).toBe(200)
  const other = await pay(key, account, 400_001)
  expect([other.status, other.body.error.code]).toEqual([409, 'key_reused'])
  const elsewhere = await pay(key, newAccount(), 400_000)
  expect([elsewhere.status, elsewhere.body.error.code]).toEqual([409, 'key_reused'])
  expect((await received(account)).length).toBe(1)
  expect((await statement(account)).payouts.length).toBe(1)
}, 60_000)

test('nobody is paid more than was earned, and what is malformed is refused', async () => {
  const account = newAccount()
  await earner(account, 1)
  const net = taskGross - taskFee
  const over = await pay(randomUUID(), account, net + 1)
  expect([over.status, over.body.error.code]).toEqual([422, 'insufficient_funds'])
  const nobody = await pay(randomUUID(), newAccount(), 1)
  expect([nobody.status, nobody.body.error.code]).toEqual([422, 'insufficient_funds'])
  // Two that fit each by itself, and not together.
  const both = await Promise.all([0, 1].map(() => pay(randomUUID(), account, net - 1_000_000)))
  expect(both.map(({ status }) => status).sort()).toEqual([201, 422])
  for (const [what, amount] of [
    ['0:short', '5'],
    [account, '0'],
    [account, '-5'],
    [account, '1.5'],
    [account, '05'],
  ] as const)
    expect((await pay(randomUUID(), what, amount)).status).toBe(400)
  expect((await pay(randomUUID(), account, 5, client.enrolToken)).status).toBe(403)
  expect((await pay(randomUUID(), account, 5, 'nonsense')).status).toBe(401)
  expect((await client.read('/payouts/by-key/never-used')).status).toBe(404)
}, 60_000)

test('an account with a threshold is paid all it has, once for each time it is reached', async () => {
  const account = newAccount()
  const net = taskGross - taskFee
  await earner(account, 1, String(2 * net))
  expect((await statement(account)).payouts).toEqual([])
  await earner(account, 1, String(2 * net))
  await until('it is paid', 30_000, async () => (await statement(account)).payouts[0]?.state === 'confirmed')
  expect((await statement(account)).payouts).toMatchObject([
    { period: 1, idempotency_key: null, amount_nanoton: String(2 * net) },
  ])
  expect((await received(account)).map(({ value }) => value)).toEqual([String(2 * net)])
}, 60_000)

test('a threshold without an account to pay to holds nobody up', async () => {
  const { worker_id } = await earner(null, 1, '1')
  const account = newAccount()
  await earner(account, 1)
  const key = randomUUID()
  await pay(key, account, 300_000)
  await confirmed(key)
  expect((await statement(worker_id)).payouts).toEqual([])
}, 60_000)

/** Asks again and again until there is an answer: what a client does whose request was cut off. */
async function insist(key: string, account: string, amount: number): Promise<void> {
  await until(`${key} is answered`, 30_000, async () => {
    const answer = await pay(key, account, amount).catch(() => null)
    return answer !== null && (answer.status === 200 || answer.status === 201)
  })
}

test('killed again and again in the middle of its work, it pays everything once', async () => {
  const account = newAccount()
  await earner(account, 6)
  const keys = Array.from({ length: 60 }, () => randomUUID())
  const asking = (async () => {
    for (const [index, key] of keys.entries()) await insist(key, account, 300_000 + index)
  })()
  for (let round = 0; round < 5; round++) {
    // At another moment of the sender's round each time.
    const until = Date.now() + 700 + 370 * round
    while (Date.now() < until) await summary().catch(() => null)
    await pool.end('payout', 'SIGKILL')
    await pool.start('payout')
  }
  await asking
  for (const key of keys) await confirmed(key)
  const paid = (await received(account)).map(({ value }) => Number(value)).sort((a, b) => a - b)
  expect(paid).toEqual(keys.map((_, index) => 300_000 + index))
  expect(await statement(account)).toMatchObject({
    pending_nanoton: '0',
    paid_nanoton: String(paid.reduce((sum, value) => sum + value, 0)),
  })
}, 120_000)

test('a chain that is away, lags behind or loses messages delays payouts, and none is lost or doubled', async () => {
  const account = newAccount()
  await earner(account, 2)
  const keys = Array.from({ length: 8 }, () => randomUUID())
  await weather({ drop: 2 })
  await insist(keys[0]!, account, 300_000)
  await confirmed(keys[0]!)
  await weather({ unavailable: 3 })
  for (const [index, key] of keys.slice(1, 4).entries()) await insist(key, account, 300_001 + index)
  for (const key of keys.slice(1, 4)) await confirmed(key)
  await weather({ behind: { blocks: 3, seconds: 6 } })
  for (const [index, key] of keys.slice(4).entries()) await insist(key, account, 300_004 + index)
  for (const key of keys) await confirmed(key)
  const paid = (await received(account)).map(({ value }) => Number(value)).sort((a, b) => a - b)
  expect(paid).toEqual(keys.map((_, index) => 300_000 + index))
}, 120_000)

test('sums of the ledger are those of its accounts', async () => {
  const { gross_nanoton, fee_nanoton, available_nanoton, pending_nanoton, paid_nanoton, terms } =
    await summary()
  const parts = [fee_nanoton, available_nanoton, pending_nanoton, paid_nanoton].map(Number)
  expect(parts.reduce((sum, part) => sum + part, 0)).toBe(Number(gross_nanoton))
  expect(terms).toMatchObject({ unit_nanoton: '600011', fee_basis_points: 500, depth: 1 })
})
