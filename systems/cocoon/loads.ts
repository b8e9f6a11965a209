// What the cases of the GPU pool share: the capacity model and who takes part.
import type { PhaseShape } from '../../lib/plan/phase.ts'
import type { Yields } from '../../lib/plan/vocabulary.ts'
import type { Names, PoolLoad, PoolPhase } from './names.ts'

/** Tasks a second that any case asks of the machine at most, so that workers and not its processors are the limit. */
const mostPerSecond = 150

/** Capacity in tasks per second: five per worker, capped. */
export const capacity = (workers: number, most = mostPerSecond): number => Math.min(5 * workers, most)

/** The work of one task where the workers of any moment are to make up the capacity. */
export const workSeconds = (workers: number): number => workers / capacity(workers)

/**
 * What a case knows of its tasks: what the workers can serve, and what actors have to know of a phase.
 * @param workSecondsOf the mean time of one task's work, with so many workers of at most so many in the whole plan
 * @param patienceOf how long clients are willing to wait for a worker, in seconds, with such work; null: for ever
 */
export const tasksOf = (
  workSecondsOf: (workers: number, most: number) => number,
  patienceOf: (workSeconds: number) => number | null = () => null,
) => ({
  capacity: (workers: number, most: number): number => workers / workSecondsOf(workers, most),
  phase: (shape: PhaseShape, workers: number, most: number): PoolPhase => {
    const work = workSecondsOf(workers, most) * shape.work
    return { workSeconds: work, patienceSeconds: patienceOf(work), history: shape.history }
  },
})

/** A request is given up after this long, so an arrival holds its virtual user no longer. */
const timeOutSeconds = 10
/** Workers send a heartbeat every ten seconds, as the pool asks them to, or when a task of theirs is done after that. */
const heartbeatsPerSecond = 0.065

/** `besides`: what else each worker leads to in a second. */
export const workerWith = (besides: Yields<Names>): PoolLoad => ({
  actor: 'worker',
  residents: 'level',
  yieldsEach: { register: 1, 'first-task': 1, heartbeat: 0 },
  yieldsPerSecond: { heartbeat: heartbeatsPerSecond, ...besides },
})
export const worker = workerWith({})

export const observer: PoolLoad = {
  actor: 'observer',
  residents: 1,
  yieldsPerSecond: { stats: 1, 'workers-alive': 0.8, 'workers-counted': 0.8, 'seen-queue': 0.8 },
}

/** Each looks after so many submissions a second. */
export const follower: PoolLoad = {
  actor: 'follower',
  residentsPer: { arrivalsOf: 'client', perSecond: 0.75 },
}

/** Clients that submit a share of what the workers can serve. `looks`: status reads per task on average. */
export function client(ofCapacity: number, looks = 1.5, holdSeconds = timeOutSeconds): PoolLoad {
  return {
    actor: 'client',
    arrivals: { ofCapacity },
    work: true,
    holdSeconds,
    yields: {
      submit: 1,
      status: looks,
      result: 1,
      refusal: 0.3,
      allocation: 1,
      'task-wait': 1,
      'accepted-task': 1,
      'task-end': 1,
      'asked-again': 1,
      'able-idle': 1,
      'seen-wait': 1,
      'seen-idle': 1,
      'seen-allocation': 1,
      'told-waits': 1,
      turnaround: 1,
      'in-time': 0.9,
      completed: 1,
      'tasks-per-worker-hour': 1,
      // What residents send: the looks and the result.
      api: looks + 1,
    },
    // A submission, a poll, a result, and the looks.
    requests: looks + 3,
    opensWith: ['submit'],
  }
}

/** Workers that join and leave at once. */
export const churn: PoolLoad = {
  actor: 'churn',
  arrivals: 2,
  work: false,
  holdSeconds: 3 * timeOutSeconds,
  yields: { register: 1, heartbeat: 1 },
  requests: 3,
  opensWith: ['register'],
}

/** People who look at the dashboard. */
export const visitor: PoolLoad = {
  actor: 'visitor',
  arrivals: 2,
  work: false,
  holdSeconds: 2 * timeOutSeconds,
  yields: { dashboard: 2, 'dashboard-load': 1 },
  requests: 2,
  opensWith: ['dashboard', 'dashboard-load'],
}
