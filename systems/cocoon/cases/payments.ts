// P1: workers are paid for what they did, in a crowd, while the payout service crashes, while the chain is away. The other
// cases are its parts, one by one.
import type { ActorLoad, CaseDefinition } from '../../../lib/system.ts'
import { client, follower, worker, workSeconds } from './loads.ts'

/** Payouts asked for in a second, by those who ask once or more and by pairs that ask at the same moment. */
type Rates = { payee: number; racer: number }

export interface PaymentNumbers {
  workers: number
  /** Time in which they earn enough to ask for some of it. */
  earn: string
  steady: string
  /** Lets what the crowd asked for be paid before something is broken. */
  calm: string
  /** Left out where null. */
  crowd: string | null
  crash: string | null
  outage: string | null
  /** How long what is broken stays so: less than its phase, because its consequences have to be seen, too. */
  away: string
  after: string
  usual: Rates
  crowded: Rates
}

const usual: Rates = { payee: 15, racer: 2 }
/** The source asks for 20 a second. At 45 for 70 seconds there are enough to tell 99.9 % from less. */
const crowded: Rates = { payee: 45, racer: 2 }

const whole = (steady: string, crowd: string | null, fault: string | null): PaymentNumbers => ({
  workers: 10,
  earn: '5s',
  steady,
  calm: '5s',
  crowd,
  crash: fault,
  outage: fault,
  away: '5s',
  after: '5s',
  usual,
  crowded,
})

type Part = 'crowd' | 'crash' | 'outage'

/** One part of the whole by itself, at each profile for as long as the whole has it. */
const only =
  (one: Part) =>
  (profile: string): PaymentNumbers | undefined => {
    const numbers = wholes[profile]
    if (numbers === undefined) return undefined
    const short = profile === 'smoke' || profile === 'kill'
    return {
      ...numbers,
      crowd: null,
      crash: null,
      outage: null,
      ...(short
        ? {
            steady: '10s',
            [one]: profile === 'kill' ? '20s' : '30s',
            away: profile === 'kill' ? '8s' : '12s',
          }
        : { [one]: numbers[one] }),
    }
  }

const large = { workers: 100, away: '60s' }

const wholes: Record<string, PaymentNumbers> = {
  smoke: whole('8s', '68s', '12s'),
  kill: whole('8s', '68s', '12s'),
  daily: { ...whole('3m', '4m', '60s'), ...large, away: '24s' },
  weekly: { ...whole('20m', '30m', '4m'), ...large },
  monthly: { ...whole('2h', '1h40m', '10m'), ...large },
  quarterly: { ...whole('16h', '7h30m', '10m'), ...large },
  full: { ...whole('3m', '4m', '60s'), ...large, away: '24s' },
}

/** A worker asks for what it earned; one in ten asks twice, one in thirty for another amount under the same key. */
const payee: ActorLoad = {
  actor: 'payee',
  arrivals: { ofCapacity: 0, perSecond: 0 },
  work: false,
  holdSeconds: 40,
  // While the service is away, all wait and ask again.
  readySeconds: 8,
  yields: {
    payout: 1,
    'payout-known': 1,
    'payout-time': 1,
    'payout-confirmation': 1,
    'payout-once': 1,
    'payout-row': 1,
    // The most that chance lets them be fewer than the shares of those who try, with some to spare.
    'payout-refusal': 0.03,
  },
  // The request, and in one of seven a second one; five looks at it and one at the chain.
  requests: 7,
  opensWith: ['payout', 'payout-time'],
}

/** Of two that race one payout comes. */
const racer: ActorLoad = {
  ...payee,
  actor: 'racer',
  yields: {
    payout: 0.5,
    'payout-known': 0.5,
    'payout-time': 0.5,
    'payout-confirmation': 0.5,
    'payout-once': 0.5,
    'payout-row': 0.5,
  },
  requests: 4,
}

/** Who is paid and who looks after it, beside whatever else goes on. */
export const paymentLoad: { actors: ActorLoad[]; rates: Record<string, number> } = {
  actors: [
    payee,
    racer,
    { actor: 'payout-follower', residentPer: { arrivalsOf: 'payee', perSecond: 0.75 } },
    { actor: 'auditor', resident: 1 },
  ],
  rates: { ...usual },
}

const common = {
  workSeconds,
  history: true,
  actors: (): ActorLoad[] => [worker, follower, client(0.6), ...paymentLoad.actors],
  required: ['payment.no-double', 'payment.reconciliation'],
}

const laws = ['payment.reconciliation', 'payment.no-double', 'payment.confirmation']

const faults = ['fault.bite', 'fault.heal']

export const payments: CaseDefinition<PaymentNumbers> = {
  ...common,
  id: 'cocoon/P1',
  source: 'Payment system: speed, reliability, reconciliation',
  numbers: (profile) => wholes[profile],
  criteria: [
    'payment.mean',
    'payment.success',
    ...laws,
    ...faults,
    'target.payment-p95',
    'target.payments-rate',
  ],
}

export const retries: CaseDefinition<PaymentNumbers> = {
  ...common,
  id: 'cocoon/P2',
  source: 'Payment system: a crowd, retries and reused keys, without any fault',
  numbers: only('crowd'),
  criteria: ['payment.mean', ...laws, 'target.payment-p95', 'target.payments-rate'],
}

export const crash: CaseDefinition<PaymentNumbers> = {
  ...common,
  id: 'cocoon/P3',
  source: 'Payment system: the payout service is killed in the middle of a batch',
  numbers: only('crash'),
  criteria: [...laws, ...faults],
}

export const outage: CaseDefinition<PaymentNumbers> = {
  ...common,
  id: 'cocoon/P4',
  source: 'Payment system: the chain is unavailable, and loses messages',
  numbers: only('outage'),
  criteria: [...laws, ...faults],
}
