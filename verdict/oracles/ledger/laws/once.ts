import type { Books } from '../books.ts'
import type { Charge } from '../charges.ts'
import type { Key } from '../keys.ts'
import type { LedgerLaw } from '../law.ts'
import { answerEvent, askedEvents, rowEvent, transferEvent } from '../words.ts'
import type { TransferSeen } from '../payment-history.ts'

export const once: LedgerLaw = {
  sentence:
    'Money moves once: at most one payout per key, per id and per period of an account, and one transfer per payout.',

  key(charge, books, key) {
    charge.checked()
    if (key.rows.length > 1 || key.answers.length > 1) payoutsOfKey(charge, books, key)
  },

  closed(charge, books) {
    payoutsOfPeriods(charge, books)
    payoutsOfIds(charge, books)
    transfersOfPayouts(charge, books)
    transfersSeen(charge, books)
  },
}

function payoutsOfKey(charge: Charge, books: Books, key: Key): void {
  const { rows } = key
  const ids = [...new Set(key.answers.map(({ payout }) => payout.id))].sort()
  if (rows.length <= 1 && ids.length <= 1) return
  books.blameKey(key)
  const text =
    rows.length > 1
      ? `key ${key.key} has ${rows.length} payouts in the ledger`
      : `key ${key.key} was answered with ${ids.length} payouts: ${ids.join(', ')}`
  const seen = rows.length > 1 ? rows.map(rowEvent) : key.answers.map((one) => answerEvent(key.key, one))
  charge.violated(key.asked[0]?.t ?? books.snapshot.t, key.key, () => ({
    text,
    events: [...askedEvents(key), ...seen],
  }))
}

function payoutsOfPeriods(charge: Charge, books: Books): void {
  charge.checked(books.byPeriod.size)
  for (const [name, held] of books.byPeriod) {
    if (held.length === 1) continue
    for (const one of held) books.blamePayout(one)
    const rows = held.map(({ row }) => row)
    charge.violated(books.snapshot.t, name, () => ({
      text: `the service paid account ${rows[0]!.account} ${rows.length} times for period ${rows[0]!.period}`,
      events: rows.map(rowEvent),
    }))
  }
}

function payoutsOfIds(charge: Charge, books: Books): void {
  charge.checked(books.byId.size)
  for (const [id, held] of books.sameId) {
    if (held.some(({ faulty, key }) => faulty || key?.faulty === true)) continue
    for (const one of held) books.blamePayout(one)
    charge.violated(books.snapshot.t, id, () => ({
      text: `the ledger has ${held.length} payouts of the id ${id}`,
      events: held.map(({ row }) => rowEvent(row)),
    }))
  }
}

const transactions = (transfers: readonly TransferSeen[]): string =>
  `${transfers.length} times: transactions ${transfers.map(({ tx }) => tx).join(', ')}`

function transfersOfPayouts(charge: Charge, books: Books): void {
  charge.checked(books.payouts.length)
  for (const held of books.payouts) {
    const { transfer, furtherTransfers, row } = held
    if (transfer === undefined || furtherTransfers.length === 0) continue
    const transfers = [transfer, ...furtherTransfers]
    books.blamePayout(held)
    charge.violated(books.snapshot.t, row.id, () => ({
      text: `payout ${row.id} was paid ${transactions(transfers)}`,
      events: [rowEvent(row), ...transfers.map(transferEvent)],
    }))
  }
  for (const [mark, transfers] of books.strangers)
    if (transfers.length > 1)
      charge.violated(books.snapshot.t, mark, () => ({
        text: `payout ${mark}, which the ledger does not have, was paid ${transactions(transfers)}`,
        events: transfers.map(transferEvent),
      }))
}

function transfersSeen(charge: Charge, books: Books): void {
  for (const [mark, { t, process, transfers }] of books.history.doubledMarks) {
    const held = books.byId.get(mark)
    if (held === undefined || held.furtherTransfers.length > 0) continue
    books.blamePayout(held)
    charge.violated(t, mark, () => ({
      text: `payout ${mark} was seen paid ${transactions(transfers)}`,
      events: transfers.map((transfer) => ({ ...transferEvent(transfer), t, who: process })),
    }))
  }
}
