// A GPU worker: joins, polls, computes, answers, leaves.
import { isRejected } from '../../lib/drive/statuses.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import { pollWaitMs, poolOf, workerOf } from './membership.ts'
import { recordWork } from './accounts.ts'
import { keyIn } from './client.ts'
import { Polls } from './watch.ts'
import type { Assignment, Membership, NewWorker, Pool } from './pool.ts'
import type { World } from './names.ts'

/** Only of the cases that break something. */
const faultActors = () => require('./late/fault-actors.ts') as typeof import('./late/fault-actors.ts')

/** A worker that was refused or failed waits this long before it asks again. */
const retrySeconds = 1

/** A worker: joins when the plan wants it, works, leaves when the plan says so or when nothing is left to do. */
export function worker(world: World): void {
  const pool = poolOf(world)
  for (let join = 0; world.now() < world.data.driveSeconds; join++) {
    if (!world.present()) {
      world.sleep(world.absentFor())
      continue
    }
    const name = `${world.data.run}-w-${world.index}.${join}`
    const { kind } = world.phase()
    const terms = workerOf(world, name)
    const member = world.send('register', pool.register(terms)).value
    if (member === null) world.sleep(retrySeconds)
    else live(world, pool, member, { ...terms, join }, joined(world, pool, kind))
  }
}

/** Where a worker came while tasks were waiting, the phase kind and the time: its first task is then due soon. */
interface Joined {
  kind: PhaseKind
  at: number
}

/** Asks only where somebody judges it: every worker is able to run every task, so any one that waits will do. */
function joined(world: World, pool: Pool, kind: PhaseKind): Joined | null {
  if (pool.stats === undefined || world.data.checks[kind]?.['first-task'] === undefined) return null
  const at = world.now()
  const view = world.send('stats', pool.stats()).value
  return view !== null && view.waiting > 0 ? { kind, at } : null
}

/** A worker that waits longer than this for its first task while others wait has been overlooked. */
const overlookedSeconds = 15

/** What the first task says, or its absence so long. True when it is settled. */
function firstTask(world: World, { kind, at }: Joined, got: boolean): boolean {
  const ms = (world.now() - at) * 1000
  if (!got && ms < overlookedSeconds * 1000) return false
  world.observe('first-task', kind, got ? null : 'no task came', { ms })
  world.measure('first-task', kind, ms)
  return true
}

const isDisturbed = (world: World): boolean => world.data.faults.length > 0

/**
 * Whether it crashed on purpose with this task in its hands; true when that is over, and the worker may come back. Not with a
 * task of which nobody could see what becomes.
 */
function crashes(world: World, assignment: Assignment, join: number): boolean {
  const key = keyIn(world, assignment)
  const crash = key === null ? null : faultActors().crashOf(world)
  if (key === null || crash === null) return false
  faultActors().vanish(world, crash, key, join)
  return true
}

/** What a worker did in phases of a kind, and how long it was there. */
interface Presence {
  kind: PhaseKind
  tasks: number
  seconds: number
}

function presenceIn(presences: Presence[], kind: PhaseKind): Presence {
  let presence = presences.find((one) => one.kind === kind)
  if (presence === undefined) presences.push((presence = { kind, tasks: 0, seconds: 0 }))
  return presence
}

/** The life of a registered worker. Allocations are counted per phase kind, with the hours it was there. */
function live(
  world: World,
  pool: Pool,
  member: Membership,
  { name, memoryMb, join }: Pick<NewWorker, 'name' | 'memoryMb'> & { join: number },
  cameWhileTasksWaited: Joined | null,
): void {
  const { driveSeconds, settleSeconds, levels } = world.data
  const disturbed = isDisturbed(world)
  let first = cameWhileTasksWaited
  const polls = new Polls(world, name, memoryMb, member)
  const presences: Presence[] = []
  let presence: Presence | null = null
  let heartbeatAt = world.now() + member.heartbeatSeconds
  for (let done = 0, before = world.now(); before < driveSeconds + settleSeconds;) {
    const draining = !world.present()
    // Told to go while others stay, here or in the process that takes over. Only when all go does somebody have to work
    // off what is left.
    if (draining && (before < driveSeconds || levels.at(-1)?.to === 0)) break
    const { kind } = world.phase()
    if (presence === null || presence.kind !== kind) presence = presenceIn(presences, kind)
    const waitMs = draining ? 1000 : Math.min(pollWaitMs, Math.max(200, (driveSeconds - before) * 1000))
    const answer = world.send('poll', pool.poll(member, Math.round(waitMs)))
    const assignment = answer.value
    if (assignment === 'none') polls.empty(answer)
    else if (assignment !== null) polls.given(answer, keyIn(world, assignment))
    if (first !== null && firstTask(world, first, assignment !== null && assignment !== 'none')) first = null
    if (assignment === null) world.sleep(retrySeconds)
    else if (assignment !== 'none') {
      presence.tasks++
      if (disturbed && crashes(world, assignment, join)) return
      work(world, pool, member, assignment, done++)
    }
    const now = world.now()
    presence.seconds += now - before
    if (draining && assignment === 'none') break
    if (now >= heartbeatAt) {
      world.send('heartbeat', pool.heartbeat(member))
      heartbeatAt = world.now() + member.heartbeatSeconds
    }
    before = world.now()
  }
  polls.end()
  if (disturbed) faultActors().findAcknowledged(world)
  world.send('leave', pool.leave(member))
  for (const one of presences) tellUnit(world, name, one)
}

const tellUnit = (world: World, unit: string, { kind, tasks, seconds }: Presence): void =>
  world.share('tasks-per-worker-hour', kind, { unit, quantity: tasks, capacity: seconds / 3600 })

/** A result that failed is sent again this often: the pool takes the same one twice. */
const resultAttempts = 4

/** Computes for a seeded time around the phase's mean, staying in touch meanwhile, and hands in the result. */
function work(world: World, pool: Pool, member: Membership, assignment: Assignment, done: number): void {
  const began = world.now()
  const until = began + world.phase().added.workSeconds * (0.5 + world.random('work', world.index, done))
  for (let left = until - began; left > 0; left = until - world.now()) {
    world.sleep(Math.min(left, member.heartbeatSeconds))
    if (until - world.now() > 0.01) world.send('heartbeat', pool.heartbeat(member))
  }
  const output = `done by ${world.index}`
  let isUnsure = false
  for (let attempt = 1; attempt <= resultAttempts; attempt++) {
    const answer = world.send('result', pool.result(member, assignment, output))
    // A definite refusal, such as a lost lease, stays what it is.
    if (answer.outcome === 'ok') {
      recordWork(world, 'ok', assignment)
      if (isDisturbed(world)) faultActors().acknowledge(world, member, assignment)
      world.tally('completed', world.phase().name, (world.now() - began) * 1000)
      return
    }
    if (isRejected(answer)) break
    isUnsure = true
    world.sleep(retrySeconds * attempt)
  }
  // What was refused in the end may have been taken before, when nobody heard the answer.
  if (isUnsure) recordWork(world, 'unknown', assignment)
}
