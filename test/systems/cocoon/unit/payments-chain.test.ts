// What the chain's API shows, as the actors read it.
import { createHash, randomBytes } from 'node:crypto'
import { Address } from '@ton/core'
import { expect, test } from 'vitest'
import { hexOf, rawAddress, received, sent } from '../../../../systems/cocoon/chain.ts'

test('base64 of any length is read', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = createHash('sha512')
      .update(String(length))
      .digest()
      .subarray(0, length % 64)
    expect(hexOf(bytes.toString('base64'))).toBe(bytes.toString('hex'))
  }
})

test('an address is the same in each of its forms', () => {
  for (const workchain of [0, -1]) {
    const address = new Address(workchain, randomBytes(32))
    for (const shown of [
      address.toRawString(),
      address.toString(),
      address.toString({ urlSafe: false }),
      address.toString({ bounceable: false, testOnly: true }),
    ])
      expect(rawAddress(shown)).toBe(address.toRawString())
  }
})

const hash = randomBytes(32)
const transaction = (lt: string, more: object) => ({
  transaction_id: { lt, hash: hash.toString('base64') },
  utime: 5,
  out_msgs: [],
  ...more,
})
const message = (mark: string, value = '7', destination = '') => ({
  source: 'EQ',
  destination,
  value,
  message: mark,
})
const read = <T>(exchange: { read: (json: unknown, status: number) => T }, result: unknown[]) =>
  exchange.read({ ok: true, result }, 200)

test('transfers that an account received; what it sent back is none', () => {
  const page = read(received('0:aa', 3), [
    transaction('3', { in_msg: message('p3') }),
    transaction('2', { in_msg: message('p2'), out_msgs: [message('p2')] }),
    transaction('1', { in_msg: message('', '0') }),
  ])!
  expect(page.transfers.map(({ mark, succeeded, tx }) => [mark, succeeded, tx])).toEqual([
    ['p3', true, hash.toString('hex')],
    ['p2', false, hash.toString('hex')],
  ])
  expect(page.next).toMatchObject({ lt: '1' })
})

test('a further page begins with what the one before has shown, and the last one says so', () => {
  const from = { lt: '3', hash: hash.toString('base64') }
  const exchange = sent('0:aa', 3, from)
  expect(exchange.body).toMatchObject({ params: { lt: '3', hash: hash.toString('hex'), limit: 3 } })
  const account = new Address(0, hash)
  const page = read(exchange, [
    transaction('3', { out_msgs: [message('p3', '1', account.toString())] }),
    transaction('2', {
      out_msgs: [message('p2', '2', account.toString()), message('p1', '3', account.toString())],
    }),
  ])!
  expect(page.transfers).toEqual([
    {
      mark: 'p2',
      account: account.toRawString(),
      amount: '2',
      tx: hash.toString('hex'),
      succeeded: true,
      at: 5500,
    },
    {
      mark: 'p1',
      account: account.toRawString(),
      amount: '3',
      tx: hash.toString('hex'),
      succeeded: true,
      at: 5500,
    },
  ])
  expect(page.next).toBeNull()
})

test('an answer that is none breaks the contract', () => {
  expect(() => received('0:aa', 3).read({ ok: false, error: 'away' }, 200)).toThrow('ok is a boolean')
  expect(() => received('0:aa', 3).read({ ok: true }, 200)).toThrow('result is missing')
})
