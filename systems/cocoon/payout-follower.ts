// Follows payouts to their end, by their keys alone, and looks whether the chain shows what the service says.
import type { Answer, World } from '../../lib/actor.ts'
import type { LedgerPayout, TransferSeen } from '../../verdict/oracles/payment-history.ts'
import { received, type Place } from './chain.ts'
import { follow, type Followed } from './following.ts'
import { over, poolOf } from './membership.ts'
import { asksForPayouts, readByKey, recorded, wantedBy, type Wanted } from './payments.ts'
import type { Payments } from './pool.ts'

/** Looks at a payout begin so long after it was due, and come at this interval. */
const [firstLookSeconds, pauseSeconds] = [1.5, 0.5]
/** A service that is away is asked less often. */
const awayPauseSeconds = 2
/** One that nobody knows comes late or never. */
const unknownPauseSeconds = 3
/** In the rest after the load nobody asks any more: what is not known after this long will not be known. */
const finalSeconds = 12
/** Nearly always one page has it; an account never got more than these together since the transfer that is looked for. */
const [pageSize, mostPages] = [12, 20]

interface Payout extends Followed, Wanted {
  accepted: boolean
}

export function payoutFollower(world: World): void {
  const payments = poolOf(world).payments?.()
  if (payments === undefined) return
  const open = follow<Payout>(world, {
    actor: 'payout-follower',
    follows: ({ actor }) => asksForPayouts(actor),
    begin: (due) => ({
      ...due,
      ...wantedBy(world, due.stretch.place, due.index),
      lookAt: due.dueAt + firstLookSeconds,
      accepted: false,
    }),
    look: (payout) => look(world, payments, payout),
    mayEnd: () => false,
  })
  for (const payout of open) if (payout.accepted) unconfirmed(world, payout, 'is not confirmed')
}

/** One whose end nobody has seen counts with the time for which it was waited for. */
function unconfirmed(world: World, payout: Payout, problem: string): void {
  took(world, payout, problem)
  world.observe('payout', payout.kind, problem, { sentAt: world.at(payout.dueAt) })
}

function took(world: World, { kind, dueAt }: Payout, problem: string | null): void {
  const ms = (world.now() - dueAt) * 1000
  const sentAt = world.at(dueAt)
  world.observe('payout-time', kind, problem, { ms, sentAt })
  world.took('payout-time', kind, ms, sentAt)
}

/** One look at a followed payout. True when it needs no further one. */
function look(world: World, payments: Payments, payout: Payout): boolean {
  // Of two that race only the first has a key of its own.
  if (payout.stretch.segment.actor === 'racer' && payout.index % 2 === 1) return true
  const isFinal = world.now() > world.data.driveSeconds + finalSeconds
  const answer = readByKey(world, payments, payout.key, isFinal)
  const pause =
    answer.value === null ? awayPauseSeconds : answer.value === 'unknown' ? unknownPauseSeconds : pauseSeconds
  payout.lookAt = world.now() + pause
  if (answer.value === null) return false
  if (answer.value === 'unknown') return isFinal && !payout.accepted
  payout.accepted = true
  const { status } = answer.value
  if (status === 'failed') unconfirmed(world, payout, 'failed')
  if (status !== 'confirmed') return status === 'failed'
  took(world, payout, null)
  world.observe('payout', payout.kind, null)
  confirmation(world, payout, answer.value, answer.correlationId)
  return true
}

/** What is called confirmed is shown by the chain. A chain that does not answer is asked again until it does. */
function confirmation(world: World, payout: Payout, seen: LedgerPayout, correlationId: string): void {
  while (!over(world)) {
    const { value } = recorded(
      world,
      { op: 'look', payout: seen.id },
      () => transfersOf(world, payout.account, seen.id),
      (answer) =>
        answer.value === null
          ? { type: 'unknown', why: String(answer.status) }
          : { type: 'ok', op: 'look', transfers: answer.value },
    )
    if (value !== null) {
      const amount = value.find(({ succeeded }) => succeeded)?.amount
      const problem =
        amount === undefined
          ? 'confirmed, and the chain shows no transfer'
          : amount === payout.amount
            ? null
            : `the chain shows ${amount} in place of ${payout.amount} nanoTON`
      world.observe('payout-confirmation', payout.kind, problem, { correlationId })
      return
    }
    world.sleep(pauseSeconds)
  }
}

/** Transfers with a mark that an account received: from the newest on, until some are found. */
function transfersOf(world: World, account: string, mark: string): Answer<TransferSeen[]> {
  let from: Place | undefined
  for (let page = 1; ; page++) {
    const answer = world.send('look', received(account, pageSize, from))
    if (answer.value === null) return { ...answer, value: null }
    const own = answer.value.transfers.filter((transfer) => transfer.mark === mark)
    const { next } = answer.value
    if (own.length > 0 || next === null || page === mostPages) return { ...answer, value: own }
    from = next
  }
}
