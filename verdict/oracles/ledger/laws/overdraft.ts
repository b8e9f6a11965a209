import type { Books } from '../books.ts'
import type { LedgerLaw } from '../law.ts'
import { nano } from '../nano.ts'
import type { Totals } from '../payment-history.ts'
import { rowEvent } from '../words.ts'

export const overdraft: LedgerLaw = {
  sentence: 'Nobody is paid more than was earned, and no sum is negative.',

  totalled(charge, totals, { t, process }) {
    charge.checked()
    const negative = negativeOf(totals)
    if (negative !== null)
      charge.violated(t, negative, () => ({
        text: `of all accounts together, ${negative}`,
        events: [{ t, who: process, text: `is shown totals: ${negative}` }],
      }))
  },

  /** What another law found at fault is no promise. */
  payout(_charge, _books, { row, account }) {
    if (row.status !== 'failed') account.promised.add(row.amount)
  },

  closed(charge, books) {
    const { accounts, totals } = books.snapshot.ledger
    charge.checked(accounts.length + 1)
    for (const account of accounts) {
      const negative = negativeOf(account)
      const sum = books.accounts.of(account.account).promised.total
      if (negative === null && sum <= nano(account.net)) continue
      const excess = negative ?? `payouts of ${sum} stand against earnings of ${account.net}`
      charge.violated(books.snapshot.t, account.account, () => ({
        text: `of account ${account.account}, ${excess}`,
        events: [
          { t: null, who: 'ledger', text: `holds account ${account.account}: ${excess}` },
          ...largest(books, account.account),
        ],
      }))
    }
    const negative = negativeOf(totals)
    // An account below zero may well be what takes the totals there.
    if (negative !== null && accounts.every((account) => negativeOf(account) === null))
      charge.violated(books.snapshot.t, '', () => ({
        text: `of all accounts together, ${negative}`,
        events: [{ t: null, who: 'ledger', text: `holds totals: ${negative}` }],
      }))
  },
}

function negativeOf(sums: Totals): string | null {
  for (const part of ['available', 'pending', 'paid', 'gross', 'fee', 'net'] as const)
    if (sums[part].startsWith('-') && nano(sums[part]) < 0n) return `${part} is ${sums[part]}`
  return null
}

const shownPayouts = 3

const largest = (books: Books, account: string) =>
  books.payouts
    .filter(({ row }) => row.account === account && row.status !== 'failed')
    .map(({ row }) => ({ row, amount: nano(row.amount) }))
    .sort((a, b) => (a.amount < b.amount ? 1 : -1))
    .slice(0, shownPayouts)
    .map(({ row }) => rowEvent(row))
