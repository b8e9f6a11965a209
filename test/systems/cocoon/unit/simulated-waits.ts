// A pool with clients, workers and followers, simulated as far as waits go: what its actors would tell of it, whatever it does
// with tasks, says of them, and makes of its answers. Times are ms.
import { randomOf } from '../../../../lib/plan/random.ts'
import type { Shown, WaitEntry } from '../../../../verdict/oracles/waits/history.ts'

export interface SimulatedPool {
  /** For how long a task is kept from everybody. */
  holdsMs?: (index: number) => number
  /** What a record says in place of the truth. */
  says?: (truth: Shown, index: number) => Shown
  /** By how much an answer of this number is late. */
  lateMs?: (of: 'submit' | 'poll', index: number) => number
  /** How long a task takes its worker. */
  workMs?: number
}

/** Any of the workers can do any of the tasks, and all are watched. An answer is under way for one or two ms. */
const [workers, perSecond, seconds] = [10, 20, 20]
const t0 = 1_700_000_000_000

interface Worker {
  id: string
  /** It hangs in polls from then on, until it is given a task. */
  since: number
}

/** A task that was given away, and the stretch in polls of the worker that got it. */
interface Given {
  index: number
  submittedAt: number
  acceptedAt: number
  /** When the client knew. */
  toldAt: number
  assignedAt: number
  answeredAt: number
  worker: string
  since: number
}

const wayMs = (purpose: string, index: number): number => 1 + Math.round(randomOf(7, purpose, [index]))

/** Each task goes to the worker that has hung in polls the longest. */
function allocated({ holdsMs = () => 0, lateMs = () => 0, workMs = 60 }: SimulatedPool): Given[] {
  const all = Array.from({ length: workers }, (_, index): Worker => ({ id: `worker-${index}`, since: t0 }))
  const tasks = Array.from({ length: perSecond * seconds }, (_, index) => {
    const submittedAt = t0 + 1000 + (index * 1000) / perSecond
    const acceptedAt = submittedAt + wayMs('submit', index)
    const toldAt = acceptedAt + wayMs('answer', index) + lateMs('submit', index)
    return { index, submittedAt, acceptedAt, toldAt, readyAt: acceptedAt + holdsMs(index) }
  })
  tasks.sort((one, other) => one.readyAt - other.readyAt)
  return tasks.map(({ readyAt, ...task }): Given => {
    const { index } = task
    const worker = all.reduce((longest, each) => (each.since < longest.since ? each : longest))
    const { id, since } = worker
    const assignedAt = Math.max(readyAt, since) + 1
    const answeredAt = assignedAt + wayMs('poll', index) + lateMs('poll', index)
    worker.since = answeredAt + workMs
    return { ...task, assignedAt, answeredAt, worker: id, since }
  })
}

/** For how long tasks really waited since their clients knew that they were accepted. */
export const waitsIn = (pool: SimulatedPool): number[] =>
  allocated(pool).map(({ toldAt, assignedAt }) => Math.max(0, assignedAt - toldAt))

/** For how long of a task's wait at least one worker hung in polls. */
function idleMs({ acceptedAt, assignedAt }: Given, all: Given[]): number {
  const spans = all
    .map(
      ({ since, assignedAt: until }) => [Math.max(since, acceptedAt), Math.min(until, assignedAt)] as const,
    )
    .filter(([from, until]) => from < until)
    .sort(([one], [other]) => one - other)
  let [sum, end] = [0, acceptedAt]
  for (const [from, until] of spans) {
    sum += Math.max(0, until - Math.max(from, end))
    end = Math.max(end, until)
  }
  return sum
}

/** What actors tell. */
export function toldOf(pool: SimulatedPool): WaitEntry[] {
  const { says = (truth: Shown) => truth } = pool
  const all = allocated(pool)
  const entries = all.flatMap((given): WaitEntry[] => {
    const { index, submittedAt, acceptedAt, toldAt, assignedAt, answeredAt, worker, since } = given
    const key = `run-client_calm-${index}`
    const shown: Shown = {
      type: 'shown',
      key,
      acceptedAt,
      assignedAt,
      ableIdleMs: idleMs(given, all),
      attempts: 1,
      doneBy: worker,
    }
    return [
      {
        type: 'submitted',
        key,
        kind: 'normal',
        size: 1,
        sentAt: submittedAt,
        answeredAt: toldAt,
        acceptedAt,
        plannedMs: 0,
      },
      {
        type: 'given',
        key,
        workerId: worker,
        leaseMs: 30_000,
        begunAt: since,
        answeredAt,
        correlationId: key,
      },
      { type: 'polled', worker, begunAt: since, answeredAt },
      says(shown, index),
    ]
  })
  const end = t0 + 1000 * (seconds + 30)
  const ids = new Set(all.map(({ worker }) => worker))
  for (const worker of ids) entries.push({ type: 'present', worker, size: 1, from: t0, until: end })
  return entries
}
