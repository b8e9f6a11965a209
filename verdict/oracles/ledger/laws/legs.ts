import type { Books } from '../books.ts'
import { amountsThatMakeUp } from '../decode.ts'
import type { LedgerLaw } from '../law.ts'
import { nano } from '../nano.ts'
import type { LedgerAccount } from '../payment-history.ts'
import { rowEvent } from '../words.ts'

type Leg = 'pending' | 'paid'

export const legs: LedgerLaw = {
  sentence:
    'A payout and the debit of its account are there together or not at all, and a failed payout gives the money back.',

  closed(charge, books) {
    const unseen = new Set(books.accounts.all().filter(({ payouts }) => payouts > 0))
    for (const account of books.snapshot.ledger.accounts) {
      const { faulty, pending, paid } = books.accounts.of(account.account)
      const isFirst = unseen.delete(books.accounts.of(account.account))
      if (faulty) continue
      charge.checked(2)
      const own = isFirst ? { pending: pending.total, paid: paid.total } : { pending: 0n, paid: 0n }
      const wrong = (['pending', 'paid'] as const).filter((leg) => nano(account[leg]) !== own[leg])
      if (wrong.length === 0) continue
      charge.violated(books.snapshot.t, account.account, () => shown(books, account, wrong, own))
    }
    for (const { name, faulty } of unseen)
      if (!faulty)
        charge.violated(books.snapshot.t, name, () => ({
          text: `the ledger has payouts to ${name} and no such account`,
          events: rowsOf(books, name).slice(0, 3).map(rowEvent),
        }))
  },
}

const rowsOf = ({ snapshot }: Books, account: string) =>
  snapshot.ledger.payouts.filter((row) => row.account === account)

function shown(books: Books, account: LedgerAccount, wrong: Leg[], own: Record<Leg, bigint>) {
  const found = wrong.map((leg) => ({ leg, difference: nano(account[leg]) - own[leg] }))
  const named = amountsThatMakeUp(found[0]!.difference, rowsOf(books, account.account))
  const sumsText = found.map(({ leg }) => `${leg} ${account[leg]} where its payouts come to ${own[leg]}`)
  const names =
    named.length === 0 ? '' : `: the difference is payout ${named.map(({ id }) => id).join(' and ')}`
  return {
    text: `account ${account.account} has ${sumsText.join(', and ')}${names}`,
    events: [
      { t: null, who: 'ledger', text: `holds account ${account.account} with ${sumsText.join(', and ')}` },
      ...named.map(rowEvent),
    ],
  }
}
