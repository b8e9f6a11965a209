// What the contract says of waiting can be kept: in the cases' own plans a queue in which waiting counts beside priority leaves
// nobody waiting for too long, and one of strict priority does. Both are simulated, with the plan's arrivals and its workers.
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../../../lib/plan/plan.ts'
import { arrivalsOf, arrivalTime, levelAt } from '../../../../lib/plan/plan-time.ts'
import { allPlans, readManifest } from '../../../../scripts/run/plans.ts'
import type { PoolPhase } from '../../../../systems/cocoon/names.ts'
import { secondsPerPriority } from '../../../../testbed/cocoon/submissions.ts'
import { seededRandom } from '../../../../testbed/service/random.ts'

/** Times are seconds after T0. */
interface Task {
  at: number
  priority: number
  seconds: number
  phase: Plan['phases'][number]
}
/** The place of a task in the queue; the least comes first. */
type Place = (task: Task) => number

const asReference: Place = ({ at, priority }) => at - priority * secondsPerPriority
const inOrder: Place = ({ at }) => at
/** Before all less urgent ones, however long they have waited. */
const strict: Place = ({ at, priority }) => at - priority * 1e6

/** The tasks of a plan, as clients submit them: of any priority, each with half to one and a half of its phase's work. */
function tasksOf({ segments, phases }: Plan): Task[] {
  const random = seededRandom(1)
  return segments
    .filter(({ work }) => work)
    .flatMap((segment) => {
      const phase = phases.find(({ name }) => name === segment.phase)!
      return Array.from({ length: arrivalsOf(segment) }, (_, index) => ({
        at: segment.start + arrivalTime(segment, index),
        priority: 1 + Math.floor(random() * 10),
        seconds: (phase.added as PoolPhase).workSeconds * (0.5 + random()),
        phase,
      }))
    })
    .toSorted((one, other) => one.at - other.at)
}

/** By how many seconds the task that waits longest waits less than its limit; under 0 it waits too long. */
function leastLeft(plan: Plan, place: Place): number {
  const stepSeconds = 0.02
  const coming = tasksOf(plan)
  const queue: Task[] = []
  let busyUntil: number[] = []
  let left = Infinity
  for (let now = 0; coming.length + queue.length > 0; now += stepSeconds) {
    while (coming.length > 0 && coming[0]!.at <= now) queue.push(coming.shift()!)
    busyUntil = busyUntil.filter((until) => until > now)
    const workers = Math.max(
      1,
      Math.floor(levelAt(plan.levels, Math.min(now, plan.driveSeconds - stepSeconds))),
    )
    queue.sort((one, other) => place(one) - place(other))
    for (const { at, seconds, phase } of queue.splice(0, Math.max(0, workers - busyUntil.length))) {
      busyUntil.push(now + seconds)
      const limit = 30 + phase.queueSeconds
      if (['normal', 'burst', 'peak'].includes(phase.kind)) left = Math.min(left, limit - (now - at))
    }
  }
  return left
}

const planOf = (id: string, profile: string) =>
  allPlans(readManifest()).find((plan) => plan.case === id && plan.profile === profile)!

const plans = [
  ['cocoon/S1', 'smoke'],
  ['cocoon/S1', 'kill'],
  ['cocoon/S3', 'smoke'],
  ['cocoon/S4', 'smoke'],
] as const

describe('nobody waits too long', () => {
  test.each(plans)('in %s at %s, in the order of the reference pool', (id, profile) =>
    expect(leastLeft(planOf(id, profile), asReference)).toBeGreaterThan(5),
  )

  test.each(plans)('in %s at %s, in the order of acceptance', (id, profile) =>
    expect(leastLeft(planOf(id, profile), inOrder)).toBeGreaterThan(5),
  )
})

test('strict priority lets the least urgent tasks of a surge wait too long, which the contract says', () => {
  expect(leastLeft(planOf('cocoon/S1', 'smoke'), strict)).toBeLessThan(0)
})
