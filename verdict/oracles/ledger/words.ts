// How a witness tells of payments.
import type { ShownEvent } from '../oracle.ts'
import type { Answer, Asked, Key } from './keys.ts'
import type { LedgerEarning, LedgerPayout, PayoutSeen, TransferSeen, Work } from './payment-history.ts'

export const contentText = ({ account, amount }: { account: string; amount: string }): string =>
  `${amount} to ${account}`

export const payoutText = (payout: PayoutSeen): string =>
  `payout ${payout.id}, ${contentText(payout)}, ${payout.status}${payout.tx === null ? '' : `, transaction ${payout.tx}`}`

/** What was asked under a key, and what was said to all attempts with that content. */
export const askedEvent = (key: string, asked: Asked): ShownEvent => ({
  t: asked.t,
  who: asked.process,
  text: `asks for ${contentText(asked)} under key ${key}: ${attemptsText(asked)}`,
})

function attemptsText({ attempts, rejected, accepted, mistaken }: Asked): string {
  const all = attempts === 1 ? '1 attempt' : `${attempts} attempts`
  if (accepted) return `${all}, accepted`
  if (mistaken !== null) return `${all}, answered with another content`
  if (rejected === attempts) return `${all}, rejected`
  return rejected > 0 ? `${all}, ${rejected} rejected, the others unknown` : `${all}, outcome unknown`
}

export const askedEvents = ({ key, asked }: Key): ShownEvent[] => asked.map((one) => askedEvent(key, one))

export const answerEvent = (key: string, { t, process, payout }: Answer): ShownEvent => ({
  t,
  who: process,
  text: `is shown for key ${key}: ${payoutText(payout)}`,
})

export const answerEvents = ({ key, answers }: Key): ShownEvent[] =>
  answers.map((answer) => answerEvent(key, answer))

const makerText = ({ key, period }: LedgerPayout): string => {
  if (key !== null) return `key ${key}`
  return period === null ? 'no key and no period' : `made by the service, period ${period}`
}

export const rowEvent = (row: LedgerPayout): ShownEvent => ({
  t: null,
  who: 'ledger',
  text: `holds ${payoutText(row)}, ${makerText(row)}`,
})

export const noRowEvent = (key: string): ShownEvent => ({
  t: null,
  who: 'ledger',
  text: `holds no payout with key ${key}`,
})

export const transferEvent = (transfer: TransferSeen): ShownEvent => ({
  t: null,
  who: 'chain',
  text: `holds a transfer marked ${transfer.mark}, ${contentText(transfer)}, transaction ${transfer.tx}`,
})

export const noTransferEvent = (mark: string): ShownEvent => ({
  t: null,
  who: 'chain',
  text: `holds no transfer marked ${mark} that succeeded`,
})

export const workEvent = ({ t, process, task, account, units, outcome }: Work): ShownEvent => ({
  t,
  who: process,
  text: `completes task ${task}, ${units} units for ${account}: ${outcome}`,
})

export const earningEvent = ({ task, account, units, gross, fee, net }: LedgerEarning): ShownEvent => ({
  t: null,
  who: 'ledger',
  text: `holds an earning for task ${task}, ${units} units for ${account}: gross ${gross}, fee ${fee}, net ${net}`,
})
