// Reads the books: their sums while money moves, and all of ledger and chain once it has come to rest.
import type { Exchange, World } from '../../lib/actor.ts'
import type { LedgerPayout, TransferSeen } from '../../verdict/oracles/payment-history.ts'
import { sent, type Place } from './chain.ts'
import { over, poolOf } from './membership.ts'
import { accountsOf, missed, recorded } from './payments.ts'
import type { LedgerView, Payments, StatementPage } from './pool.ts'

const lookEverySeconds = 2
/** Looks in a row at which nothing was under way. */
const calmLooks = 2
/** Time that the last reading is given. */
const readingSeconds = 12
/** Transactions of the treasury in one page: each has many transfers. */
const pageSize = 20
/** Rows in one line of the history. */
const lineRows = 200

export function auditor(world: World): void {
  const payments = poolOf(world).payments?.()
  if (payments === undefined) return
  let calm = 0
  let view: LedgerView | null = null
  const readsAt = world.data.driveSeconds + world.data.settleSeconds - readingSeconds
  while (world.now() < readsAt && calm < calmLooks) {
    const began = world.now()
    view = lookAtSums(world, payments) ?? view
    const moving = view === null || view.unbooked > 0 || view.totals.pending !== '0'
    calm = !moving && began > world.data.driveSeconds && poolAtRest(world) ? calm + 1 : 0
    world.sleep(Math.max(0, Math.min(lookEverySeconds, readsAt - world.now())))
  }
  if (view !== null) readAll(world, payments, view)
}

function lookAtSums(world: World, payments: Payments): LedgerView | null {
  const { value } = recorded(
    world,
    { op: 'totals' },
    () => world.send('ledger', payments.ledger(world.data.run)),
    (answer) =>
      answer.value === null ? missed(answer) : { type: 'ok', op: 'totals', totals: answer.value.totals },
  )
  if (value === null) return null
  const t = Date.now()
  for (const sum of ['available', 'pending', 'paid', 'fee'] as const)
    world.tell({ event: 'point', of: `${sum}-nanoton`, t, value: Number(value.totals[sum]) })
  return value
}

/** Whether the last task has ended. */
function poolAtRest(world: World): boolean {
  const pool = poolOf(world)
  if (pool.stats === undefined) return true
  const view = world.send('stats', pool.stats()).value
  return view !== null && view.waiting + view.running === 0
}

/** Asks until there is an answer, as long as there is time. */
function insist<T>(world: World, step: string, exchange: Exchange<T>): T | null {
  while (!over(world)) {
    const { value } = world.send(step, exchange)
    if (value !== null) return value
    world.sleep(1)
  }
  return null
}

/** All rows of the run's accounts and all transfers to them, for the oracle and for the criteria that k6 judges. */
function readAll(world: World, payments: Payments, view: LedgerView): void {
  const accounts = accountsOf(world)
  const tell = (part: string, rows: unknown[]): void => {
    for (let from = 0; from < rows.length; from += lineRows)
      world.tell({ event: 'snapshot', part, rows: rows.slice(from, from + lineRows) })
  }
  const payouts: LedgerPayout[] = []
  for (const account of accounts) {
    let [after, more] = [{ earning: '0', payout: '0' }, true]
    while (more) {
      const page: StatementPage | null = insist(world, 'account', payments.statement(account, after))
      if (page === null) return
      payouts.push(...page.payouts)
      tell('earnings', page.earnings)
      tell('payouts', page.payouts)
      if (!page.more) tell('accounts', [page.sums])
      ;({ next: after, more } = page)
    }
  }
  const transfers = transfersTo(world, new Set(accounts), view.treasury)
  const last = insist(world, 'ledger', payments.ledger(world.data.run))
  if (transfers === null || last === null) return
  tell('transfers', transfers)
  compare(world, payouts, transfers)
  const { perUnit, feeBasisPoints, depth, totals } = last
  world.tell({
    event: 'snapshot',
    part: 'end',
    t: Date.now(),
    totals,
    terms: { perUnit, feeBasisPoints, depth },
  })
}

/** What the treasury sent to these accounts; others that it pays are none of this run's business. */
function transfersTo(world: World, accounts: Set<string>, treasury: string): TransferSeen[] | null {
  const found: TransferSeen[] = []
  let next: Place | null | undefined
  while (next !== null) {
    const page = insist(world, 'look', sent(treasury, pageSize, next))
    if (page === null) return null
    found.push(...page.transfers.filter(({ account }) => accounts.has(account)))
    next = page.next
  }
  return found
}

/** Row by row: one transfer for each confirmed payout, of its amount to its account, and none for any other. */
function compare(world: World, payouts: LedgerPayout[], transfers: TransferSeen[]): void {
  const byMark = new Map<string, TransferSeen[]>()
  for (const transfer of transfers) {
    const known = byMark.get(transfer.mark)
    if (known === undefined) byMark.set(transfer.mark, [transfer])
    else known.push(transfer)
  }
  for (const { id, key, status, account, amount } of payouts) {
    const own = byMark.get(id) ?? []
    const kind = kindOf(world, key)
    world.observe('payout-once', kind, own.length > 1 ? `${id} was paid ${own.length} times` : null)
    const isPaid = status === 'confirmed'
    const problem =
      isPaid && own.length === 0
        ? `${id} is confirmed, and the treasury never sent it`
        : own.some((transfer) => transfer.account !== account || transfer.amount !== amount)
          ? `${id} was sent with another amount or to another account`
          : null
    world.observe('payout-row', kind, problem)
  }
}

/** The kind of phase that a payout was asked for in; one that nobody asked for is of the first. */
function kindOf(world: World, key: string | null) {
  const place = key?.slice(world.data.run.length + 1).replace(/-\d+$/, '') ?? ''
  const first = world.data.phases.find(({ kind }) => kind === 'normal')
  return (world.data.segments[place] ?? first ?? world.data.rest).kind
}
