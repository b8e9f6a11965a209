// The payout service's sender on a chain that behaves as the testbed's cannot: it loses what it has shown.
import type { FastifyBaseLogger } from 'fastify'
import { expect, test } from 'vitest'
import type { Database } from '../../../../testbed/service/database.ts'
import { Sender } from '../../../../testbed/cocoon/sender.ts'
import type { Outcome, Treasury } from '../../../../testbed/cocoon/treasury.ts'

const applied = {
  batch_id: 7,
  seqno: 3,
  state: 'applied',
  message: 'boc',
  digests: ['digest'],
  valid_until: new Date(),
  transaction_hash: 'shown',
  transaction_lt: '5',
  seen_height: 10,
  created_at: new Date(),
}

/** The query by which the sender decides about a batch that was seen on the chain, which now shows `found` of it. */
async function decision(found: Outcome | null): Promise<string> {
  let decide = (_name: string): void => {}
  const decided = new Promise<string>((resolve) => (decide = resolve))
  const query = (name: string): Promise<object[]> => {
    if (name === 'reopen-batch' || name === 'confirm') decide(name)
    return Promise.resolve(name === 'unfinished-batches' ? [applied] : [])
  }
  const sender = new Sender({
    database: { query } as unknown as Database,
    treasury: {
      height: () => Promise.resolve(12),
      nextNumber: () => Promise.resolve(4),
      // As a node answers that does not have it.
      has: () => (found?.hash === 'shown' ? Promise.resolve(true) : Promise.reject(new Error('500'))),
      find: () => Promise.resolve(found),
    } as unknown as Treasury,
    depth: 1,
    defects: [],
    log: { info: () => {}, warn: () => {} } as unknown as FastifyBaseLogger,
  })
  sender.start()
  const name = await decided
  await sender.stop()
  return name
}

test('a batch is confirmed when the chain still shows its transaction, deep enough', async () => {
  expect(await decision({ hash: 'shown', lt: '5', marks: [] })).toBe('confirm')
})

test('a batch whose transaction is gone from the chain is taken up again', async () => {
  expect(await decision(null)).toBe('reopen-batch')
})

test('so is one that the chain shows in another transaction by now', async () => {
  expect(await decision({ hash: 'other', lt: '6', marks: [] })).toBe('reopen-batch')
})
