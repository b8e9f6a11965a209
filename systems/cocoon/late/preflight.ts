// Before the load: one request of each kind, and what the target can report. After it: what was left behind.
import type { Preflight } from '../../../lib/drive/actor.ts'
import { firstRequests, type RestsOn } from '../../../lib/drive/first-requests.ts'
import type { ObservationName, TallyName } from '../../../lib/plan/vocabulary.ts'
import { pollWaitMs, poolOf, taskMemoryMb, workerOf } from '../membership.ts'
import { recordWork } from '../accounts.ts'
import { Checks } from './checks.ts'
import { countAtRest } from './figures-check.ts'
import type { Assignment, Membership, NewTask, Pool, TaskView } from '../pool.ts'
import type { Names, World } from '../names.ts'

/** Only of the cases in which somebody is paid. */
const paymentQuestions = () => require('./payment-questions.ts') as typeof import('./payment-questions.ts')

/** What only a target that pays, and whose chain can be asked, lets us observe. */
const paymentObservations: ObservationName<Names>[] = [
  'payout',
  'payout-known',
  'payout-time',
  'payout-refusal',
  'payout-confirmation',
  'payout-once',
  'payout-row',
]

/** What the oracle of waits puts together. */
const seen = ['seen-wait', 'seen-idle', 'seen-allocation', 'seen-queue', 'told-waits'] as const

/** What becomes of a task, which nobody sees where tasks are not taken in, given out, answered or shown. */
const ofTasks = [
  'allocation',
  'task-wait',
  'able-idle',
  ...seen,
  'accepted',
  'accepted-task',
  'task-end',
  'asked-again',
  'refusal',
  'first-task',
  'turnaround',
  'in-time',
  'completed',
  'tasks-per-worker-hour',
  'worker-recovery',
  'acknowledged-result',
] as const satisfies (ObservationName<Names> | TallyName<Names>)[]
/** What is held against times that workers see; allocation is not believed without. */
const ofWaits = ['allocation', 'able-idle', ...seen] as const

const restsOn: RestsOn<Names> = {
  register: ofTasks,
  submit: ofTasks,
  heartbeat: ofTasks,
  poll: ofTasks,
  result: ofTasks,
  status: ofTasks,
  dashboard: ['dashboard-load', 'client-session'],
  stats: ['queue-length', 'workers-alive', 'workers-counted', 'first-task'],
  grow: ['history'],
  ledger: paymentObservations,
  look: paymentObservations,
}

const taskOf = ({ data: { run } }: World, name: string): NewTask => ({
  key: name,
  clientId: name,
  memoryMb: taskMemoryMb[0]!,
  priority: 10,
  prompt: name,
  run,
  maxWaitMs: null,
})

/** One request of each kind, before any load, with the checks of what the pool promises of them. */
export function preflight(world: World): Preflight {
  const pool = poolOf(world)
  const requests = firstRequests<Names>(world, restsOn)
  const { ask, found } = requests
  const name = `${world.data.run}-preflight`
  const member = ask<Membership>('register', pool.register(workerOf(world, name)))
  if (!found().reached) return found()
  const task = taskOf(world, name)
  const checks = world.data.withChecks ? new Checks(world, pool, requests, task) : null
  if (checks === null) ask('submit', pool.submit(task))
  else checks.submit((exchange) => ask('submit', exchange))
  checks?.ofSubmission()
  let given: Assignment | 'none' | null = null
  let taken = false
  if (member !== null) {
    ask('heartbeat', pool.heartbeat(member))
    const polledAt = Date.now()
    given = ask<Assignment | 'none'>('poll', pool.poll(member, pollWaitMs))
    if (given !== null && given !== 'none') {
      const other = checks?.whileHeld(member, given, polledAt) ?? null
      const result = pool.result(member, given, name)
      // Of two workers with one task nobody knows whose it is.
      const done =
        other === null
          ? ask<true>('result', result)
          : (requests.probe('result', result).value ??
            ask<true>('result', pool.result(other.member, other.given, name)))
      taken = done !== null
      recordWork(world, taken ? 'ok' : 'unknown', given)
    }
    checks?.ofRecords(member, taken)
    ask('leave', pool.leave(member))
  }
  const view = ask<TaskView | 'unknown'>('status', pool.status(name))
  for (const exchange of pool.dashboard()) ask('dashboard', exchange)
  if (pool.stats !== undefined) ask('stats', pool.stats())
  // The smallest history there is, only of a run that is to fill the pool with more.
  if (pool.grow !== undefined && world.data.phases.some(({ added }) => added.history > 0))
    ask('grow', pool.grow(1))
  // Only a run that is to pay needs somebody who can.
  if (world.data.history && hasChain(world)) paymentQuestions().firstQuestions(world, ask)
  const { problems, ...others } = found([...missing(world, pool, view), ...unseen(name, given, view)])
  const noTask = given === 'none' ? ['poll: no task came although one was waiting'] : []
  return { ...others, problems: [...problems, ...noTask] }
}

/** Observations that this pool cannot make, by what its adapter and its task record leave out. */
function missing(world: World, pool: Pool, view: TaskView | 'unknown' | null): string[] {
  const lacks: string[] = []
  if (view !== null && view !== 'unknown') {
    if (view.acceptedAt === undefined || view.assignedAt === undefined)
      lacks.push('allocation', 'task-wait', 'able-idle', ...seen)
    else if (view.ableIdleMs === undefined) lacks.push('able-idle')
    if (view.ended && view.completedAt === undefined)
      lacks.push('turnaround', 'in-time', 'acknowledged-result')
  }
  if (pool.stats === undefined)
    lacks.push('queue-length', 'seen-queue', 'workers-alive', 'workers-counted', 'first-task')
  if (pool.grow === undefined) lacks.push('history')
  if (pool.payments === undefined || !hasChain(world)) lacks.push(...paymentObservations)
  return lacks
}

/** What only workers that know their task's key can see, of a pool that says how often it gave a task away. */
function unseen(key: string, given: Assignment | 'none' | null, view: TaskView | 'unknown' | null): string[] {
  if (given === null || given === 'none' || view === null || view === 'unknown') return []
  // It may leave the prompt out, or show another text than ours.
  if (given.prompt !== key) return ['worker-recovery', 'acknowledged-result', ...ofWaits]
  return view.attempts === undefined ? ['worker-recovery'] : []
}

const hasChain = (world: World): boolean => world.data.target.endpoints['chain'] !== undefined

/** What this run left in the pool. */
export function leftovers(world: World): string[] {
  const pool = poolOf(world)
  countAtRest(world, pool)
  if (pool.leftovers === undefined) return ['the target cannot say what a run left behind']
  const left = world.send('leftovers', pool.leftovers(world.data.run)).value
  if (left === null) return ['the target did not say what this run left behind']
  return [
    ...(left.workers > 0 ? [`${left.workers} workers of this run are still registered`] : []),
    ...(left.tasks > 0 ? [`${left.tasks} tasks of this run have not ended`] : []),
  ]
}
