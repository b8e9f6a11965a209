// Those who ask for payouts, once or again and again, and try what must be refused.
import type { Answer } from '../../lib/drive/actor.ts'
import { isUnsure } from '../../lib/drive/statuses.ts'
import { arrivalTime } from '../../lib/plan/plan-time.ts'
import type { LedgerPayout } from '../../verdict/oracles/ledger/payment-history.ts'
import { poolOf } from './membership.ts'
import { habitOf, mayAsk, missed, overdrawnKeyOf, readByKey, recorded, wantedBy } from './payments.ts'
import type { Wanted } from './payments.ts'
import type { Payments } from './pool.ts'
import type { World } from './names.ts'

type PayAnswer = Answer<LedgerPayout | 'refused'>

/** What came of asking: the last answer, and whether an attempt may have been applied of which it does not speak. */
interface Outcome {
  answer: PayAnswer
  isOpen: boolean
}

/** A request that got no answer to rely upon is sent again so often, each time after a longer wait. */
const attempts = 8
const firstWaitSeconds = 0.5
/** Between questions to a service that is away. */
const awaySeconds = 2
/** Shares of payees that send their request once more, and that send it for another amount. */
const [againShare, otherShare] = [0.1, 0.03]
/** By then the first request is on its way to the chain. */
const againSeconds = 1.2
const otherNanoton = 700_000_000
const unearnedNanoton = '900000000000000'

const accepted = [200, 201]
/** What is to be refused may be granted: that is an answer to rely upon, too, and no other one is. */
const reused = [...accepted, 409]
const overdrawn = [...accepted, 422]

/** One request for a payout, answered as one of `expect` says. */
function ask(world: World, payments: Payments, wanted: Wanted, expect: number[]): PayAnswer {
  return recorded(
    world,
    { op: 'pay', ...wanted },
    () => world.send('pay', payments.pay({ ...wanted, run: world.data.run }, expect)),
    (answer) =>
      answer.isRepeated || answer.value === null || answer.value === 'refused'
        ? missed(answer)
        : { type: 'ok', op: 'pay', payout: answer.value },
  )
}

/** Whoever gave no answer, or asked for patience, has refused nothing, and granted nothing either. */
const isUnanswered = (answer: PayAnswer): boolean =>
  answer.outcome !== 'ok' && (answer.outcome === 'refused' || isUnsure(answer))

/** Asks until there is an answer to rely upon, or for too long: the same key makes that safe. */
function insist(world: World, payments: Payments, wanted: Wanted, expect = accepted): Outcome {
  let isOpen = false
  for (let attempt = 1; ; attempt++) {
    const answer = ask(world, payments, wanted, expect)
    isOpen ||= isUnanswered(answer)
    const wait = firstWaitSeconds * attempt
    if (!isUnanswered(answer) || attempt === attempts || !world.hasTime(wait)) return { answer, isOpen }
    world.sleep(wait)
    if (!mayAsk(world)) return { answer, isOpen }
  }
}

/** Whether the ledger has what was asked for; null where nobody says so in time. Others have the last word on a key. */
function isStored(world: World, payments: Payments, { key, account, amount }: Wanted): boolean | null {
  for (let look = 1; look <= attempts; look++) {
    const { value } = readByKey(world, payments, key, false)
    if (value !== null) return value !== 'unknown' && value.account === account && value.amount === amount
    if (!world.hasTime(awaySeconds)) return null
    world.sleep(awaySeconds)
  }
  return null
}

/** What has to be refused is asked for, and refused, and not done all the same. */
function refusal(world: World, payments: Payments, wanted: Wanted, expect: number[]): void {
  const { kind } = world.phase()
  const { answer } = insist(world, payments, wanted, expect)
  const isGranted = isStored(world, payments, wanted) === true
  if (!isGranted && isUnanswered(answer)) return
  const problem =
    answer.value !== 'refused'
      ? `answered ${answer.status}, expected ${expect.at(-1)}`
      : isGranted
        ? 'refused, and in the ledger all the same'
        : null
  world.observe('payout-refusal', kind, problem, { correlationId: answer.correlationId })
}

/** What was refused although nothing spoke against it is not done either. */
function refused(
  world: World,
  payments: Payments,
  wanted: Wanted,
  { status, correlationId }: PayAnswer,
): void {
  if (isStored(world, payments, wanted) !== true) return
  const problem = `answered ${status}, and in the ledger all the same`
  world.observe('payout-refusal', world.phase().kind, problem, { correlationId })
}

/** It has to be found from now on. */
const promised = (world: World, { key }: Wanted): void =>
  world.observe('accepted-payout', world.phase().kind, null, { key })

/** Nobody answered. What the ledger has is there to stay; what it does not have may yet come. */
function unsure(world: World, payments: Payments, wanted: Wanted): void {
  const { key } = wanted
  const value = world.hasTime() ? readByKey(world, payments, key, false).value : null
  if (value !== null && value !== 'unknown') promised(world, wanted)
  else world.observe('unsure-payout', world.phase().kind, null, { key })
}

export function payee(world: World): void {
  const payments = poolOf(world).payments?.()
  if (payments === undefined) return
  const { place, index } = world
  const wanted = wantedBy(world, place, index)
  const habit = habitOf(world, place, index)
  const overdrawnKey = overdrawnKeyOf(world, place, index)
  if (overdrawnKey !== null)
    refusal(world, payments, { ...wanted, key: overdrawnKey, amount: unearnedNanoton }, overdrawn)
  if (!mayAsk(world) || !world.hasTime()) return
  const { answer, isOpen } = insist(world, payments, wanted)
  if (answer.outcome !== 'ok') {
    if (isOpen) unsure(world, payments, wanted)
    else refused(world, payments, wanted, answer)
    return
  }
  promised(world, wanted)
  if (habit > 1 - againShare) {
    world.sleep(againSeconds)
    if (mayAsk(world)) insist(world, payments, wanted)
  } else if (habit > 1 - againShare - otherShare) {
    const amount = String(Number(wanted.amount) + otherNanoton)
    if (mayAsk(world)) refusal(world, payments, { ...wanted, amount }, reused)
  }
}

/** So long after the second of two is there, both send. */
const startSeconds = 0.1

/** Two that ask for the same under the same key at the same moment: arrivals 0 and 1, 2 and 3, and so on. */
export function racer(world: World): void {
  const payments = poolOf(world).payments?.()
  const segment = world.data.segments[world.place]
  if (payments === undefined || segment === undefined) return
  const first = world.index - (world.index % 2)
  const startsAt = segment.start + arrivalTime(segment, first + 1) + startSeconds
  world.sleep(Math.max(0, startsAt - world.now()))
  const wanted = wantedBy(world, world.place, first)
  const { answer } = insist(world, payments, wanted)
  // It is one payout, whoever of them was told so.
  if (world.index !== first) return
  if (answer.outcome === 'ok') promised(world, wanted)
  else unsure(world, payments, wanted)
}
