// Who is paid what: accounts, keys and amounts, made from the run and the arrival alone, and the record of what was asked.
import type { Answer } from '../../lib/drive/actor.ts'
import { arrivalsOf } from '../../lib/plan/plan-time.ts'
import { accountCount, accountOf, processOf, tellLedger, unaskedEvery } from './accounts.ts'
import type { LedgerPayout, PaymentEvent } from '../../verdict/oracles/ledger/payment-history.ts'
import { isRejected } from '../../lib/drive/statuses.ts'
import type { Payments } from './pool.ts'
import type { World } from './names.ts'

/** All accounts of the run. */
export const accountsOf = (world: World): string[] =>
  Array.from({ length: accountCount(world) }, (_, index) => accountOf(world, index))

/** The smallest payout. Each of an account is one nanoTON more than the one before, so that a missing sum identifies its payout. */
const leastNanoton = 300_000

export interface Wanted {
  key: string
  account: string
  amount: string
}

/** The payout that the arrival of this index asks for. Of two that race, both ask for the same. */
export function wantedBy(world: World, place: string, index: number): Wanted {
  const serial = firstSerial(world, place) + index
  const count = accountCount(world)
  const asking = count - Math.floor(count / unaskedEvery)
  // Its position among the accounts that ask for payouts, then its index among all accounts.
  const turn = serial % asking
  const account = turn + Math.floor(turn / (unaskedEvery - 1))
  return {
    key: `${world.data.run}-${place}-${index}`,
    account: accountOf(world, account),
    amount: String(leastNanoton + Math.floor(serial / asking)),
  }
}

/** The share of payees that first ask for what nobody has earned, under a key of its own. */
const overdrawnShare = 0.02

/** What sort of payee an arrival is: a number in [0, 1). */
export const habitOf = (world: World, place: string, index: number): number =>
  world.random(`habit/${place}`, index)

/** The key under which the payee of this arrival asks for what nobody has earned; null where it does not. */
export const overdrawnKeyOf = (world: World, place: string, index: number): string | null =>
  habitOf(world, place, index) < overdrawnShare ? `${wantedBy(world, place, index).key}-over` : null

/** So long after the load nobody begins to ask for a payout any more. */
const lastAskSeconds = 5
/** By then every request for a payout has been answered or given up, and k6 has ended whoever still waited. */
const allAskedSeconds = 16
/** By then all that was asked for or earned by the end of the load is paid, or late: 20 s are promised for it. */
const allPaidSeconds = 22

/** A node of the chain may be a few blocks behind the one that the service asked: so long it is looked again. */
export const lagSeconds = 10

/** Nothing is paid before it was asked for, but clocks may differ by as much. */
export const earlierSeconds = 15

export const mayAsk = (world: World): boolean => world.now() < world.data.driveSeconds + lastAskSeconds
/** When what is not paid is late, in seconds after T0. */
export const allPaidAt = (world: World): number => world.data.driveSeconds + allPaidSeconds
/** When the last word on what was asked for can be had, in seconds after T0. */
export const allAskedAt = (world: World): number => world.data.driveSeconds + allAskedSeconds

const firstSerials = new Map<string, number>()

/**
 * Payouts of all stretches before this one by name, so that no two of a run have the same number. Not by their order: k6
 * hands the stretches to each virtual user in another one.
 */
function firstSerial(world: World, place: string): number {
  let first = firstSerials.get(place)
  if (first === undefined) {
    first = 0
    for (const [name, segment] of Object.entries(world.data.segments))
      if (name < place && asksForPayouts(segment.actor)) first += arrivalsOf(segment)
    firstSerials.set(place, first)
  }
  return first
}

/** Arrivals of these actors ask for payouts. */
export const asksForPayouts = (actor: string): boolean => actor === 'payee' || actor === 'racer'

/** An event as its kind has it, without who, when and which. */
type Without<Event, Keys extends string> = Event extends unknown ? Omit<Event, Keys> : never
type Invoked = Without<Extract<PaymentEvent, { type: 'invoke' }>, 'type' | 'process' | 'call' | 't'>
type Told = Without<Exclude<PaymentEvent, { type: 'invoke' | 'work' }>, 'process' | 'call' | 't'>

let calls = 0

/** Asks, and records that it was asked and what came of it. `outcomeOf` puts the answer into the history's words. */
export function recorded<T>(
  world: World,
  invoked: Invoked,
  ask: () => Answer<T>,
  outcomeOf: (answer: Answer<T>) => Told,
): Answer<T> {
  const [process, call] = [processOf(world), ++calls]
  const record = (entry: PaymentEvent): void =>
    tellLedger(world, { event: 'history', oracle: 'ledger', entry })
  record({ type: 'invoke', process, call, t: Date.now(), ...invoked })
  const answer = ask()
  record({ process, call, t: Date.now(), ...outcomeOf(answer) })
  return answer
}

/**
 * What came of a request that did not succeed: rejected when the server says that it was not applied; unknown without an
 * answer, after a failure of the server, after an answer that breaks the contract, and after a request that was sent twice.
 */
export function missed(answer: Answer<unknown>): Told {
  const why = answer.isRepeated ? 'repeated' : String(answer.status)
  return { type: isRejected(answer) ? 'rejected' : 'unknown', why }
}

/** Asks what became of a key. A final read comes when nothing is sent under it any more: what it says stays so. */
export const readByKey = (
  world: World,
  payments: Payments,
  key: string,
  isFinal: boolean,
): Answer<LedgerPayout | 'unknown'> =>
  recorded(
    world,
    { op: 'read', key, ...(isFinal ? { final: true as const } : {}) },
    () => world.send('payout-status', payments.payout(key)),
    (answer) =>
      answer.value === null
        ? missed(answer)
        : { type: 'ok', op: 'read', payout: answer.value === 'unknown' ? null : answer.value },
  )
