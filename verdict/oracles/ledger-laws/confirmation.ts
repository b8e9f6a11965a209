import type { LedgerLaw } from '../ledger-law.ts'
import { payoutText } from '../ledger-words.ts'

export const confirmation: LedgerLaw = {
  sentence:
    'Confirmed is said only of what the chain holds: with a transaction, deep enough, and to be seen on the chain.',

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

  looked(charge, confirmedBefore, payout, { transfers, t, process }) {
    if (!confirmedBefore) return
    charge.checked()
    if (transfers.some(({ mark, succeeded }) => succeeded && mark === payout)) return
    charge.violated(t, payout, () => ({
      text: `payout ${payout} is called confirmed and the chain shows no transfer of it that succeeded`,
      events: [
        {
          t,
          who: process,
          text: `was told that payout ${payout} is confirmed, looks at the chain and finds ${transfers.length} transfers, none that succeeded`,
        },
      ],
    }))
  },
}
