// Faults of the laws that compare sums and rows once all is at rest.
import type { PaymentEvent } from '../../../../verdict/oracles/ledger/payment-history.ts'
import {
  pick,
  move,
  rowsIn,
  transferOf,
  append,
  addPayout,
  more,
  dividedOtherwise,
  quietlyConfirmed,
  totalsOf,
} from './fault-places.ts'
import type { Fault } from './planted-key-faults.ts'

export const sumFaults: Fault[] = [
  {
    law: 'overdraft',
    name: 'an account is paid more than it earned',
    plant(recorded, place) {
      const { account, net } = pick(recorded.snapshot.ledger.accounts, place)
      const row = addPayout(recorded, 'too-much', account, more(net))
      const { key: _key, period: _period, ...payout } = row
      const asked = { op: 'pay', key: 'too-much', account, amount: row.amount }
      append(recorded, 'worker-0', asked, { type: 'ok', op: 'pay', payout })
      move(recorded, account, { paid: BigInt(row.amount), available: -BigInt(row.amount) })
    },
  },
  {
    law: 'overdraft',
    name: 'totals show a negative sum',
    plant(recorded, place) {
      const { totals } = pick(totalsOf(recorded), place)
      const by = BigInt(totals.pending) + 1n
      Object.assign(totals, { pending: '-1', available: more(totals.available, by) })
    },
  },
  {
    law: 'legs',
    name: 'a payout is made and its account is not debited',
    plant(recorded, place) {
      const { account, amount } = pick(rowsIn(recorded, 'confirmed'), place)
      move(recorded, account, { paid: -BigInt(amount), available: BigInt(amount) })
    },
  },
  {
    law: 'legs',
    name: 'a failed payout does not give the money back',
    plant(recorded, place) {
      const { account } = pick(rowsIn(recorded, 'failed'), place)
      const { available } = recorded.snapshot.ledger.accounts.find((other) => other.account === account)!
      // Part of it may have been paid out since.
      if (available === '0') move(recorded, account, { paid: -1n, pending: 1n })
      else move(recorded, account, { available: -1n, pending: 1n })
    },
  },
  {
    law: 'work',
    name: 'a completed task earned nothing',
    plant(recorded, place) {
      const { events, snapshot } = recorded
      const done = events.filter((event) => event.type === 'work' && event.outcome === 'ok')
      const { task } = pick(done, place) as Extract<PaymentEvent, { type: 'work' }>
      snapshot.ledger.earnings = snapshot.ledger.earnings.filter((earning) => earning.task !== task)
    },
  },
  {
    law: 'work',
    name: 'a task is paid twice',
    plant({ snapshot: { ledger } }, place) {
      ledger.earnings.push({ ...pick(ledger.earnings, place) })
    },
  },
  {
    law: 'work',
    name: 'a task that nobody worked on is paid',
    plant({ snapshot: { ledger } }, place) {
      ledger.earnings.push({ ...pick(ledger.earnings, place), task: 'nobody-did-this' })
    },
  },
  {
    law: 'work',
    name: 'a task is paid for other units',
    plant({ snapshot: { ledger } }, place) {
      pick(ledger.earnings, place).units += 1
    },
  },
  {
    law: 'work',
    name: 'a remainder goes to the operator',
    plant: ({ snapshot: { ledger } }, place) => dividedOtherwise(pick(ledger.earnings, place)),
  },
  {
    law: 'conservation',
    name: 'totals hold more than was earned',
    plant(recorded, place) {
      const { totals } = pick(totalsOf(recorded), place)
      totals.available = more(totals.available)
    },
  },
  {
    law: 'conservation',
    name: 'money of an account vanishes',
    plant(recorded, place) {
      const account = pick(recorded.snapshot.ledger.accounts, place)
      const part = account.available === '0' ? 'net' : 'available'
      account[part] = more(account[part], part === 'net' ? 1n : -1n)
    },
  },
  {
    law: 'conservation',
    name: 'an account is credited with what it did not earn',
    plant(recorded, place) {
      const { account } = pick(recorded.snapshot.ledger.accounts, place)
      move(recorded, account, { gross: 5n, net: 5n, available: 5n })
    },
  },
  {
    law: 'reconciliation',
    name: 'the chain paid another amount',
    plant(recorded, place) {
      const transfer = transferOf(recorded, pick(rowsIn(recorded, 'confirmed'), place))
      transfer.amount = more(transfer.amount, -1n)
    },
  },
  {
    law: 'reconciliation',
    name: 'the chain paid another account',
    plant(recorded, place) {
      transferOf(recorded, pick(rowsIn(recorded, 'confirmed'), place)).account = 'stranger'
    },
  },
  {
    law: 'reconciliation',
    name: 'the ledger has another transaction than the chain',
    plant(recorded, place) {
      transferOf(recorded, pick(rowsIn(recorded, 'confirmed'), place)).tx = 'tx-other'
    },
  },
  {
    law: 'reconciliation',
    name: 'a payout is confirmed that the chain does not have',
    plant(recorded, place) {
      const { transfers } = recorded.snapshot.chain
      transfers.splice(transfers.indexOf(transferOf(recorded, pick(rowsIn(recorded, 'confirmed'), place))), 1)
    },
  },
  {
    law: 'reconciliation',
    name: 'a payout is failed that the chain paid',
    plant(recorded, place) {
      const { id: mark, account, amount } = pick(rowsIn(recorded, 'failed'), place)
      recorded.snapshot.chain.transfers.push({ mark, account, amount, tx: 'tx-late', succeeded: true })
    },
  },
  {
    law: 'settled',
    name: 'an account that reached its threshold is not paid',
    plant({ snapshot: { ledger } }, place) {
      const account = pick(ledger.accounts, place)
      account.threshold = account.available
    },
  },
  {
    law: 'settled',
    name: 'a payout is never confirmed',
    plant(recorded, place) {
      const row = pick(quietlyConfirmed(recorded), place)
      Object.assign(row, { status: 'sent', tx: null, depth: null })
      move(recorded, row.account, { paid: -BigInt(row.amount), pending: BigInt(row.amount) })
    },
  },
]
