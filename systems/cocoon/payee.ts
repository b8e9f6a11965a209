// Those who ask for payouts, once or again and again, and try what must be refused.
import type { Answer, World } from '../../lib/actor.ts'
import { arrivalTime } from '../../lib/plan-time.ts'
import type { LedgerPayout } from '../../verdict/oracles/payment-history.ts'
import { isUnsure } from './client.ts'
import { poolOf } from './membership.ts'
import { missed, readByKey, recorded, wantedBy, type Wanted } from './payments.ts'
import type { Payments } from './pool.ts'

type Asked = Answer<LedgerPayout | 'refused'>

/** A request that got no answer to rely upon is sent again so often, each time after a longer wait. */
const attempts = 8
const firstWaitSeconds = 0.5
/** Between questions to a service that is away. */
const awaySeconds = 2
/** Shares of payees that send their request once more, for another amount, and that ask for what nobody has earned. */
const [againShare, otherShare, overdrawnShare] = [0.1, 0.03, 0.02]
/** By then the first request is on its way to the chain. */
const againSeconds = 1.2
const otherNanoton = 700_000_000
const unearnedNanoton = '900000000000000'

const accepted = [200, 201]
/** What is to be refused may be granted: that is an answer to rely upon, too, and no other one is. */
const reused = [...accepted, 409]
const overdrawn = [...accepted, 422]

/** One request for a payout, answered as one of `expect` says. */
function ask(world: World, payments: Payments, wanted: Wanted, expect: number[]): Asked {
  return recorded(
    world,
    { op: 'pay', ...wanted },
    () => world.send('pay', payments.pay({ ...wanted, run: world.data.run }, expect)),
    (answer) =>
      answer.value === null || answer.value === 'refused'
        ? missed(answer)
        : { type: 'ok', op: 'pay', payout: answer.value },
  )
}

/** Asks until there is an answer to rely upon, or for too long: the same key makes that safe. */
function insist(world: World, payments: Payments, wanted: Wanted, expect = accepted): Asked {
  for (let attempt = 1; ; attempt++) {
    const answer = ask(world, payments, wanted, expect)
    const isSure = answer.outcome === 'ok' || !(isUnsure(answer) || answer.outcome === 'refused')
    if (isSure || attempt === attempts) return answer
    world.sleep(firstWaitSeconds * attempt)
  }
}

/** What has to be refused is asked for, and refused. */
function refusal(world: World, payments: Payments, wanted: Wanted, expect: number[]): void {
  const { kind } = world.phase()
  const answer = insist(world, payments, wanted, expect)
  // A request that got no answer may have been applied all the same; nobody else asks for the last word on it.
  for (let look = 1; look <= attempts; look++) {
    if (readByKey(world, payments, wanted.key, true).value !== null) break
    world.sleep(awaySeconds)
  }
  // Who gave no answer has refused nothing, and granted nothing either.
  if (answer.outcome !== 'ok' && isUnsure(answer)) return
  const problem = answer.value === 'refused' ? null : `answered ${answer.status}, expected ${expect.at(-1)}`
  world.observe('payout-refusal', kind, problem, { correlationId: answer.correlationId })
}

export function payee(world: World): void {
  const payments = poolOf(world).payments?.()
  if (payments === undefined) return
  const { place, index } = world
  const wanted = wantedBy(world, place, index)
  const habit = world.random(`habit/${place}`, index)
  if (habit < overdrawnShare)
    refusal(world, payments, { ...wanted, key: `${wanted.key}-over`, amount: unearnedNanoton }, overdrawn)
  if (insist(world, payments, wanted).outcome !== 'ok') return
  if (habit > 1 - againShare) {
    world.sleep(againSeconds)
    insist(world, payments, wanted)
  } else if (habit > 1 - againShare - otherShare) {
    const amount = String(Number(wanted.amount) + otherNanoton)
    refusal(world, payments, { ...wanted, amount }, reused)
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
  insist(world, payments, wantedBy(world, world.place, first))
}
