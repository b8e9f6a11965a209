// Faults of the laws about what was asked for, said and done under a key.
import type { Law } from '../../../../verdict/oracles/ledger/check.ts'
import {
  pick,
  move,
  told,
  rowsIn,
  rowOf,
  transferOf,
  append,
  addPayout,
  removeRow,
  keysWith,
  keyOf,
  more,
  confirmedTold,
} from './fault-places.ts'
import type { Recorded } from './payment-world.ts'

export interface Fault {
  law: Law
  name: string
  /** Changes what was recorded; `place` chooses among the places where it can be planted. */
  plant: (recorded: Recorded, place: number) => void
}

export const keyFaults: Fault[] = [
  {
    law: 'rejected',
    name: 'a payout that was rejected is made',
    plant(recorded, place) {
      const { key, account, amount } = keyOf(pick(keysWith(recorded, ['rejected']), place))
      addPayout(recorded, key, account, amount)
    },
  },
  {
    law: 'content',
    name: 'an answer shows another amount than was asked for',
    plant(recorded, place) {
      const answer = pick(told(recorded), place)
      answer.payout.amount = more(answer.payout.amount)
    },
  },
  {
    law: 'content',
    name: 'an answer shows another account than was asked for',
    plant(recorded, place) {
      pick(told(recorded), place).payout.account = 'stranger'
    },
  },
  {
    law: 'content',
    name: 'the reuse of a key with another amount is answered with the first payout',
    plant(recorded, place) {
      const { key, process, payout } = pick(told(recorded), place)
      const other = { op: 'pay', key, account: payout.account, amount: more(payout.amount, 5n) }
      append(recorded, process, other, { type: 'ok', op: 'pay', payout: { ...payout } })
    },
  },
  {
    law: 'content',
    name: 'a key is accepted for a second amount, and both are paid',
    plant(recorded, place) {
      const first = pick(
        told(recorded).filter(({ op }) => op === 'pay'),
        place,
      )
      const amount = more(first.payout.amount, 5n)
      const row = addPayout(recorded, first.key, first.payout.account, amount)
      const { key: _key, period: _period, ...payout } = row
      const asked = { op: 'pay', key: first.key, account: row.account, amount }
      append(recorded, first.process, asked, { type: 'ok', op: 'pay', payout })
    },
  },
  {
    law: 'once',
    name: 'the chain paid a payout twice',
    plant(recorded, place) {
      const { transfers } = recorded.snapshot.chain
      const transfer = transferOf(recorded, pick(rowsIn(recorded, 'confirmed'), place))
      transfers.push({ ...transfer, tx: 'tx-again' })
    },
  },
  {
    law: 'once',
    name: 'a key has two payouts in the ledger',
    plant(recorded, place) {
      const row = pick(
        rowsIn(recorded, 'confirmed').filter(({ key }) => key !== null),
        place,
      )
      addPayout(recorded, row.key, row.account, row.amount)
    },
  },
  {
    law: 'once',
    name: 'a key is answered with two payouts',
    plant(recorded, place) {
      const { key, process, payout } = pick(told(recorded), place)
      const other = { ...payout, id: 'another' }
      append(recorded, process, { op: 'read', key }, { type: 'ok', op: 'read', payout: other })
    },
  },
  {
    law: 'once',
    name: 'the service pays an account twice for a period',
    plant(recorded, place) {
      const made = pick(
        recorded.snapshot.ledger.payouts.filter(({ key }) => key === null),
        place,
      )
      addPayout(recorded, null, made.account, '1').period = made.period
    },
  },
  {
    law: 'once',
    name: 'a look at the chain shows two transfers of a payout',
    plant(recorded, place) {
      const { process, key, payout } = pick(confirmedTold(recorded), place)
      const transfer = transferOf(recorded, rowOf(recorded, key)!)
      const transfers = [transfer, { ...transfer, tx: 'tx-again' }]
      append(recorded, process, { op: 'look', payout: payout.id }, { type: 'ok', op: 'look', transfers })
    },
  },
  {
    law: 'once',
    name: 'two payouts have one id',
    plant(recorded, place) {
      const { ledger } = recorded.snapshot
      const made = pick(
        ledger.payouts.filter(({ key }) => key === null),
        place,
      )
      ledger.payouts.push({ ...made, period: 1000 })
    },
  },
  {
    law: 'acknowledged',
    name: 'an accepted payout is not in the ledger',
    plant(recorded, place) {
      const { key } = pick(
        told(recorded).filter(({ op }) => op === 'pay'),
        place,
      )
      removeRow(recorded, key)
    },
  },
  {
    law: 'resolved',
    name: 'what the final read did not know was paid',
    plant(recorded, place) {
      const absent = keysWith(recorded, ['unknown']).filter(
        (event) => rowOf(recorded, keyOf(event).key) === undefined,
      )
      const { key, account, amount } = keyOf(pick(absent, place))
      addPayout(recorded, key, account, amount)
    },
  },
  {
    law: 'resolved',
    name: 'what the final read showed is not in the ledger',
    plant(recorded, place) {
      const present = keysWith(recorded, ['unknown']).filter(
        (event) => rowOf(recorded, keyOf(event).key) !== undefined,
      )
      removeRow(recorded, keyOf(pick(present, place)).key)
    },
  },
  {
    law: 'asked',
    name: 'the ledger has a payout with a key that nobody sent',
    plant(recorded, place) {
      const { account } = pick(recorded.snapshot.ledger.payouts, place)
      addPayout(recorded, 'nobody-sent-this', account, '17')
    },
  },
  {
    law: 'asked',
    name: 'an account is paid unasked that has no threshold, or has not reached it',
    plant(recorded, place) {
      const { account } = pick(recorded.snapshot.ledger.payouts, place)
      Object.assign(addPayout(recorded, null, account, '17'), { period: 1000 })
    },
  },
  {
    law: 'asked',
    name: 'the chain has a transfer of no payout',
    plant(recorded, place) {
      const { account } = pick(recorded.snapshot.ledger.payouts, place)
      recorded.snapshot.chain.transfers.push({
        mark: 'no-payout',
        account,
        amount: '17',
        tx: 'tx-x',
        succeeded: true,
      })
    },
  },
  {
    law: 'forward',
    name: 'a read shows a payout that was confirmed as accepted',
    plant(recorded, place) {
      const { key, process, payout } = pick(confirmedTold(recorded), place)
      const back = { ...payout, status: 'accepted', tx: null, depth: null }
      append(recorded, process, { op: 'read', key }, { type: 'ok', op: 'read', payout: back })
    },
  },
  {
    law: 'forward',
    name: 'the ledger has what was confirmed as sent',
    plant(recorded, place) {
      const { key } = pick(confirmedTold(recorded), place)
      const row = rowOf(recorded, key)!
      Object.assign(row, { status: 'sent', tx: null, depth: null })
      move(recorded, row.account, { paid: -BigInt(row.amount), pending: BigInt(row.amount) })
    },
  },
  {
    law: 'own-order',
    name: 'a process that was told of a payout is told it is not known',
    plant(recorded, place) {
      const { key, process } = pick(told(recorded), place)
      const final = place % 2 === 0 ? { final: true } : {}
      append(recorded, process, { op: 'read', key, ...final }, { type: 'ok', op: 'read', payout: null })
    },
  },
  {
    law: 'confirmation',
    name: 'confirmed is said too early',
    plant(recorded, place) {
      pick(confirmedTold(recorded), place).payout.depth = 2
    },
  },
  {
    law: 'confirmation',
    name: 'confirmed is said without a transaction',
    plant(recorded, place) {
      pick(confirmedTold(recorded), place).payout.tx = null
    },
  },
  {
    law: 'confirmation',
    name: 'a look at the chain does not find what was called confirmed',
    plant(recorded, place) {
      const { process, payout } = pick(confirmedTold(recorded), place)
      append(recorded, process, { op: 'look', payout: payout.id }, { type: 'ok', op: 'look', transfers: [] })
    },
  },
]
