import type { LedgerLaw } from '../law.ts'
import { payoutText } from '../words.ts'

export const confirmation: LedgerLaw = {
  sentence:
    'Confirmed is said only of what the chain holds by then: with a transaction, deep enough, and to be seen on the chain.',

  answered(charge, terms, { key }, _view, { payout, t, process }) {
    if (payout?.status !== 'confirmed') return
    charge.checked()
    const { tx, depth } = payout
    if (tx !== null && depth !== null && depth >= terms.depth) return
    const lack =
      tx === null
        ? 'has no transaction'
        : `lies under ${depth ?? 'an unknown number of'} blocks, where ${terms.depth} are asked for`
    charge.violated(t, key, () => ({
      text: `the payout under key ${key} is called confirmed and ${lack}`,
      events: [{ t, who: process, text: `is shown for key ${key}: ${payoutText(payout)}, depth ${depth}` }],
    }))
  },

  looked(charge, terms, confirmedAt, payout, { transfers, t, process }) {
    if (confirmedAt === undefined) return
    charge.checked()
    const [transfer] = transfers.filter(({ mark, succeeded }) => succeeded && mark === payout)
    const told = { t: confirmedAt, who: process, text: `is told that payout ${payout} is confirmed` }
    if (transfer === undefined)
      charge.violated(t, payout, () => ({
        text: `payout ${payout} is called confirmed and the chain shows no transfer of it that succeeded`,
        events: [
          told,
          {
            t,
            who: process,
            text: `looks at the chain and finds ${transfers.length} transfers, none that succeeded`,
          },
        ],
      }))
    // With no block on top to wait for, the word may come in the same half second.
    else if (terms.depth > 0 && transfer.at !== undefined && transfer.at > confirmedAt)
      charge.violated(confirmedAt, payout, () => ({
        text: `payout ${payout} was called confirmed ${transfer.at! - confirmedAt} ms before the block of its transfer`,
        events: [
          told,
          { t: transfer.at!, who: 'chain', text: `has the transfer of ${payout} in a block of that time` },
        ],
      }))
  },
}
