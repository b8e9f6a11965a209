// P1: workers are paid for what they did, in a crowd, while the payout service crashes, while the chain is away. The other
// cases are its parts, one by one.
import type { Payments } from '../../../scenarios/payments.ts'
import type { PoolCase, PoolLoad } from '../names.ts'
import { client, follower, tasksOf, worker, workSeconds } from '../loads.ts'

/** Payouts asked for in a second, by those who ask once or more and by pairs that ask at the same moment. */
const usual = { payee: 15, racer: 2 }
/**
 * The source asks for 20 a second. With 32 for 72 seconds there are enough in the whole to tell 99.9 % from less, and the treasury
 * has six seconds for a message of 200 payouts: at 45 a second it has 4.3, and on cores a third slower it never catches up again.
 */
const crowded = { payee: 32, racer: 2 }

/** How long each part takes, and for how long of it something is away. */
interface Times {
  workers: number
  steady: string
  crowd: string
  fault: string
  away: string
}

const short: Times = { workers: 10, steady: '8s', crowd: '72s', fault: '12s', away: '5s' }
const daily: Times = { workers: 100, steady: '3m', crowd: '4m', fault: '60s', away: '24s' }
const large = { workers: 100, away: '60s' }

const times: Record<string, Times> = {
  smoke: short,
  kill: short,
  daily,
  weekly: { ...large, steady: '20m', crowd: '30m', fault: '4m' },
  monthly: { ...large, steady: '2h', crowd: '1h40m', fault: '10m' },
  quarterly: { ...large, steady: '16h', crowd: '7h30m', fault: '10m' },
  full: daily,
}

type Part = 'crowd' | 'crash' | 'outage'

const crash = ({ fault, away }: Times): Payments['numbers']['parts'][number] => ({
  name: 'crash',
  time: fault,
  faults: [{ driver: 'process', target: 'payout', settings: { kind: 'kill' }, lasts: away }],
})

const outage = ({ fault, away }: Times): Payments['numbers']['parts'][number] => ({
  name: 'outage',
  time: fault,
  faults: [
    { driver: 'chain', target: 'chain', settings: { kind: 'unavailable' }, lasts: away },
    // When it is back it loses the next message, and the same one sent again.
    { driver: 'chain', target: 'chain', settings: { kind: 'drop', drop: 2 }, after: away, lasts: '5s' },
  ],
})

/** The parts of the whole that a case has. */
function numbers(own: Times | undefined, ...parts: Part[]): Payments['numbers'] | undefined {
  if (own === undefined) return undefined
  return {
    level: own.workers,
    earn: '5s',
    steady: own.steady,
    crowd: parts.includes('crowd') ? own.crowd : null,
    calm: '5s',
    parts: [
      ...(parts.includes('crash') ? [crash(own)] : []),
      ...(parts.includes('outage') ? [outage(own)] : []),
    ],
    after: '5s',
    usual,
    crowded,
  }
}

/** One part of the whole by itself, at each profile for as long as the whole has it; short runs give it more time. */
const only =
  (part: Part) =>
  (profile: string): Payments['numbers'] | undefined => {
    const own = times[profile]
    if (own !== short) return numbers(own, part)
    const [crowd, fault, away] = profile === 'kill' ? ['30s', '20s', '8s'] : ['42s', '30s', '12s']
    return numbers({ ...own, steady: '10s', crowd, fault, away }, part)
  }

/** A worker asks for what it earned; one in ten asks twice, one in thirty for another amount under the same key. */
const payee: PoolLoad = {
  actor: 'payee',
  // As many as the phases say.
  arrivals: 0,
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
    // A lower bound of the random share of those who try what has to be refused.
    'payout-refusal': 0.03,
  },
  // The request, and in one of seven a second one; five looks at it and one at the chain.
  requests: 7,
  opensWith: ['payout', 'payout-time'],
}

/** Of two that race one payout comes. */
const racer: PoolLoad = {
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
export const paymentLoad: { actors: PoolLoad[]; rates: Record<string, number> } = {
  actors: [
    payee,
    racer,
    { actor: 'payout-follower', residentsPer: { arrivalsOf: 'payee', perSecond: 0.75 } },
    { actor: 'auditor', residents: 1 },
  ],
  rates: { ...usual },
}

const common = {
  scenario: 'payments' as const,
  ...tasksOf(workSeconds),
  history: true,
  actors: (): PoolLoad[] => [worker, follower, client(0.6), ...paymentLoad.actors],
  required: ['payment.no-double', 'payment.reconciliation'],
}

const laws = ['payment.reconciliation', 'payment.no-double', 'payment.confirmation']

const faults = ['fault.bite', 'fault.heal']

const payments: PoolCase<Payments> = {
  ...common,
  id: 'cocoon/P1',
  source: 'Payment system: speed, reliability, reconciliation',
  numbers: (profile) => numbers(times[profile], 'crowd', 'crash', 'outage'),
  criteria: [
    'payment.mean',
    'payment.success',
    ...laws,
    ...faults,
    'target.payment-p95',
    'target.payments-rate',
  ],
}

const retries: PoolCase<Payments> = {
  ...common,
  id: 'cocoon/P2',
  source: 'Payment system: a crowd, retries and reused keys, without any fault',
  numbers: only('crowd'),
  criteria: ['payment.mean', ...laws, 'target.payment-p95', 'target.payments-rate'],
}

const crashed: PoolCase<Payments> = {
  ...common,
  id: 'cocoon/P3',
  source: 'Payment system: the payout service is killed in the middle of a batch',
  numbers: only('crash'),
  criteria: [...laws, ...faults],
}

const away: PoolCase<Payments> = {
  ...common,
  id: 'cocoon/P4',
  source: 'Payment system: the chain is unavailable, and loses messages',
  numbers: only('outage'),
  criteria: [...laws, ...faults],
}

export default [payments, retries, crashed, away]
