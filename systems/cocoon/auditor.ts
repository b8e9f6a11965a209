// Reads the books: their sums while money moves, and all of ledger and chain once it has come to rest.
import type { Exchange } from '../../lib/drive/actor.ts'
import type { StepName } from '../../lib/plan/vocabulary.ts'
import { arrivalTime } from '../../lib/plan/plan-time.ts'
import type { LedgerPayout, Totals, TransferSeen } from '../../verdict/oracles/ledger/payment-history.ts'
import type { SnapshotPart } from '../../verdict/oracles/ledger/snapshot.ts'
import { sent, type Place } from './chain.ts'
import { tellLedger, thresholdOf } from './accounts.ts'
import { over, poolOf } from './membership.ts'
import { accountsOf, allPaidAt, earlierSeconds, lagSeconds, missed, recorded } from './payments.ts'
import type { LedgerView, Payments, StatementPage } from './pool.ts'
import type { Names, World } from './names.ts'

const lookEverySeconds = 2
/** Looks in a row at which nothing was under way. */
const calmLooks = 2
/** Time that the last reading is given, and how much of it has to be left for one more. */
const [readingSeconds, onceMoreSeconds] = [12, 6]
/** A payout that was to be asked for so long ago was asked for 20 s ago at the latest, and is late. */
const lateSeconds = 40
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
  while (world.now() < readsAt && (calm < calmLooks || world.now() < allPaidAt(world))) {
    const began = world.now()
    const looked = lookAtSums(world, payments)
    if (view === null && looked !== null) tellTerms(world, looked)
    view = looked ?? view
    const moving = view === null || view.unbooked > 0 || view.totals.pending !== '0'
    calm = !moving && began > world.data.driveSeconds && poolAtRest(world) ? calm + 1 : 0
    world.sleep(Math.max(0, Math.min(lookEverySeconds, readsAt - world.now())))
  }
  if (view !== null) readAtRest(world, payments)
}

/** At once, so that what clients saw can be judged whatever becomes of the last reading. */
function tellTerms(world: World, { perUnit, feeBasisPoints, depth }: LedgerView): void {
  tellState(world, { part: 'terms', terms: { perUnit, feeBasisPoints, depth } })
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
    world.point(`${sum}-nanoton`, Number(value.totals[sum]), t)
  return value
}

const tellState = (world: World, part: SnapshotPart): void =>
  tellLedger(world, { event: 'state', oracle: 'ledger', part })

/** Whether the last task has ended. */
function poolAtRest(world: World): boolean {
  const pool = poolOf(world)
  if (pool.stats === undefined) return true
  const view = world.send('stats', pool.stats()).value
  return view !== null && view.waiting + view.running === 0
}

/** Asks until there is an answer, as long as there is time. */
function answered<T>(world: World, step: StepName<Names>, exchange: Exchange<T>): T | null {
  while (!over(world)) {
    const { value } = world.send(step, exchange)
    if (value !== null) return value
    world.sleep(1)
  }
  return null
}

/** All rows of the run's accounts. Earnings are only added, payouts added and moved forward. */
interface Rows {
  earnings: number
  payouts: LedgerPayout[]
}

/**
 * Reads everything, again and again until nothing changed meanwhile: only what was read at rest can be held against each
 * other. Where sums change, and no row does, there is no rest to wait for. Of books whose rows never come to rest nothing is
 * said. A chain that may lag behind them is given the time to show what they call confirmed.
 */
function readAtRest(world: World, payments: Payments): void {
  const sums = () => answered(world, 'ledger', payments.ledger(world.data.run))
  const { driveSeconds, settleSeconds } = world.data
  const shownAt = Math.min(world.now() + lagSeconds, driveSeconds + settleSeconds - onceMoreSeconds)
  /** The reading before, during which sums changed. */
  let restless: { rows: Rows; transfers: TransferSeen[]; totals: Totals } | null = null
  while (!over(world)) {
    const began = world.now()
    tellState(world, { part: 'begin', t: Date.now() })
    const before = sums()
    const rows = before && rowsOf(world, payments)
    if (!before || !rows) return
    const isEnough = (transfers: TransferSeen[]) =>
      world.now() >= shownAt || areAllShown(rows.payouts, transfers)
    // What is the same again was so in between as well, when the chain was read.
    if (restless !== null && areSameRows(restless.rows, rows) && isEnough(restless.transfers))
      return conclude(world, rows.payouts, { ...restless, began })
    const transfers = transfersOf(world, before.treasury, rows.payouts)
    const after = transfers && sums()
    if (!transfers || !after) return
    const isAtRest = isSame(before, after)
    if (isAtRest && isEnough(transfers))
      return conclude(world, rows.payouts, { transfers, totals: after.totals, began })
    restless = isAtRest ? null : { rows, transfers, totals: after.totals }
    world.sleep(lookEverySeconds)
  }
}

function conclude(
  world: World,
  payouts: LedgerPayout[],
  { transfers, totals, began }: { transfers: TransferSeen[]; totals: Totals; began: number },
): void {
  tellRows(world, 'transfers', transfers)
  compare(world, payouts, transfers, began)
  tellState(world, { part: 'end', t: Date.now(), totals })
}

const isSame = (one: LedgerView, other: LedgerView): boolean =>
  (Object.keys(one.totals) as (keyof Totals)[]).every((sum) => one.totals[sum] === other.totals[sum])

const areSameRows = (one: Rows, other: Rows): boolean =>
  one.earnings === other.earnings &&
  one.payouts.length === other.payouts.length &&
  one.payouts.every(({ id, status }, index) => {
    const again = other.payouts[index]
    return again?.id === id && again.status === status
  })

/** Whether the chain shows a transfer of every payout that is called confirmed. */
function areAllShown(payouts: LedgerPayout[], transfers: TransferSeen[]): boolean {
  const marks = new Set(transfers.map(({ mark }) => mark))
  return payouts.every(({ id, status }) => status !== 'confirmed' || marks.has(id))
}

/** A part of the snapshot that has rows. */
type TablePart = Extract<SnapshotPart, { rows: unknown[] }>

/** A table of the snapshot, in lines of bearable length. */
function tellRows<Name extends TablePart['part']>(
  world: World,
  part: Name,
  rows: Extract<TablePart, { part: Name }>['rows'],
): void {
  for (let from = 0; from < rows.length; from += lineRows)
    tellState(world, { part, rows: rows.slice(from, from + lineRows) } as TablePart)
}

/** Tells all that the ledger has of the run's accounts, as it goes. */
function rowsOf(world: World, payments: Payments): Rows | null {
  const rows: Rows = { earnings: 0, payouts: [] }
  for (const [index, account] of accountsOf(world).entries()) {
    const threshold = thresholdOf(index)
    let [after, more] = [{ earning: '0', payout: '0' }, true]
    while (more) {
      const page: StatementPage | null = answered(world, 'account', payments.statement(account, after))
      if (page === null) return null
      rows.earnings += page.earnings.length
      rows.payouts.push(...page.payouts)
      tellRows(world, 'earnings', page.earnings)
      tellRows(world, 'payouts', page.payouts)
      if (!page.more)
        tellRows(world, 'accounts', [
          { ...page.sums, threshold: threshold === null ? null : String(threshold) },
        ])
      ;({ next: after, more } = page)
    }
  }
  return rows
}

/**
 * What the treasury sent to the run's accounts, and whatever it sent with the mark of one of the run's payouts. Others that
 * it pays are none of this run's business, nor is what it paid before: marks may have been used by an older ledger.
 */
function transfersOf(world: World, treasury: string, payouts: LedgerPayout[]): TransferSeen[] | null {
  const accounts = new Set(accountsOf(world))
  const ids = new Set(payouts.map(({ id }) => id))
  const since = world.at(-earlierSeconds)
  const found: TransferSeen[] = []
  let next: Place | null | undefined
  while (next !== null) {
    const page = answered(world, 'look', sent(treasury, pageSize, next))
    if (page === null) return null
    const own = page.transfers.filter(({ at = since }) => at >= since)
    found.push(...own.filter(({ account, mark }) => accounts.has(account) || ids.has(mark)))
    next = own.length < page.transfers.length ? null : page.next
  }
  return found
}

/** Row by row: one transfer for each confirmed payout, of its amount to its account, none for any other, and nothing late. */
function compare(world: World, payouts: LedgerPayout[], transfers: TransferSeen[], began: number): void {
  const byMark = new Map<string, TransferSeen[]>()
  for (const transfer of transfers) {
    const known = byMark.get(transfer.mark)
    if (known === undefined) byMark.set(transfer.mark, [transfer])
    else known.push(transfer)
  }
  for (const payout of payouts) {
    const { id, key } = payout
    const own = byMark.get(id) ?? []
    byMark.delete(id)
    const arrival = arrivalOf(world, key)
    const kind = kindOf(world, arrival)
    world.observe('payout-once', kind, own.length > 1 ? `${id} was paid ${own.length} times` : null)
    world.observe('payout-row', kind, unlike(payout, own))
    const problem = late(payout, arrival, began)
    if (problem !== null) world.observe('payout-confirmation', kind, problem)
  }
  for (const mark of byMark.keys())
    world.observe('payout-row', kindOf(world, null), `the treasury paid "${mark}", which is no payout`)
}

/** Where ledger and chain differ in a payout; how often it was paid is told by itself. */
function unlike({ id, status, account, amount }: LedgerPayout, own: TransferSeen[]): string | null {
  if (status === 'confirmed' && own.length === 0) return `${id} is confirmed, and the treasury never sent it`
  if (status === 'failed' && own.length > 0) return `${id} has failed, and the treasury sent it`
  return own.some((transfer) => transfer.account !== account || transfer.amount !== amount)
    ? `${id} was sent with another amount or to another account`
    : null
}

interface Arrival {
  segment: World['data']['segments'][string]
  index: number
}

/** The arrival that asked for a payout under this key; null where none did. */
function arrivalOf(world: World, key: string | null): Arrival | null {
  const { run, segments } = world.data
  if (key === null || !key.startsWith(`${run}-`)) return null
  const [, place = '', index] = /^(.*)-(\d+)$/.exec(key.slice(run.length + 1)) ?? []
  // The key is the target's word, and may be anything.
  const segment = Object.hasOwn(segments, place) ? segments[place] : undefined
  return segment === undefined ? null : { segment, index: Number(index) }
}

function late({ id, status }: LedgerPayout, arrival: Arrival | null, began: number): string | null {
  if (arrival === null || (status !== 'accepted' && status !== 'sent')) return null
  const { segment, index } = arrival
  const dueAt = segment.start + arrivalTime(segment, index)
  return began - dueAt > lateSeconds ? `${id} is still ${status} ${Math.round(began - dueAt)} s later` : null
}

/** The kind of phase that a payout was asked for in; one that nobody asked for is of the first. */
function kindOf(world: World, arrival: Arrival | null) {
  const first = world.data.phases.find(({ kind }) => kind === 'normal')
  return (arrival?.segment ?? first ?? world.data.rest).kind
}
