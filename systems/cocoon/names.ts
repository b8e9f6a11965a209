// Every name of the GPU pool: what its actors do, observe and measure. Read at start only; actors know its type.
import type { World as KitWorld } from '../../lib/drive/actor.ts'
import type { Case, Load, Scenario } from '../../lib/plan/system.ts'
import type { Vocabulary } from '../../lib/plan/vocabulary.ts'
import { askedAgainMost } from './late/asking-again.ts'
import { fewestSeen, fewestTold, inTime } from '../../thresholds/cocoon-rules.ts'

/** The requests that latency and error criteria judge together. A long poll is not one: it waits by design. */
const api = { groups: ['api'] } as const
/** Taken only where somebody is paid. */
const ofPayments = { history: true } as const

export const names = {
  steps: {
    register: api,
    heartbeat: api,
    submit: api,
    status: api,
    result: api,
    dashboard: api,
    poll: {},
    leave: {},
    stats: {},
    grow: { by: 'historian' },
    leftovers: {},
    pay: ofPayments,
    'payout-status': ofPayments,
    look: ofPayments,
    ledger: ofPayments,
    account: ofPayments,
  },
  observations: {
    allocation: {},
    'task-wait': {},
    'able-idle': {},
    // Of a sample of tasks, see watch.ts: no more of them are counted on.
    'seen-wait': { atMost: fewestSeen },
    'seen-idle': { atMost: fewestSeen },
    'seen-allocation': { atMost: fewestSeen },
    'seen-queue': {},
    'told-waits': { atMost: fewestTold },
    accepted: {},
    'unsure-submission': {},
    'unread-task': {},
    'accepted-task': {
      accountsFor: { promised: 'accepted', unsure: 'unsure-submission', unread: 'unread-task' },
    },
    'task-end': {},
    'asked-again': { atMost: askedAgainMost },
    refusal: {},
    'queue-length': {},
    'workers-alive': {},
    'workers-counted': {},
    'first-task': {},
    'client-session': {},
    history: {},
    'dashboard-load': {},
    'tasks-per-worker-hour': {},
    'worker-recovery': {},
    'gateway-recovery': {},
    'acknowledged-result': {},
    'accepted-payout': {},
    'unsure-payout': {},
    'unread-payout': {},
    payout: {
      accountsFor: { promised: 'accepted-payout', unsure: 'unsure-payout', unread: 'unread-payout' },
    },
    'payout-known': {
      accountsFor: { promised: 'accepted-payout', unsure: 'unsure-payout', unread: 'unread-payout' },
    },
    'payout-time': {},
    'payout-refusal': {},
    'payout-confirmation': {},
    'payout-once': {},
    'payout-row': {},
    'same-key': { check: true },
    'reused-key': { check: true },
    'wrong-token': { check: true },
    'own-record': { check: true },
    'record-times': { check: true },
    'one-worker': { check: true },
    figures: { check: true },
  },
  tallies: ['turnaround', 'in-time', 'completed'],
  points: [
    'queue-length',
    'workers-alive',
    'completed',
    'completed-at-rest',
    'history-tasks',
    'history-bytes',
    'available-nanoton',
    'pending-nanoton',
    'paid-nanoton',
    'fee-nanoton',
  ],
  work: { done: 'completed', inTime: 'in-time', withinMs: inTime, waiting: 'queue-length' },
} as const satisfies Vocabulary

export type Names = typeof names

/** What actors of the pool have to know of a phase. */
export interface PoolPhase {
  /** Mean seconds of one task's work. */
  workSeconds: number
  /** How long a client is willing to wait for a worker, in seconds; null: for ever. */
  patienceSeconds: number | null
  /** Tasks of the past that the pool is filled with at its start. */
  history: number
}

export type World = KitWorld<Names, PoolPhase>
export type PoolLoad = Load<Names>
export type PoolCase<S extends Scenario> = Case<S, Names, PoolPhase>
