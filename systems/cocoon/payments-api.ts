// The part of the contract that is about payments; api.ts is the whole of it.
import { Type, type Static } from 'typebox'
import { Account, Id, Nanoton, Run, Time } from './primitives.ts'

export const PayoutRequest = Type.Object({
  account: Account,
  amount_nanoton: Type.String({ pattern: '^[1-9][0-9]{0,17}$' }),
  run: Type.Optional(Run),
})
export type PayoutRequest = Static<typeof PayoutRequest>

export const PayoutState = Type.Union([
  Type.Literal('accepted'),
  /** Handed to the chain, which may yet lose it; then it is sent again. */
  Type.Literal('sent'),
  /** The chain shows its transfer, with the depth that the operator asks for. */
  Type.Literal('confirmed'),
  /** It will not be paid, and the money is available again. */
  Type.Literal('failed'),
])

/** One payout. Its transfer carries the payout_id as its comment. */
export const Payout = Type.Object({
  payout_id: Id,
  /** Null for one that was made because the account reached its threshold. */
  idempotency_key: Type.Union([Id, Type.Null()]),
  account: Type.String(),
  /** Which of the payouts by threshold it is; null for one on request. */
  period: Type.Union([Type.Integer(), Type.Null()]),
  amount_nanoton: Nanoton,
  state: PayoutState,
  accepted_at: Time,
  ended_at: Type.Union([Time, Type.Null()]),
  /** Hash of the chain's transaction that sent it. */
  transaction: Type.Union([Type.String(), Type.Null()]),
  /** Blocks that certainly lay on top of the transaction when it was confirmed. */
  depth: Type.Union([Type.Integer(), Type.Null()]),
  reason: Type.Union([Type.String(), Type.Null()]),
})
export type Payout = Static<typeof Payout>

/** Of one moment: gross = fee + available + pending + paid. */
export const LedgerSums = Type.Object({
  gross_nanoton: Nanoton,
  fee_nanoton: Nanoton,
  available_nanoton: Type.String({ pattern: '^-?[0-9]{1,18}$' }),
  /** Accepted or sent, and neither confirmed nor failed. */
  pending_nanoton: Type.String({ pattern: '^-?[0-9]{1,18}$' }),
  paid_nanoton: Nanoton,
})
export type LedgerSums = Static<typeof LedgerSums>

/** The sums of one run's accounts, or of all. */
export const LedgerSummary = Type.Object({
  ...LedgerSums.properties,
  /** Earnings booked. */
  entries: Type.Integer(),
  accounts: Type.Integer(),
  /** Completed tasks that are not booked yet. */
  outbox_waiting: Type.Integer(),
  terms: Type.Object({
    /** What a unit of work is worth. A task counts one unit for each gigabyte that it needs, or part of one. */
    unit_nanoton: Nanoton,
    /** The operator's share, in hundredths of a percent. It is rounded down: what is left of a nanoTON is the worker's. */
    fee_basis_points: Type.Integer(),
    /** Blocks on top of a transaction before it is called confirmed. */
    depth: Type.Integer(),
    /** Who pays: the address of the treasury. */
    treasury: Type.String(),
  }),
})
export type LedgerSummary = Static<typeof LedgerSummary>

/** What an account earned, what it was paid, and its sums, all of one moment. Rows come in pages, oldest first. */
export const AccountStatement = Type.Object({
  ...LedgerSums.properties,
  account: Type.String(),
  earnings: Type.Array(
    Type.Object({
      entry_id: Type.Integer(),
      task_id: Id,
      units: Type.Integer(),
      gross_nanoton: Nanoton,
      fee_nanoton: Nanoton,
    }),
  ),
  payouts: Type.Array(Payout),
})
export type AccountStatement = Static<typeof AccountStatement>
