// Where in a recorded history a fault can be planted, and the changes that faults are made of.
import type {
  LedgerEarning,
  LedgerPayout,
  PaymentEvent,
  PayoutSeen,
  Totals,
} from '../../../../verdict/oracles/ledger/payment-history.ts'
import type { Recorded } from './payment-world.ts'

type Part = keyof Totals

export const pick = <T>(all: readonly T[], place: number): T => {
  const one = all[place % Math.max(1, all.length)]
  if (one === undefined) throw new Error('there is no place for this fault in the history')
  return one
}

/** Changes the sums of an account, and those of all accounts with it. */
export function move(
  { snapshot: { ledger } }: Recorded,
  account: string,
  by: Partial<Record<Part, bigint>>,
): void {
  const own = ledger.accounts.find((other) => other.account === account)!
  for (const sums of [own, ledger.totals])
    for (const [part, amount] of Object.entries(by) as [Part, bigint][])
      sums[part] = String(BigInt(sums[part]) + amount)
}

type Invoked = Extract<PaymentEvent, { type: 'invoke' }>
type Told = Extract<PaymentEvent, { type: 'ok'; op: 'pay' | 'read' }>

const invoked = ({ events }: Recorded): Invoked[] => events.filter((event) => event.type === 'invoke')
const outcome = ({ events }: Recorded, { process, call }: Invoked) =>
  events.find(
    (event) => 'call' in event && event.type !== 'invoke' && event.process === process && event.call === call,
  )!
/** What was said in answer to requests about keys. */
export const told = (recorded: Recorded): (Told & { key: string; payout: PayoutSeen })[] =>
  invoked(recorded).flatMap((event) => {
    const answer = outcome(recorded, event)
    if (answer.type !== 'ok' || (answer.op !== 'pay' && answer.op !== 'read')) return []
    if (!('key' in event) || answer.payout === null) return []
    return [Object.assign(answer, { key: event.key, payout: answer.payout })]
  })

export const rowsIn = ({ snapshot }: Recorded, status: LedgerPayout['status']): LedgerPayout[] =>
  snapshot.ledger.payouts.filter((row) => row.status === status)
export const rowOf = ({ snapshot }: Recorded, key: string): LedgerPayout | undefined =>
  snapshot.ledger.payouts.find((row) => row.key === key)
export const transferOf = ({ snapshot }: Recorded, { id }: LedgerPayout) =>
  snapshot.chain.transfers.find(({ mark, succeeded }) => succeeded && mark === id)!

/** Appends a request and its outcome at the end of the history. */
export function append(recorded: Recorded, process: string, invocation: object, answer: object): void {
  const t = recorded.events.at(-1)!.t
  const base = { process, call: 1_000_000 + recorded.events.length }
  recorded.events.push({ ...base, t: t + 1, type: 'invoke', ...invocation } as PaymentEvent)
  recorded.events.push({ ...base, t: t + 2, ...answer } as PaymentEvent)
}

/** A payout that the ledger has and the chain paid. */
export function addPayout(
  { snapshot }: Recorded,
  key: string | null,
  account: string,
  amount: string,
): LedgerPayout {
  const [id, tx] = [
    `planted-${snapshot.ledger.payouts.length}`,
    `planted-tx-${snapshot.chain.transfers.length}`,
  ]
  const row: LedgerPayout = { id, key, account, amount, status: 'confirmed', tx, depth: 3, period: null }
  snapshot.ledger.payouts.push(row)
  snapshot.chain.transfers.push({ mark: id, account, amount, tx, succeeded: true })
  return row
}

export function removeRow({ snapshot: { ledger } }: Recorded, key: string): void {
  ledger.payouts.splice(
    ledger.payouts.findIndex((row) => row.key === key),
    1,
  )
}

/** Keys by what was said to all their attempts. */
export function keysWith(recorded: Recorded, types: readonly PaymentEvent['type'][]): Invoked[] {
  const pays = invoked(recorded).filter(({ op }) => op === 'pay')
  const byKey = new Map<string, Invoked[]>()
  for (const event of pays) {
    const { key } = keyOf(event)
    byKey.set(key, [...(byKey.get(key) ?? []), event])
  }
  return [...byKey.values()]
    .filter((all) => all.every((event) => types.includes(outcome(recorded, event).type)))
    .map(([first]) => first!)
}

export const keyOf = (event: Invoked): { key: string; account: string; amount: string } =>
  event as Extract<Invoked, { op: 'pay' }>

export const more = (amount: string, by = 1n): string => String(BigInt(amount) + by)

export function dividedOtherwise(earning: LedgerEarning): void {
  earning.fee = more(earning.fee)
  earning.net = more(earning.net, -1n)
}

export const confirmedTold = (recorded: Recorded) =>
  told(recorded).filter(({ payout }) => payout.status === 'confirmed')

/** Keys whose payout is confirmed in the ledger, and was told so to nobody. */
export const quietlyConfirmed = (recorded: Recorded): LedgerPayout[] => {
  const loud = new Set(confirmedTold(recorded).map(({ payout }) => payout.id))
  return rowsIn(recorded, 'confirmed').filter(({ id }) => !loud.has(id))
}

export const totalsOf = ({ events }: Recorded) =>
  events.filter((event) => event.type === 'ok' && event.op === 'totals')
