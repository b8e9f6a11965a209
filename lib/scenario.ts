// The seam to k6: turns a scenario's shape into what k6 runs.
import { sleep } from 'k6'
import exec from 'k6/execution'
import http from 'k6/http'
import { Counter, Rate } from 'k6/metrics'
import { defaultSystem } from '../systems/default.ts'
import { systems } from '../systems/index.ts'
import type { FaultVerdict } from '../verdict/verdict.ts'
import type { Actors, RunData } from './drive/actor.ts'
import { writeEvent } from './drive/events.ts'
import { countVerdict } from './drive/fault-count.ts'
import { faultScenario, leadSeconds } from './drive/fault-series.ts'
import { drive } from './drive/drive.ts'
import { whyUnanswered } from './drive/record.ts'
import { share } from './drive/shared-data.ts'
import { makeWorld } from './drive/world.ts'
import type { PhaseShape } from './plan/phase.ts'
import type { Plan, PlannedFault } from './plan/plan.ts'
import type { Scenario } from './plan/system.ts'
import { systemNamed } from './input/system-named.ts'
import type { Variables } from './input/variables.ts'

export { hold, phase, reach } from './plan/phase.ts'

type StartModule = typeof import('./start.ts')
type SummaryModule = typeof import('./summary/summary.ts')
const startModule = (): StartModule => require('./start.ts') as StartModule
type FirstUser = typeof import('./drive/first-user.ts')
const firstUser = (): FirstUser => require('./drive/first-user.ts') as FirstUser
/** What the first virtual user has in common with all others. */
const shared = () => ({ makeWorld, whyUnanswered, sleep, abort: (why: string) => exec.test.abort(why) })

/**
 * A scenario: its name, and the shape that a case's numbers give it. Its file declares both as a type. Destructure the result into k6's exports.
 * `faults` brings what k6 can break by itself. `plans` serves the build and the runner outside k6: all plans, or the plan for given variables.
 */
export function scenario<S extends Scenario>(
  name: S['name'],
  shape: (numbers: S['numbers']) => PhaseShape[],
  faults?: () => FaultsModule,
) {
  const shapeOf = shape as (numbers: never) => PhaseShape[]
  const inK6 = typeof __ENV !== 'undefined'
  const begun = inK6 && __VU === 0 ? startModule().start(name, shapeOf, { Counter, Rate }) : null
  if (inK6) shareData()
  // Only the chosen system is evaluated, and only by who needs it: a virtual user that is kept in reserve may never do.
  let known: Actors | undefined
  const actors = (system: string): Actors => (known ??= systems[system]!.actors())
  begun?.checkActors(actors(begun.data.system).actors)
  // Its extension, too, can be had only now.
  if (inK6 && __ENV['DISRUPT'] === '1') faults?.()
  return {
    options: begun?.options ?? {},
    plans: (variables?: Variables): Plan[] =>
      variables === undefined
        ? startModule().allPlans(name, shapeOf)
        : [startModule().planOf(name, shapeOf, variables)],
    setup: (): RunData => {
      begun!.checkCredentials()
      return firstUser().prepare(begun!, actors(begun!.data.system), shared())
    },
    drive: (data: RunData): void => drive(data, actors),
    disturb: async (data: RunData): Promise<void> => {
      if (faults !== undefined) await disturb(data, faults())
    },
    teardown: (data: RunData): void => firstUser().finish(data, actors(data.system), shared()),
    handleSummary: (summary: unknown) =>
      (require('./summary/summary.ts') as SummaryModule).summarise(begun!, summary),
  }
}

/** Lets the virtual users of the chosen system have what they share. */
function shareData(): void {
  const { CASE, SYSTEM } = __ENV
  const { data } = systems[systemNamed({ CASE, SYSTEM }) ?? defaultSystem] ?? {}
  if (data !== undefined) share(data().shared)
}

/** What faults/in-k6.ts offers; faults import from here, and not the other way round. */
interface FaultsModule {
  /** Null from a virtual user that only helps another one, which tells what became of the fault. */
  disturb: (
    fault: PlannedFault,
    around: {
      k6: { http: typeof http; sleep: typeof sleep }
      faults: PlannedFault[]
      target: RunData['target']
      /** Which of the virtual users that share this fault it is. */
      role: number
      /** Seconds until the fault is due. */
      dueIn: () => number
      say: (line: string) => void
    },
  ) => Promise<FaultVerdict | null>
}

/** One fault of the plan, in a virtual user of its own; the scenario's name says which. */
async function disturb(data: RunData, faults: FaultsModule): Promise<void> {
  const { name, startTime, iterationInTest } = exec.scenario
  const index = data.faults.findIndex((_, place) => faultScenario(place) === name)
  const fault = data.faults[index]
  if (fault === undefined) return
  const dueAt = startTime + 1000 * leadSeconds(fault)
  const verdict = await faults.disturb(fault, {
    k6: { http, sleep },
    faults: data.faults,
    target: data.target,
    role: iterationInTest,
    dueIn: () => (dueAt - Date.now()) / 1000,
    say: (line) => console.warn(line),
  })
  if (verdict === null) return
  countVerdict(verdict, index)
  if (data.record) writeEvent({ event: 'fault', verdict })
}
