// Before the load: one request of each kind, and what the target can report. After it: what was left behind.
import type { Exchange, Preflight } from '../../../lib/drive/actor.ts'
import type { ObservationName, StepName } from '../../../lib/plan/vocabulary.ts'
import { pollWaitMs, poolOf, taskMemoryMb, workerOf } from '../membership.ts'
import { recordWork } from '../accounts.ts'
import type { Assignment, Membership, Pool, TaskView } from '../pool.ts'
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

/** One request of each kind, before any load. */
export function preflight(world: World): Preflight {
  const pool = poolOf(world)
  const problems: string[] = []
  let reached = false
  const ask = <T>(step: StepName<Names>, exchange: Exchange<unknown>): T | null => {
    const answer = world.send(step, exchange)
    reached ||= answer.status !== 0
    if (answer.outcome !== 'ok')
      problems.push(
        `${step}: answered ${answer.status}, expected ${exchange.expect.join(' or ')} and the contract's fields`,
      )
    return answer.value as T | null
  }
  const name = `${world.data.run}-preflight`
  const run = world.data.run
  const member = ask<Membership>('register', pool.register(workerOf(world, name)))
  if (!reached) return { problems, missing: [], reached }
  ask(
    'submit',
    pool.submit({
      key: name,
      clientId: name,
      memoryMb: taskMemoryMb[0]!,
      priority: 10,
      prompt: name,
      run,
      maxWaitMs: null,
    }),
  )
  let given: Assignment | null = null
  if (member !== null) {
    ask('heartbeat', pool.heartbeat(member))
    const assignment = ask<Assignment | 'none'>('poll', pool.poll(member, pollWaitMs))
    if (assignment === 'none') problems.push('poll: no task came although one was waiting')
    else if (assignment !== null) {
      given = assignment
      const done = ask<true>('result', pool.result(member, assignment, name))
      recordWork(world, done === null ? 'unknown' : 'ok', assignment)
    }
    ask('leave', pool.leave(member))
  }
  const view = ask<TaskView | 'unknown'>('status', pool.status(name))
  for (const exchange of pool.dashboard()) ask('dashboard', exchange)
  if (pool.stats !== undefined) ask('stats', pool.stats())
  // Only a run that is to pay needs somebody who can.
  if (world.data.history && hasChain(world)) paymentQuestions().firstQuestions(world, ask)
  return { problems, missing: [...missing(world, pool, view), ...unseen(given, view)], reached }
}

/** Observations that this pool cannot make, by what its adapter and its task record leave out. */
function missing(world: World, pool: Pool, view: TaskView | 'unknown' | null): string[] {
  const lacks: string[] = []
  if (view !== null && view !== 'unknown') {
    if (view.acceptedAt === undefined || view.assignedAt === undefined)
      lacks.push('allocation', 'task-wait', 'able-idle')
    else if (view.ableIdleMs === undefined) lacks.push('able-idle')
    if (view.ended && view.completedAt === undefined)
      lacks.push('turnaround', 'in-time', 'acknowledged-result')
  }
  if (pool.stats === undefined) lacks.push('queue-length', 'workers-alive', 'workers-counted', 'first-task')
  if (pool.grow === undefined) lacks.push('history')
  if (pool.payments === undefined || !hasChain(world)) lacks.push(...paymentObservations)
  return lacks
}

/** What only workers that know their task's key can see, of a pool that says how often it gave a task away. */
function unseen(given: Assignment | null, view: TaskView | 'unknown' | null): string[] {
  if (given === null || view === null || view === 'unknown') return []
  if (given.prompt === undefined) return ['worker-recovery', 'acknowledged-result']
  return view.attempts === undefined ? ['worker-recovery'] : []
}

const hasChain = (world: World): boolean => world.data.target.endpoints['chain'] !== undefined

/** What this run left in the pool. */
export function leftovers(world: World): string[] {
  const pool = poolOf(world)
  if (pool.leftovers === undefined) return ['the target cannot say what a run left behind']
  const left = world.send('leftovers', pool.leftovers(world.data.run)).value
  if (left === null) return ['the target did not say what this run left behind']
  return [
    ...(left.workers > 0 ? [`${left.workers} workers of this run are still registered`] : []),
    ...(left.tasks > 0 ? [`${left.tasks} tasks of this run have not ended`] : []),
  ]
}
