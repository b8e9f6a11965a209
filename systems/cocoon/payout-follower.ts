// Follows payouts to their end, by their keys alone, and looks whether the chain shows what the service says.
import type { Answer } from '../../lib/drive/actor.ts'
import type { LedgerPayout, TransferSeen } from '../../verdict/oracles/ledger/payment-history.ts'
import { received, type Place } from './chain.ts'
import { follow, type Followed } from './following.ts'
import { poolOf } from './membership.ts'
import { allAskedAt, asksForPayouts, earlierSeconds, lagSeconds, overdrawnKeyOf } from './payments.ts'
import { readByKey, recorded, wantedBy, type Wanted } from './payments.ts'
import type { Payments } from './pool.ts'
import type { World } from './names.ts'

/** Looks at a payout begin so long after it was due, and come at this interval. */
const [firstLookSeconds, pauseSeconds] = [1.5, 0.5]
/** A service that is away is asked less often. */
const awayPauseSeconds = 2
/** One that nobody knows comes late or never. */
const unknownPauseSeconds = 3
/** Nearly always the first two pages have it, and small ones cost least; after a stall many transfers have come since. */
const [pageSize, largestSize] = [12, 100]

interface Payout extends Followed, Wanted {
  /** Whether the service was seen to know it. */
  isKnown: boolean
  /** As it was when it was first seen confirmed, and when that was: from then on the chain is looked at. */
  confirmed: { seen: LedgerPayout; at: number } | null
  hasEnded: boolean
  /** Under this key its payee asked for what nobody earned, and may have ended before it had an answer. */
  overdrawnKey: string | null
}

export function payoutFollower(world: World): void {
  const payments = poolOf(world).payments?.()
  if (payments === undefined) return
  const open = follow<Payout>(world, {
    actor: 'payout-follower',
    follows: ({ actor }) => asksForPayouts(actor),
    begin: (due) => begin(world, due),
    look: (payout) => look(world, payments, payout),
    mayEnd: () => false,
  })
  for (const payout of open) {
    if (payout.hasEnded || payout.confirmed !== null) continue
    if (payout.isKnown) unconfirmed(world, payout, 'is not confirmed')
    // The last word on it was not heard.
    else world.observe('unread-payout', payout.kind, null)
  }
}

function begin(world: World, due: Followed): Payout {
  const { place, segment } = due.stretch
  const isRacer = segment.actor === 'racer'
  return {
    ...due,
    ...wantedBy(world, place, due.index),
    lookAt: due.dueAt + firstLookSeconds,
    isKnown: false,
    confirmed: null,
    // Of two that race only the first has a key of its own.
    hasEnded: isRacer && due.index % 2 === 1,
    overdrawnKey: isRacer ? null : overdrawnKeyOf(world, place, due.index),
  }
}

/** One whose end nobody has seen counts with the time for which it was waited for. */
function unconfirmed(world: World, payout: Payout, problem: string): void {
  took(world, payout, problem)
  world.observe('payout', payout.kind, problem, { sentAt: world.at(payout.dueAt), key: payout.key })
}

function took(world: World, { kind, dueAt }: Payout, problem: string | null): void {
  const ms = (world.now() - dueAt) * 1000
  const sentAt = world.at(dueAt)
  world.observe('payout-time', kind, problem, { ms, sentAt })
  world.time('payout-time', kind, ms, sentAt)
}

/** One look at a followed payout. True when it needs no further one. */
function look(world: World, payments: Payments, payout: Payout): boolean {
  if (!payout.hasEnded && payout.confirmed === null) payout.hasEnded = lookAtLedger(world, payments, payout)
  if (!payout.hasEnded && payout.confirmed !== null)
    payout.hasEnded = lookAtChain(world, payout, payout.confirmed)
  return payout.hasEnded && hasLastWord(world, payments, payout)
}

/** True when it will not be confirmed. */
function lookAtLedger(world: World, payments: Payments, payout: Payout): boolean {
  const isFinal = world.now() > allAskedAt(world)
  const { value } = readByKey(world, payments, payout.key, isFinal)
  const pause = value === null ? awayPauseSeconds : value === 'unknown' ? unknownPauseSeconds : pauseSeconds
  payout.lookAt = world.now() + pause
  if (value === null) return false
  if (value === 'unknown') return isFinal && !payout.isKnown
  const { kind, key } = payout
  if (!payout.isKnown) world.observe('payout-known', kind, null, { key })
  payout.isKnown = true
  if (value.status === 'failed') unconfirmed(world, payout, 'failed')
  if (value.status !== 'confirmed') return value.status === 'failed'
  payout.confirmed = { seen: value, at: world.now() }
  took(world, payout, null)
  world.observe('payout', kind, null, { key })
  return false
}

/** What is called confirmed is shown by the chain. True when it was seen, or for so long not that it is not there. */
function lookAtChain(
  world: World,
  payout: Payout,
  { seen, at }: { seen: LedgerPayout; at: number },
): boolean {
  const isLast = world.now() > at + lagSeconds
  payout.lookAt = world.now() + awayPauseSeconds
  const { value, correlationId } = recorded(
    world,
    { op: 'look', payout: seen.id },
    () => transfersOf(world, payout, seen.id),
    ({ value: transfers, status }) =>
      transfers === null || (transfers.length === 0 && !isLast)
        ? { type: 'unknown', why: transfers === null ? String(status) : 'not shown yet' }
        : { type: 'ok', op: 'look', transfers },
  )
  if (value === null || (value.length === 0 && !isLast)) return false
  // With no block on top to wait for, the word may come in the same half second.
  const latest = (seen.depth ?? 0) > 0 ? world.at(at) : Infinity
  const problem = unlike(payout, value, latest)
  world.observe('payout-confirmation', payout.kind, problem, { correlationId })
  return true
}

/** What is wrong with the transfers that the chain shows of a payout: its block may be of `latest` (Unix ms) at the latest. */
function unlike({ amount }: Payout, transfers: TransferSeen[], latest: number): string | null {
  const [transfer, ...others] = transfers.filter(({ succeeded }) => succeeded)
  if (transfer === undefined) return 'confirmed, and the chain shows no transfer'
  if (others.length > 0) return `confirmed, and the chain shows ${others.length + 1} transfers`
  if (transfer.amount !== amount) return `the chain shows ${transfer.amount} in place of ${amount} nanoTON`
  return transfer.at !== undefined && transfer.at > latest
    ? 'confirmed before the chain had its transfer'
    : null
}

/** Asks in the end what became of the key for what nobody earned. */
function hasLastWord(world: World, payments: Payments, payout: Payout): boolean {
  if (payout.overdrawnKey === null) return true
  if (world.now() <= allAskedAt(world)) {
    payout.lookAt = allAskedAt(world) + pauseSeconds
    return false
  }
  payout.lookAt = world.now() + awayPauseSeconds
  return readByKey(world, payments, payout.overdrawnKey, true).value !== null
}

/** Transfers of a payout that its account received: from the newest on, until some are found, or only older ones come. */
function transfersOf(world: World, { account, dueAt }: Payout, mark: string): Answer<TransferSeen[]> {
  const since = world.at(dueAt - earlierSeconds)
  let from: Place | undefined
  for (let page = 1; ; page++) {
    const size = Math.min(largestSize, pageSize * Math.ceil(page / 2))
    const answer = world.send('look', received(account, size, from))
    if (answer.value === null) return { ...answer, value: null }
    const { transfers, next } = answer.value
    const own = transfers.filter((transfer) => transfer.mark === mark)
    const isOlder = (transfers.at(-1)?.at ?? since) < since
    if (own.length > 0 || next === null || isOlder) return { ...answer, value: own }
    from = next
  }
}
