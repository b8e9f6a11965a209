// The seam to k6: turns a scenario's shape into what k6 runs.
import exec from 'k6/execution'
import { systems } from '../systems/index.ts'
import type { Actors, RunData } from './actor.ts'
import { drive, makeWorld } from './drive.ts'
import type { PhaseShape } from './phase.ts'
import type { Plan } from './plan.ts'
import type { Variables } from './variables.ts'

export { hold, phase, reach } from './phase.ts'

type StartModule = typeof import('./start.ts')
type SummaryModule = typeof import('./summary.ts')
const startModule = (): StartModule => require('./start.ts') as StartModule

const actorsOf = (system: string): Actors => systems[system]!.actors().actors

/**
 * A scenario: a name, and the shape that a case's numbers give it. Destructure the result into k6's exports.
 * `plans` serves the build and the runner outside k6: all plans, or the plan for given variables.
 */
export function scenario<Numbers>(name: string, shape: (numbers: Numbers) => PhaseShape[]) {
  const shapeOf = shape as (numbers: never) => PhaseShape[]
  const inK6 = typeof __ENV !== 'undefined'
  const begun = inK6 && __VU === 0 ? startModule().start(name, shapeOf) : null
  // Only the chosen system is evaluated, and before the first iteration, because k6 makes metrics only at init.
  const actors = inK6 ? actorsOf(systemName()) : null
  return {
    options: begun?.options ?? {},
    plans: (variables?: Variables): Plan[] =>
      variables === undefined
        ? startModule().allPlans(name, shapeOf)
        : [startModule().planOf(name, shapeOf, variables)],
    setup: (): RunData => prepare(begun!.data, actors!),
    drive: (data: RunData): void => drive(data, actors!),
    teardown: (data: RunData): void => finish(data, actors!),
    handleSummary: (summary: unknown) =>
      (require('./summary.ts') as SummaryModule).summarise(begun!, summary),
  }
}

const systemName = (): string => __ENV['CASE']?.split('/')[0] || __ENV['SYSTEM'] || 'cocoon'

/** One request of each kind before any load; a target that cannot be reached ends the run here. */
function prepare(data: RunData, actors: Actors): RunData {
  const world = makeWorld(data, null, 0, 'preflight')
  const { problems, missing, reached } = actors.preflight(world)
  world.tell({ event: 'preflight', problems, missing, reached })
  if (!reached)
    exec.test.abort(`the target ${data.target.baseUrl} cannot be reached: no request got an answer`)
  for (const problem of problems) console.warn(`preflight: ${problem}`)
  return data
}

function finish(data: RunData, actors: Actors): void {
  const world = makeWorld(data, null, 0, 'teardown')
  const left = actors.leftovers(world)
  world.tell({ event: 'leftovers', left })
  for (const line of left) console.warn(`leftovers: ${line}`)
}
