// Clients submit; what becomes of it is for followers to see. They share no memory: a task's key is made from its arrival alone.
import { isUnsure } from '../../lib/drive/statuses.ts'
import { poolOf, taskMemoryMb } from './membership.ts'
import { tellSubmitted } from './watch.ts'
import type { Assignment, Pool } from './pool.ts'
import type { World } from './names.ts'

/** Priorities of tasks are 1 to this. */
const priorities = 10
/** So often a submission is sent of which nobody knows what became of it. */
const unsureAttempts = 5
/** Clients behind the open arrivals. */
const clients = 100

export const keyOf = (world: World, place: string, index: number): string =>
  `${world.data.run}-${place}-${index}`

/** The key of the task that a worker was given, where its prompt tells it: the pool need not show the prompt, nor give only our tasks. */
export const keyIn = (world: World, { prompt }: Assignment): string | null =>
  prompt?.startsWith(`${world.data.run}-`) === true ? prompt : null

/** A client submits one task. What becomes of it is a follower's business, so that no arrival waits for a completion. */
export function client(world: World): void {
  const pool = poolOf(world)
  const { data, index, place } = world
  const { kind, added } = world.phase()
  const { run } = data
  // Size and priority of one draw, which leaves them independent.
  const cell = Math.floor(world.random(`task/${place}`, index) * taskMemoryMb.length * priorities)
  const key = keyOf(world, place, index)
  const task = {
    key,
    clientId: `${run}-c-${index % clients}`,
    memoryMb: taskMemoryMb[cell % taskMemoryMb.length]!,
    priority: 1 + Math.floor(cell / taskMemoryMb.length),
    // So that whoever gets the task can look for it later.
    prompt: key,
    run,
    maxWaitMs: added.patienceSeconds === null ? null : Math.round(added.patienceSeconds * 1000),
  }
  let answer = world.send('submit', pool.submit(task))
  const { sentAt } = answer
  let isOpen = isUnsure(answer)
  // Where something is broken on purpose it has to be known what was accepted: the same key is asked for again. What is refused
  // after an attempt of which nobody knows may have been accepted by that one.
  for (let attempt = 1; isOpen && answer.value === null && attempt < attemptsOf(data); attempt++) {
    // A promise that was made to a client whom k6 has ended is in no account.
    if (!world.hasTime(attempt)) break
    world.sleep(attempt)
    answer = world.send('submit', pool.submit({ ...task, again: true }))
    isOpen ||= isUnsure(answer)
  }
  // Also of one that was sent twice: the key makes it one submission, and this is the pool's word for it.
  if (answer.value !== null) {
    world.observe('accepted', kind, null, { key })
    tellSubmitted(world, kind, task, sentAt, answer.value)
    return
  }
  // What the pool shows is there to stay. What it does not show may yet come.
  if (isOpen) world.observe(isShown(world, pool, key) ? 'accepted' : 'unsure-submission', kind, null, { key })
  // Who is not accepted is to be refused in so many words, and soon.
  const { ms, correlationId, outcome } = answer
  const neither = outcome === 'refused' ? null : 'neither accepted nor refused'
  world.observe('refusal', kind, neither, { ms, correlationId })
  world.measure('refusal', kind, ms)
}

/** Whether the pool knows the task of a submission that it did not answer. */
function isShown(world: World, pool: Pool, key: string): boolean {
  if (!world.hasTime()) return false
  const { value } = world.send('status', pool.status(key))
  return value !== null && value !== 'unknown'
}

const attemptsOf = ({ faults }: World['data']): number => (faults.length > 0 ? unsureAttempts : 1)
