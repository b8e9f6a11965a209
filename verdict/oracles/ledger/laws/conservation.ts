import type { Account } from '../accounts.ts'
import type { Books } from '../books.ts'
import type { Charge } from '../charges.ts'
import { amountsThatMakeUp } from '../decode.ts'
import type { LedgerLaw } from '../law.ts'
import { nano } from '../nano.ts'
import type { LedgerPayout, Totals } from '../payment-history.ts'
import { rowEvent } from '../words.ts'

export const conservation: LedgerLaw = {
  sentence:
    'No money comes from nothing and none vanishes: gross is fee and net, net is available, pending and paid, and sums add up.',

  totalled(charge, totals, { t, process }) {
    charge.checked()
    const gap = gapOf(totals)
    if (gap !== null)
      charge.violated(t, gap.text, () => ({
        text: `of all accounts together, ${gap.text}`,
        events: [{ t, who: process, text: `is shown totals in which ${gap.text}` }],
      }))
  },

  closed(charge, books) {
    const { accounts, totals } = books.snapshot.ledger
    const unseen = new Set(books.accounts.all().filter(({ earnings }) => earnings > 0))
    for (const account of accounts) {
      charge.checked()
      const gap = gapOf(account)
      if (gap !== null) unbalanced(charge, books, `account ${account.account}`, gap, account.account)
      const own = books.accounts.of(account.account)
      const earned = unseen.delete(own) ? earnedBy(own) : nothing
      if (gap === null && !own.faulty) sameEarnings(charge, books, account, earned)
    }
    for (const { name, faulty, net } of unseen)
      if (!faulty)
        charge.violated(books.snapshot.t, name, () => ({
          text: `${name} earned ${net.total}, and the ledger has no such account`,
          events: [
            { t: null, who: 'ledger', text: `holds earnings of ${net.total} for ${name}, and no account` },
          ],
        }))
    charge.checked()
    const gap = gapOf(totals)
    if (gap !== null) unbalanced(charge, books, 'all accounts together', gap, null)
    else sameTotals(charge, books)
  },
}

interface Gap {
  text: string
  difference: bigint
}

/** Where the parts of a sum do not make the whole. */
function gapOf({ gross, fee, net, available, pending, paid }: Totals): Gap | null {
  const kept = nano(net)
  const undivided = nano(gross) - nano(fee) - kept
  if (undivided !== 0n)
    return { text: `gross ${gross} is not fee ${fee} and net ${net}`, difference: undivided }
  const lost = kept - nano(available) - nano(pending) - nano(paid)
  if (lost === 0n) return null
  const text = `net ${net} is not available ${available}, pending ${pending} and paid ${paid}`
  return { text: `${text}: ${lost > 0n ? `${lost} is missing` : `${-lost} is too much`}`, difference: lost }
}

function unbalanced(charge: Charge, books: Books, whose: string, gap: Gap, account: string | null): void {
  const { payouts } = books.snapshot.ledger
  charge.violated(books.snapshot.t, account ?? '', () => {
    const own = account === null ? payouts : payouts.filter((row) => row.account === account)
    const named = amountsThatMakeUp(gap.difference, own)
    const names = named.length === 0 ? '' : `, as much as payout ${named.map(({ id }) => id).join(' and ')}`
    return {
      text: `of ${whose}, ${gap.text}${names}`,
      events: [
        { t: null, who: 'ledger', text: `holds, of ${whose}, that ${gap.text}` },
        ...named.map(rowEvent),
      ],
    }
  })
}

interface Earned {
  gross: bigint
  fee: bigint
  net: bigint
}
const nothing: Earned = { gross: 0n, fee: 0n, net: 0n }

const earnedBy = ({ gross, fee, net }: Account): Earned => ({
  gross: gross.total,
  fee: fee.total,
  net: net.total,
})

function sameEarnings(
  charge: Charge,
  books: Books,
  account: Totals & { account: string },
  own: Earned,
): void {
  charge.checked(3)
  for (const part of ['gross', 'fee', 'net'] as const) {
    if (nano(account[part]) === own[part]) continue
    const text = `account ${account.account} has ${part} ${account[part]}, and its earnings come to ${own[part]}`
    charge.violated(books.snapshot.t, account.account, () => ({
      text,
      events: [{ t: null, who: 'ledger', text: `holds that ${text}` }],
    }))
    return
  }
}

function sameTotals(charge: Charge, books: Books): void {
  const { accounts, totals, payouts } = books.snapshot.ledger
  for (const part of ['gross', 'fee', 'net', 'available', 'pending', 'paid'] as const) {
    charge.checked()
    const sum = accounts.reduce((all, account) => all + nano(account[part]), 0n)
    if (nano(totals[part]) === sum) continue
    const named: LedgerPayout[] = amountsThatMakeUp(nano(totals[part]) - sum, payouts)
    const names =
      named.length === 0 ? '' : `, which differs by payout ${named.map(({ id }) => id).join(' and ')}`
    const text = `of all accounts together, ${part} is ${totals[part]}, and the accounts come to ${sum}${names}`
    charge.violated(books.snapshot.t, part, () => ({
      text,
      events: [{ t: null, who: 'ledger', text: `holds that ${text}` }, ...named.map(rowEvent)],
    }))
  }
}
