// What is asked about payments, and answered.
import { Type, type Static } from 'typebox'
import {
  account,
  id,
  idOrNull,
  listOf,
  nanoton,
  oneOf,
  positiveNanoton,
  run,
  signedNanoton,
  text,
  textOrNull,
  time,
  timeOrNull,
  whole,
  wholeOrNull,
} from './primitives.ts'

export const PayoutRequest = Type.Object({
  account: account('Who is to be paid, out of what it has earned'),
  amount_nanoton: positiveNanoton('How much, up to what the account has available'),
  run: Type.Optional(run()),
})
export type PayoutRequest = Static<typeof PayoutRequest>

export const PayoutState = oneOf(
  {
    accepted: 'Stored, and to be paid',
    sent: 'Handed to the chain, which may yet lose it; then it is sent again',
    confirmed: 'The chain shows its transfer, as deep as the terms say; it stays so',
    failed: 'It will not be paid, and the money is available again; it stays so',
  },
  'How far it is. It only moves forward: accepted, sent, then confirmed or failed. Either comes within 20 s, counted from when ' +
    'nothing is broken on purpose any more',
)

export const Payout = Type.Object(
  {
    payout_id: Type.String({
      minLength: 1,
      maxLength: 200,
      description:
        'The payout, and the comment that its transfer carries. Non-digits and then a number, which is higher for each later ' +
        'payout of an account: pages of a statement go on after it',
      examples: ['p1'],
    }),
    idempotency_key: idOrNull(
      'The Idempotency-Key of its request; null for one that was made because the account reached its threshold',
    ),
    account: text('Who is paid, as it was asked for'),
    period: wholeOrNull(
      'Which of the payouts by threshold of its account it is, from 1 on; null for one on request',
    ),
    amount_nanoton: nanoton('How much the account is to receive; what the chain charges is not taken off'),
    state: PayoutState,
    accepted_at: time('When it was accepted, or made because of the threshold'),
    ended_at: timeOrNull('When it was confirmed or failed; null until then'),
    transaction: textOrNull(
      'Hash, in lower-case hex digits, of the transaction in which the treasury sent it; null before one is known',
    ),
    depth: wholeOrNull(
      'Blocks that certainly lay on top of that transaction when it was called confirmed: at least the depth of the terms. ' +
        'Null before',
    ),
    reason: textOrNull('Why it failed, in words; null in every other state'),
  },
  {
    description:
      'One payout, as the ledger has it now. It can be read under its key as soon as its request was answered, and is never ' +
      'removed while a run goes on',
  },
)
export type Payout = Static<typeof Payout>

const sums = {
  gross_nanoton: nanoton('What all booked tasks were worth'),
  fee_nanoton: nanoton("The operator's share of it"),
  available_nanoton: signedNanoton('What may still be asked for; never below 0'),
  pending_nanoton: signedNanoton('In payouts that are accepted or sent, and neither confirmed nor failed'),
  paid_nanoton: nanoton('In payouts that are confirmed'),
}
const ofOneMoment = 'All of one moment: gross = fee + available + pending + paid'

export const LedgerSums = Type.Object(sums, { description: ofOneMoment })
export type LedgerSums = Static<typeof LedgerSums>

export const LedgerSummary = Type.Object(
  {
    ...sums,
    entries: whole('Earnings booked; for people'),
    accounts: whole('Accounts that have earned; for people'),
    outbox_waiting: whole(
      'Completed tasks that are not booked yet. With 0 here, 0 pending, and no task that waits or runs, the books have ' +
        'come to rest',
    ),
    terms: Type.Object(
      {
        unit_nanoton: nanoton(
          'What a unit of work is worth. A completed task counts one unit for each 1024 MB that it needs, or part of that, ' +
            'and is booked once, for the account of the worker whose result it has',
        ),
        fee_basis_points: whole(
          "The operator's share of each task, in hundredths of a percent, rounded down task by task: what is left of a " +
            "nanoTON is the worker's",
        ),
        depth: whole('Blocks on top of a transaction before its payouts are called confirmed'),
        treasury: text('Who pays: the address of the wallet, as work chain and account id'),
      },
      { description: 'How work becomes money; the same throughout a run' },
    ),
  },
  { description: ofOneMoment },
)
export type LedgerSummary = Static<typeof LedgerSummary>

const Earning = Type.Object({
  entry_id: whole('Number of the row, higher for each later one of an account: pages go on after it'),
  task_id: id('The task that was completed'),
  units: whole('Units of work that it counts'),
  gross_nanoton: nanoton('What they are worth'),
  fee_nanoton: nanoton("The operator's share of it"),
})

export const AccountStatement = Type.Object(
  {
    ...sums,
    account: text('The account, as it was asked for'),
    earnings: listOf(Earning, 'A page of what it earned, oldest first'),
    payouts: listOf(Payout, 'A page of what it was paid, or is to be, oldest first'),
  },
  {
    description:
      'What an account earned, what it was paid, and its sums: all of one moment, gross = fee + available + pending + paid. ' +
      'An account that has earned nothing has sums of 0 and no rows',
  },
)
export type AccountStatement = Static<typeof AccountStatement>
