import type { Held } from '../books.ts'
import { sameContent } from '../keys.ts'
import type { Key, View } from '../keys.ts'
import type { LedgerLaw } from '../law.ts'
import type { LedgerPayout } from '../payment-history.ts'
import { askedEvents, contentText, noTransferEvent, payoutText, rowEvent, transferEvent } from '../words.ts'

export const reconciliation: LedgerLaw = {
  sentence:
    'Client, ledger and chain agree row by row: on account, amount and transaction, and confirmed is what one transfer paid.',

  payout(charge, books, held) {
    const { row, key, transfer } = held
    charge.checked(1 + (key?.views.length ?? 0))
    const why = clientFault(key, row) ?? chainFault(held)
    if (why === null) return
    books.blamePayout(held)
    charge.violated(key?.asked[0]?.t ?? books.snapshot.t, row.id, () => ({
      text: why,
      events: [
        ...(key === undefined ? [] : [...askedEvents(key), ...key.views.map((view) => lastSeen(key, view))]),
        rowEvent(row),
        transfer === undefined ? noTransferEvent(row.id) : transferEvent(transfer),
      ],
    }))
  },
}

const lastSeen = ({ key }: Key, { t, process, last }: View) => ({
  t,
  who: process,
  text: `was last shown for key ${key}: ${payoutText(last)}`,
})

function clientFault(key: Key | undefined, row: LedgerPayout): string | null {
  if (key === undefined) return null
  const { id, tx } = row
  for (const { last } of key.views) {
    if (last.id !== id)
      return `key ${key.key} was shown as payout ${last.id}, and is payout ${id} in the ledger`
    if (!sameContent(last, row))
      return `payout ${id} was shown as ${contentText(last)}, and is ${contentText(row)} in the ledger`
    if (last.status === 'confirmed' && last.tx !== null && last.tx !== tx)
      return `payout ${id} was shown with transaction ${last.tx}, and has ${tx ?? 'none'} in the ledger`
  }
  if (key.askedWith(row) === undefined)
    return `payout ${id} is ${contentText(row)} in the ledger, which was not asked for under key ${key.key}`
  return null
}

/** Of payouts that came to an end: what is still pending is a matter of being settled in time. */
function chainFault({ row, transfer }: Held): string | null {
  const { id, status, tx } = row
  if (status === 'failed')
    return transfer === undefined ? null : `payout ${id} is failed in the ledger, and the chain paid it`
  if (status !== 'confirmed') return null
  if (transfer === undefined)
    return `payout ${id} is confirmed in the ledger, and the chain has no transfer of it`
  if (!sameContent(transfer, row))
    return `payout ${id} is ${contentText(row)} in the ledger, and ${contentText(transfer)} on the chain`
  if (transfer.tx !== tx)
    return `payout ${id} has transaction ${tx ?? 'none'} in the ledger, and ${transfer.tx} on the chain`
  return null
}
