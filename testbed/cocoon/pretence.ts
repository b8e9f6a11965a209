// What planted defects answer in place of a payout that they did not store.
import type { Payout } from '../../systems/cocoon/api.ts'
import type { NewPayout } from './payouts.ts'

/** A payout as it looks when it was just accepted. */
export const asIfAccepted = (id: string, { key, account, amount_nanoton }: NewPayout): Payout => ({
  payout_id: id,
  idempotency_key: key,
  account,
  period: null,
  amount_nanoton,
  state: 'accepted',
  accepted_at: new Date().toISOString(),
  ended_at: null,
  transaction: null,
  depth: null,
  reason: null,
})
