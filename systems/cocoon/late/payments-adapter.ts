// The part of the contract of api.ts that is about payments, as requests and as checks of the fields that actors need.
import { fields, misfit } from '../../../lib/drive/fields.ts'
import type { LedgerPayout, Totals } from '../../../verdict/oracles/ledger/payment-history.ts'
import type { AccountStatement, LedgerSums, LedgerSummary, Payout, PayoutRequest } from '../api.ts'
import type { Payments } from '../pool.ts'

const base = '/api/v1'
const [ok, okOrUnknown] = [[200], [200, 404]]

const states: LedgerPayout['status'][] = ['accepted', 'sent', 'confirmed', 'failed']
const amountForm = /^-?\d+$/
/** Whether these fields are amounts; a misfit where one is none. */
function areAmounts(amounts: Record<string, string>): true | null {
  const wrong = Object.entries(amounts).find(([, amount]) => !amountForm.test(amount))
  return wrong === undefined ? true : misfit(wrong[0], 'nanoTON as a decimal text', wrong[1])
}

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
const termFields = fields<LedgerSummary['terms']>(
  { unit_nanoton: 'string', fee_basis_points: 'number', depth: 'number', treasury: 'string' },
  'terms',
)
const statementFields = fields<AccountStatement>({ earnings: 'object', payouts: 'object' })
const earningFields = fields<AccountStatement['earnings'][number]>(
  { entry_id: 'number', task_id: 'string', units: 'number', gross_nanoton: 'string', fee_nanoton: 'string' },
  'earnings[]',
)

function readPayout(json: unknown): LedgerPayout | null {
  const payout = payoutFields(json)
  if (payout === null || areAmounts({ amount_nanoton: payout.amount_nanoton }) === null) return null
  if (!states.includes(payout.state)) return misfit('state', states.join(', '), payout.state)
  const { idempotency_key: key, period, transaction: tx, depth } = payout
  const ofSome = { idempotency_key: key, period, transaction: tx, depth }
  const left = Object.entries(ofSome).find(([, value]) => value === undefined)
  if (left !== undefined) return misfit(left[0], 'a value, or null,', undefined)
  return {
    id: payout.payout_id,
    key,
    period,
    account: payout.account,
    amount: payout.amount_nanoton,
    status: payout.state,
    tx,
    depth,
  }
}

/** What is left of the gross after the fee. */
const less = (gross: string, fee: string): string => String(BigInt(gross) - BigInt(fee))

function readSums(json: unknown): Totals | null {
  const sums = sumFields(json)
  if (sums === null) return null
  const { gross_nanoton, fee_nanoton, available_nanoton, pending_nanoton, paid_nanoton } = sums
  const amounts = { gross_nanoton, fee_nanoton, available_nanoton, pending_nanoton, paid_nanoton }
  if (areAmounts(amounts) === null) return null
  const [gross, fee, available] = [gross_nanoton, fee_nanoton, available_nanoton]
  const [pending, paid] = [pending_nanoton, paid_nanoton]
  return { gross, fee, net: less(gross, fee), available, pending, paid }
}

function readEarning(json: unknown): AccountStatement['earnings'][number] | null {
  const earning = earningFields(json)
  if (earning === null) return null
  const { gross_nanoton, fee_nanoton } = earning
  return areAmounts({ gross_nanoton, fee_nanoton }) && earning
}

/** All rows read; null where one of them is a misfit. */
function allOf<Row>(rows: unknown[], read: (json: unknown) => Row | null): Row[] | null {
  const found: Row[] = []
  for (const row of rows) {
    const value = read(row)
    if (value === null) return null
    found.push(value)
  }
  return found
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
      const terms = summary && termFields(summary.terms)
      if (totals === null || terms === null || areAmounts({ unit_nanoton: terms.unit_nanoton }) === null)
        return null
      return {
        totals,
        unbooked: summary!.outbox_waiting,
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
      const [payouts, rows] = [allOf(statement.payouts, readPayout), allOf(statement.earnings, readEarning)]
      if (payouts === null || rows === null) return null
      const earnings = rows.map(({ task_id, units, gross_nanoton, fee_nanoton }) => ({
        task: task_id,
        account,
        units,
        gross: gross_nanoton,
        fee: fee_nanoton,
        net: less(gross_nanoton, fee_nanoton),
      }))
      const [lastEarning, lastPayout] = [rows.at(-1), payouts.at(-1)]
      return {
        sums: { account, ...sums },
        earnings,
        payouts,
        next: {
          earning: lastEarning === undefined ? after.earning : String(lastEarning.entry_id),
          payout: lastPayout === undefined ? after.payout : lastPayout.id.replace(/^\D+/, ''),
        },
        more: lastEarning !== undefined || lastPayout !== undefined,
      }
    },
  }),
})
