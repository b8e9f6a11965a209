// The testbed's chain, asked by the client with which a payout service asks the real one.
import { randomBytes } from 'node:crypto'
import { Cell, loadTransaction } from '@ton/core'
import { keyPairFromSeed } from '@ton/crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTreasury, fundedNanoton, recipient, startChain, type ChainNode } from './chain-node.ts'
import { until } from '../services.ts'

const ton = 1_000_000_000n
const treasury = createTreasury()
let chain: ChainNode
/** Of the treasury's next batch. */
let seqno = 0

beforeAll(async () => {
  chain = await startChain(treasury.address)
})
afterAll(() => chain?.stop())

const treasurySeqno = () => chain.client.open(treasury.wallet).getSeqno()
const payment = (nanoton = ton / 100n, text = 'payout') => ({ to: recipient(), nanoton, text })
const executed = (next: number) =>
  until(`seqno ${next}`, 20_000, async () => (await treasurySeqno()) === next)
const arrived = (to: ReturnType<typeof recipient>) => chain.transactions(to)

/** Sends a batch and waits until it was executed. */
async function pay(payments: ReturnType<typeof payment>[]): Promise<Buffer> {
  const boc = treasury.batch(seqno, payments)
  await chain.client.sendFile(boc)
  seqno += 1
  await executed(seqno)
  return boc
}

describe('payments', () => {
  test('one message deploys the wallet and pays a hundred, each with its comment', async () => {
    expect((await chain.client.getContractState(treasury.address)).state).toBe('uninitialized')
    expect(await chain.client.getBalance(treasury.address)).toBe(fundedNanoton)
    const payments = Array.from({ length: 100 }, (_, index) => payment(ton / 100n, `payout ${index}`))
    const boc = await pay(payments)

    expect((await chain.client.getContractState(treasury.address)).state).toBe('active')
    const [batch] = await chain.transactions(treasury.address)
    if (!batch) throw new Error('the treasury has no transaction')
    expect(batch.in_msg?.hash).toBe(Cell.fromBoc(boc)[0]?.hash().toString('base64'))
    expect(batch.out_msgs.map(({ message, value }) => ({ message, value }))).toEqual(
      payments.map(({ text, nanoton }) => ({ message: text, value: String(nanoton) })),
    )
    for (const [index, { to, nanoton, text }] of payments.entries()) {
      const found = await chain.client.getTransactions(to, { limit: 10 })
      expect(found).toHaveLength(1)
      const body = found[0]?.inMessage?.body.beginParse()
      expect([body?.loadUint(32), body?.loadStringTail()]).toEqual([0, text])
      expect(await chain.client.getBalance(to)).toBe(nanoton)
      const [answer] = await arrived(to)
      expect(answer?.in_msg).toMatchObject({
        ...batch.out_msgs[index],
        source: treasury.address.toString(),
        destination: to.toString(),
      })
    }
  })

  test('a batch costs its payments and the fee that its transaction tells', async () => {
    const before = await chain.client.getBalance(treasury.address)
    await pay([payment(ton)])
    const [batch] = await chain.transactions(treasury.address)
    expect(batch?.fee).toMatch(/^[1-9]\d+$/)
    expect(await chain.client.getBalance(treasury.address)).toBe(before - ton - BigInt(batch?.fee ?? 0))
  })

  test('the same message pays once, whether it waits or was executed', async () => {
    const to = recipient()
    const boc = treasury.batch(seqno, [{ to, nanoton: ton, text: 'once' }])
    await chain.set({ stalled: 60 })
    await chain.client.sendFile(boc)
    await chain.client.sendFile(boc)
    expect(await chain.metric('chain_mempool_messages')).toBe(1)
    await chain.set({ stalled: 0 })
    await executed(++seqno)
    const refused = await chain.dropped('refused')
    await chain.client.sendFile(boc)
    await until('it is refused', 20_000, async () => (await chain.dropped('refused')) === refused + 1)
    expect(await arrived(to)).toHaveLength(1)
  })

  test('what no account accepts leaves no trace', async () => {
    const transactions = await chain.metric('chain_transactions')
    const refused = await chain.dropped('refused')
    const { secretKey } = keyPairFromSeed(randomBytes(32))
    await chain.client.sendFile(treasury.batch(seqno + 1, [payment()]))
    await chain.client.sendFile(treasury.batch(seqno, [payment()], { validForSeconds: -10 }))
    await chain.client.sendFile(treasury.batch(seqno, [payment()], { key: secretKey }))
    await chain.client.sendFile(createTreasury().batch(0, [payment()]))
    await until('all are refused', 20_000, async () => (await chain.dropped('refused')) === refused + 4)
    expect(await chain.metric('chain_transactions')).toBe(transactions)
    expect(await treasurySeqno()).toBe(seqno)
  })

  test('without enough money a payment fails visibly and nothing is lost', async () => {
    const before = await chain.client.getBalance(treasury.address)
    const [small, large] = [payment(ton), payment(2n * fundedNanoton)]
    await pay([small, large])
    const [batch] = await chain.transactions(treasury.address)
    if (!batch) throw new Error('the treasury has no transaction')
    const { description } = loadTransaction(Cell.fromBase64(batch.data).beginParse())
    expect(description).toMatchObject({
      type: 'generic',
      actionPhase: { totalActions: 2, skippedActions: 1 },
    })
    expect(batch.out_msgs.map(({ destination }) => destination)).toEqual([small.to.toString()])
    expect(await arrived(large.to)).toEqual([])
    expect(await chain.client.getBalance(treasury.address)).toBe(before - ton - BigInt(batch.fee))
  })
})

describe('the API', () => {
  test('answers get methods', async () => {
    const { stack } = await chain.client.runMethod(treasury.address, 'get_public_key')
    expect(stack.readBigNumber()).toBe(BigInt(`0x${treasury.wallet.publicKey.toString('hex')}`))
    expect(await chain.client.open(treasury.wallet).getExtensions()).toBeNull()
    const unknown = await chain.client.runMethodWithError(treasury.address, 'no_such_method')
    expect(unknown.exit_code).toBe(11)
    expect((await chain.client.runMethodWithError(recipient(), 'seqno')).exit_code).toBe(-13)
  })

  test('pages through transactions from any of them', async () => {
    for (let count = 0; count < 3; count++) await pay([payment()])
    const all = await chain.client.getTransactions(treasury.address, { limit: 50 })
    expect(all.map(({ lt }) => lt)).toEqual(all.map(({ lt }) => lt).sort((a, b) => Number(b - a)))
    const at = (index: number) => {
      const { lt, hash } = all[index] as (typeof all)[number]
      return { lt: String(lt), hash: hash().toString('base64') }
    }
    const lts = (page: typeof all) => page.map(({ lt }) => lt)
    const after = await chain.client.getTransactions(treasury.address, { limit: 2, ...at(0) })
    expect(lts(after)).toEqual(lts(all.slice(1, 3)))
    const from = await chain.client.getTransactions(treasury.address, { limit: 2, ...at(1), inclusive: true })
    expect(lts(from)).toEqual(lts(all.slice(1, 3)))
    const newer = await chain.client.getTransactions(treasury.address, { limit: 50, to_lt: at(2).lt })
    expect(lts(newer)).toEqual(lts(all.slice(0, 2)))
    const { lt, hash } = at(1)
    expect((await chain.client.getTransaction(treasury.address, lt, hash))?.lt).toBe(BigInt(lt))
    const wrong = { address: treasury.address.toString(), lt, hash: at(2).hash }
    expect(await chain.call('getTransactions', wrong)).toMatchObject({
      status: 500,
      body: { ok: false, code: 500 },
    })
  })

  test('tells the block of a transaction, and what else is in it', async () => {
    const { to } = payment()
    const sentSeconds = Math.floor(Date.now() / 1000)
    await pay([{ to, nanoton: ton, text: 'where' }])
    const [there] = await arrived(to)
    if (!there) throw new Error('nothing arrived')
    expect(there.utime).toBeGreaterThanOrEqual(sentSeconds)
    const { lt, hash } = there.transaction_id
    const lookup = { workchain: 0, shard: '-9223372036854775808', lt }
    expect((await chain.call('lookupBlock', lookup)).body['result']).toMatchObject({ seqno: there.mc_seqno })
    const [shard] = await chain.client.getWorkchainShards(there.mc_seqno)
    if (!shard) throw new Error('the block has no shard')
    const inBlock = await chain.client.getShardTransactions(shard.workchain, shard.seqno, shard.shard)
    expect(inBlock).toHaveLength(2)
    expect(inBlock[1]).toMatchObject({ lt, hash })
    expect(inBlock[1]?.account.equals(to)).toBe(true)
    const { latestSeqno } = await chain.client.getMasterchainInfo()
    expect(latestSeqno).toBeGreaterThanOrEqual(there.mc_seqno)
  })

  test('finds the two transactions of a message', async () => {
    const { to } = payment()
    await pay([payment(), { to, nanoton: ton, text: 'ends' }])
    const [batch] = await chain.transactions(treasury.address)
    const [there] = await arrived(to)
    const created = batch?.out_msgs[1]?.created_lt ?? ''
    const result = await chain.client.tryLocateResultTx(treasury.address, to, created)
    expect(String(result.lt)).toBe(there?.transaction_id.lt)
    const source = await chain.client.tryLocateSourceTx(treasury.address, to, created)
    expect(String(source.lt)).toBe(batch?.transaction_id.lt)
    await expect(chain.client.tryLocateResultTx(treasury.address, to, `${created}0`)).rejects.toThrow('404')
  })

  test('estimates a fee without a signature, and changes nothing', async () => {
    const key = keyPairFromSeed(randomBytes(32)).secretKey
    const body = treasury.transfer(seqno, [payment()], { key })
    const options = { body, initCode: null, initData: null, ignoreSignature: true }
    const { source_fees } = await chain.client.estimateExternalMessageFee(treasury.address, options)
    expect(source_fees.gas_fee).toBeGreaterThan(100_000)
    expect(source_fees.in_fwd_fee).toBeGreaterThan(0)
    expect(await treasurySeqno()).toBe(seqno)
  })

  test.each([
    ['sendBoc', 422, /no bag of cells/, { boc: 'bm90IGEgY2VsbA==' }],
    ['sendBoc', 422, /no message/, { boc: Cell.EMPTY.toBoc().toString('base64') }],
    ['sendBoc', 422, /at most 65535 bytes, but it has 65538/, { boc: 'A'.repeat(87_384) }],
    ['getTransactions', 422, /address/, { address: 'nobody' }],
    ['getTransactions', 422, /limit/, { address: `0:${'0'.repeat(64)}`, limit: 101 }],
    ['shards', 422, /seqno/, { seqno: 999_999_999 }],
    ['noSuchMethod', 404, /noSuchMethod/, {}],
  ])('refuses %s: %i %s', async (method, status, error, params) => {
    const answer = await chain.call(method, params)
    expect(answer).toMatchObject({ status, body: { ok: false, code: status, id: '1' } })
    expect(answer.body['error']).toMatch(error)
  })

  test('answers what only reads to a GET too, and nothing else', async () => {
    const get = (path: string) => fetch(`${chain.url}/api/v2/${path}`)
    const answer = await get(`getTransactions?address=${treasury.address.toString()}&limit=1`)
    const { result } = (await answer.json()) as { result: unknown }
    expect(result).toEqual(await chain.transactions(treasury.address, 1))
    expect((await get('sendBoc?boc=te6cckEBAQEAAgAAAEysuc0=')).status).toBe(404)
  })
})

describe('the weather', () => {
  test('is made by whoever has the token, and only as it can be', async () => {
    expect((await chain.control('state', { stalled: 1 }, 'another')).status).toBe(401)
    expect((await chain.control('fund', { address: 'x', nanoton: '1' }, 'another')).status).toBe(401)
    for (const wrong of [{}, { stalled: -1 }, { stalled: '1' }, { rain: 1 }, { behind: { blocks: 5 } }])
      expect((await chain.control('state', wrong)).status).toBe(422)
    await chain.set({ drop: 3, behind: { blocks: 2, seconds: 60 } })
    const state = (await (await chain.control('state')).json()) as { behind: { seconds: number } }
    expect(state).toMatchObject({ unavailable: 0, stalled: 0, behind: { blocks: 2 }, drop: 3 })
    expect(state.behind.seconds).toBeGreaterThan(50)
    await chain.set({ drop: 0, behind: { blocks: 0, seconds: 0 } })
  })

  test('a granted sum arrives', async () => {
    const to = recipient()
    const body = { address: to.toString(), nanoton: '123' }
    await chain.set({ stalled: 60 })
    expect((await chain.control('fund', body)).status).toBe(200)
    expect((await chain.control('fund', body)).status).toBe(200)
    await chain.set({ stalled: 0 })
    await until('both arrived', 20_000, async () => (await chain.client.getBalance(to)) === 246n)
  })

  test('a dropped message was answered ok, and can be sent again', async () => {
    const disturbed = await chain.dropped('disturbed')
    await chain.set({ drop: 1 })
    const lost = treasury.batch(seqno, [payment()])
    await chain.client.sendFile(lost)
    await until('it is dropped', 20_000, async () => (await chain.dropped('disturbed')) === disturbed + 1)
    await chain.blocks(1)
    expect(await treasurySeqno()).toBe(seqno)
    await chain.client.sendFile(lost)
    await executed(++seqno)
  })

  test('unavailable: 503 to everything, live but not ready, and back', async () => {
    await chain.set({ unavailable: 60 })
    const sent = chain.client.sendFile(treasury.batch(seqno, [payment()]))
    await expect(sent).rejects.toThrow('503')
    await expect(chain.client.getMasterchainInfo()).rejects.toThrow('503')
    expect((await fetch(`${chain.url}/health/live`)).status).toBe(200)
    expect((await fetch(`${chain.url}/health/ready`)).status).toBe(503)
    await chain.blocks(1)
    await chain.set({ unavailable: 0 })
    expect((await fetch(`${chain.url}/health/ready`)).status).toBe(200)
    expect(await treasurySeqno()).toBe(seqno)
  })

  test('unavailable for a time: back by itself', async () => {
    await chain.set({ unavailable: 0.3 })
    await expect(chain.client.getMasterchainInfo()).rejects.toThrow('503')
    const back = () => chain.client.getMasterchainInfo().then(Boolean, () => false)
    await until('it is available', 5_000, back)
  })

  test('behind: the API shows an old state while the chain goes on', async () => {
    const latest = async () => (await chain.client.getMasterchainInfo()).latestSeqno
    const { to } = payment()
    await chain.set({ behind: { blocks: 900, seconds: 60 } })
    const transactions = await chain.metric('chain_transactions')
    await chain.client.sendFile(treasury.batch(seqno, [{ to, nanoton: ton, text: 'late' }]))
    await until('it ran', 20_000, async () => (await chain.metric('chain_transactions')) === transactions + 2)
    seqno += 1
    expect(await latest()).toBe(1)
    expect(await arrived(to)).toEqual([])
    expect((await chain.client.getContractState(treasury.address)).state).toBe('uninitialized')
    await chain.set({ behind: { blocks: 3, seconds: 60 } })
    await until('the old state has it too', 20_000, async () => (await arrived(to)).length === 1)
    expect(await latest()).toBeLessThanOrEqual((await chain.height()) - 3)
    await chain.set({ behind: { blocks: 0, seconds: 0 } })
    expect(await arrived(to)).toHaveLength(1)
    expect(await treasurySeqno()).toBe(seqno)
  })

  test('stalled: no block is made, and messages wait', async () => {
    await chain.set({ stalled: 60 })
    await chain.client.sendFile(treasury.batch(seqno, [payment()]))
    const height = await chain.height()
    const leftSeconds = async () => {
      const state = (await (await chain.control('state')).json()) as { stalled: number }
      return state.stalled
    }
    await until('the time of some blocks has passed', 5_000, async () => (await leftSeconds()) < 59.5)
    expect(await chain.metric('chain_mempool_messages')).toBe(1)
    expect(await chain.height()).toBe(height)
    await chain.set({ stalled: 0.1 })
    await executed(++seqno)
    expect(await chain.height()).toBeGreaterThan(height)
  })
})

test('a node that is killed again and again keeps what it has shown, and applies nothing twice', async () => {
  const payer = createTreasury()
  const node = await startChain(payer.address)
  try {
    const recipients = Array.from({ length: 3 }, recipient)
    const batches = recipients.map((to, index) => payer.batch(index, [{ to, nanoton: ton, text: 'kept' }]))
    const contents = () => Promise.all([payer.address, ...recipients].map((each) => node.transactions(each)))
    for (const [index, boc] of batches.entries()) {
      await node.client.sendFile(boc)
      const ran = async () => (await node.metric('chain_transactions')) === 2 * (index + 1)
      await until('the batch ran', 20_000, ran)
      const [before, height] = [await contents(), await node.height()]
      const { balance } = await node.client.getContractState(payer.address)
      await node.kill()
      await node.restart({ FUND: `${recipient().toString()}:1` })
      expect(await contents()).toEqual(before)
      expect(await node.height()).toBeGreaterThan(height)
      expect((await node.client.getContractState(payer.address)).balance).toBe(balance)
    }
    const [boc] = batches
    if (!boc) throw new Error('nothing was sent')
    await node.client.sendFile(boc)
    await until('it is refused', 20_000, async () => (await node.dropped('refused')) === 1)
    expect(await node.metric('chain_transactions')).toBe(2 * batches.length)
  } finally {
    await node.stop()
  }
})

test('a payment is made once, even if the node is killed while it may be making it', async () => {
  const payer = createTreasury()
  const node = await startChain(payer.address, { BLOCK_MS: '10' })
  try {
    const payerSeqno = () => node.client.open(payer.wallet).getSeqno()
    for (let next = 0; next < 5; next++) {
      const recipients = Array.from({ length: 20 }, recipient)
      const boc = payer.batch(
        next,
        recipients.map((to) => ({ to, nanoton: ton, text: 'once' })),
      )
      await node.client.sendFile(boc)
      await node.kill()
      await node.restart()
      await node.client.sendFile(boc)
      await until('it was executed', 20_000, async () => (await payerSeqno()) === next + 1)
      for (const to of recipients) expect(await node.transactions(to)).toHaveLength(1)
    }
    const [newest] = await node.client.getTransactions(payer.address, { limit: 1 })
    expect(newest?.outMessagesCount).toBe(20)
  } finally {
    await node.stop()
  }
})

test('a node with a full mempool says so, and one that drops every message drops it', async () => {
  const payer = createTreasury()
  const node = await startChain(payer.address, { MEMPOOL_LIMIT: '2', DROP_ONE_IN: '1' })
  try {
    await node.set({ stalled: 60 })
    const [first, second, third] = [1, 2, 3].map((each) => payer.batch(0, [payment(BigInt(each))]))
    await node.client.sendFile(first as Buffer)
    await node.client.sendFile(second as Buffer)
    const boc = (third as Buffer).toString('base64')
    expect(await node.call('sendBoc', { boc })).toMatchObject({ status: 503, body: { ok: false } })
    await node.set({ stalled: 0 })
    await until('both are dropped', 20_000, async () => (await node.dropped('disturbed')) === 2)
    expect(await node.metric('chain_transactions')).toBe(0)
  } finally {
    await node.stop()
  }
})

test('a malformed variable is an error that names it', async () => {
  const started = startChain(recipient(), { FUND: 'nobody:5' })
  await expect(started).rejects.toThrow(/ended with 64[^]*FUND must be a list of address:nanoton/)
})
