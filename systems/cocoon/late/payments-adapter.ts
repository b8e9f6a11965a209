// The part of the contract of api.ts that is about payments, as requests and as checks of the fields that actors need.
import { fields, misfit } from '../../../lib/drive/fields.ts'
import type { LedgerPayout, Totals } from '../../../verdict/oracles/ledger/payment-history.ts'
import type { AccountStatement, LedgerSums, LedgerSummary, Payout, PayoutRequest } from '../api.ts'
import type { Payments } from '../pool.ts'

const base = '/api/v1'
const [ok, okOrUnknown] = [[200], [200, 404]]

const states: LedgerPayout['status'][] = ['accepted', 'sent', 'confirmed', 'failed']
const amountForm = /^-?\d+$/
/** That these fields are amounts. @throws Error where one is none */
function checkAmounts(amounts: Record<string, string>): void {
  for (const [field, amount] of Object.entries(amounts))
    if (!amountForm.test(amount)) misfit(field, 'nanoTON as a decimal text', amount)
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

function readPayout(json: unknown): LedgerPayout {
  const payout = payoutFields(json)
  const { amount_nanoton, state, idempotency_key: key, period, transaction: tx, depth } = payout
  checkAmounts({ amount_nanoton })
  if (!states.includes(state)) misfit('state', `one of ${states.join(', ')}`, state)
  const ofSome = { idempotency_key: key, period, transaction: tx, depth }
  for (const [field, value] of Object.entries(ofSome))
    if (value === undefined) misfit(field, 'a value, or null,', value)
  return {
    id: payout.payout_id,
    key,
    period,
    account: payout.account,
    amount: amount_nanoton,
    status: state,
    tx,
    depth,
  }
}

/** What is left of the gross after the fee. */
const less = (gross: string, fee: string): string => String(BigInt(gross) - BigInt(fee))

function readSums(json: unknown): Totals {
  const { gross_nanoton, fee_nanoton, available_nanoton, pending_nanoton, paid_nanoton } = sumFields(json)
  checkAmounts({ gross_nanoton, fee_nanoton, available_nanoton, pending_nanoton, paid_nanoton })
  return {
    gross: gross_nanoton,
    fee: fee_nanoton,
    net: less(gross_nanoton, fee_nanoton),
    available: available_nanoton,
    pending: pending_nanoton,
    paid: paid_nanoton,
  }
}

function readEarning(json: unknown): AccountStatement['earnings'][number] {
  const earning = earningFields(json)
  const { gross_nanoton, fee_nanoton } = earning
  checkAmounts({ gross_nanoton, fee_nanoton })
  return earning
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
      const { terms: ofWork, outbox_waiting: unbooked } = summaryFields(json)
      const terms = termFields(ofWork)
      checkAmounts({ unit_nanoton: terms.unit_nanoton })
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
      const payouts = statement.payouts.map(readPayout)
      const rows = statement.earnings.map(readEarning)
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
