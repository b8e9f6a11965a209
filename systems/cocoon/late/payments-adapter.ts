// The part of the contract of api.ts that is about payments, as requests and as checks of the fields that actors need.
import type { LedgerPayout, Totals } from '../../../verdict/oracles/ledger/payment-history.ts'
import type { AccountStatement, LedgerSums, LedgerSummary, Payout, PayoutRequest } from '../api.ts'
import { fields } from '../fields.ts'
import type { Payments } from '../pool.ts'

const base = '/api/v1'
const [ok, okOrUnknown] = [[200], [200, 404]]

const states: LedgerPayout['status'][] = ['accepted', 'sent', 'confirmed', 'failed']
const amountForm = /^-?\d+$/
/** A number would pass for its digits, and is none that can be reckoned with exactly. */
const areAmounts = (...amounts: string[]): boolean =>
  amounts.every((amount) => typeof amount === 'string' && amountForm.test(amount))

const payoutFields = fields<Payout>({
  payout_id: 'string',
  account: 'string',
  amount_nanoton: 'string',
  state: 'string',
})
const sumFields = fields<LedgerSums>({
  gross_nanoton: 'string',
  fee_nanoton: 'string',
  available_nanoton: 'string',
  pending_nanoton: 'string',
  paid_nanoton: 'string',
})
const summaryFields = fields<LedgerSummary>({ outbox_waiting: 'number', terms: 'object' })
const statementFields = fields<AccountStatement>({ earnings: 'object', payouts: 'object' })

function readPayout(json: unknown): LedgerPayout | null {
  const payout = payoutFields(json)
  if (payout === null || !states.includes(payout.state) || !areAmounts(payout.amount_nanoton)) return null
  return {
    id: payout.payout_id,
    key: payout.idempotency_key,
    period: payout.period,
    account: payout.account,
    amount: payout.amount_nanoton,
    status: payout.state,
    tx: payout.transaction,
    depth: payout.depth,
  }
}

/** What is left of the gross after the fee. */
const less = (gross: string, fee: string): string => String(BigInt(gross) - BigInt(fee))

function readSums(json: unknown): Totals | null {
  const sums = sumFields(json)
  if (sums === null) return null
  const { gross_nanoton: gross, fee_nanoton: fee, paid_nanoton: paid } = sums
  const { available_nanoton: available, pending_nanoton: pending } = sums
  if (!areAmounts(gross, fee, available, pending, paid)) return null
  return { gross, fee, net: less(gross, fee), available, pending, paid }
}

export const payments = (client: Record<string, string>): Payments => ({
  pay: ({ key, account, amount, run }, expect) => ({
    method: 'POST',
    path: `${base}/payouts`,
    headers: { ...client, 'Idempotency-Key': key },
    body: { account, amount_nanoton: amount, run } satisfies PayoutRequest,
    expect,
    read: (json, status) => (status >= 400 ? 'refused' : readPayout(json)),
  }),
  payout: (key) => ({
    method: 'GET',
    path: `${base}/payouts/by-key/${key}`,
    headers: client,
    expect: okOrUnknown,
    read: (json, status) => (status === 404 ? 'unknown' : readPayout(json)),
  }),
  ledger: (run) => ({
    method: 'GET',
    path: `${base}/ledger/summary?run=${run}`,
    headers: client,
    expect: ok,
    read: (json) => {
      const totals = readSums(json)
      const summary = summaryFields(json)
      if (totals === null || summary === null || !areAmounts(summary.terms.unit_nanoton)) return null
      const { terms, outbox_waiting: unbooked } = summary
      return {
        totals,
        unbooked,
        perUnit: terms.unit_nanoton,
        feeBasisPoints: terms.fee_basis_points,
        depth: terms.depth,
        treasury: terms.treasury,
      }
    },
  }),
  statement: (account, after) => ({
    method: 'GET',
    path: `${base}/accounts/${account}?after_earning=${after.earning}&after_payout=${after.payout}`,
    headers: client,
    expect: ok,
    read: (json) => {
      const sums = readSums(json)
      const statement = statementFields(json)
      if (sums === null || statement === null) return null
      const payouts = statement.payouts.map(readPayout)
      const known = payouts.filter((payout): payout is LedgerPayout => payout !== null)
      if (known.length < payouts.length) return null
      if (!statement.earnings.every(({ gross_nanoton: gross, fee_nanoton: fee }) => areAmounts(gross, fee)))
        return null
      const earnings = statement.earnings.map(({ task_id, units, gross_nanoton, fee_nanoton }) => ({
        task: task_id,
        account,
        units,
        gross: gross_nanoton,
        fee: fee_nanoton,
        net: less(gross_nanoton, fee_nanoton),
      }))
      const [lastEarning, lastPayout] = [statement.earnings.at(-1), known.at(-1)]
      return {
        sums: { account, ...sums },
        earnings,
        payouts: known,
        next: {
          earning: lastEarning === undefined ? after.earning : String(lastEarning.entry_id),
          payout: lastPayout === undefined ? after.payout : lastPayout.id.replace(/^\D+/, ''),
        },
        more: lastEarning !== undefined || lastPayout !== undefined,
      }
    },
  }),
})
