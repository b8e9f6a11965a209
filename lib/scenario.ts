// The seam to k6: turns a scenario's shape into what k6 runs.
import { sleep } from 'k6'
import exec from 'k6/execution'
import http from 'k6/http'
import { systems } from '../systems/index.ts'
import { beforeLoad } from '../verdict/criterion.ts'
import type { FaultVerdict } from '../verdict/verdict.ts'
import type { Actors, Preflight, RunData, World } from './drive/actor.ts'
import { writeEvent } from './drive/events.ts'
import { countVerdict } from './drive/fault-count.ts'
import { faultScenario, leadSeconds } from './drive/fault-series.ts'
import { drive } from './drive/drive.ts'
import { whyUnanswered } from './drive/record.ts'
import { makeWorld } from './drive/world.ts'
import type { PhaseShape } from './plan/phase.ts'
import type { Plan, PlannedFault } from './plan/plan.ts'
import type { Scenario } from './plan/system.ts'
import type { Variables } from './input/variables.ts'

export { hold, phase, reach } from './plan/phase.ts'

type StartModule = typeof import('./start.ts')
type Start = import('./start.ts').Start
type SummaryModule = typeof import('./summary/summary.ts')
const startModule = (): StartModule => require('./start.ts') as StartModule

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
  const begun = inK6 && __VU === 0 ? startModule().start(name, shapeOf) : null
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
      return prepare(begun!, actors(begun!.data.system))
    },
    drive: (data: RunData): void => drive(data, actors),
    disturb: async (data: RunData): Promise<void> => {
      if (faults !== undefined) await disturb(data, faults())
    },
    teardown: (data: RunData): void => finish(data, actors(data.system)),
    handleSummary: (summary: unknown) =>
      (require('./summary/summary.ts') as SummaryModule).summarise(begun!, summary),
  }
}

/** Before any load: one request of each kind, by one process of the run; then the wait for the common start. */
function prepare(begun: Start, actors: Actors): RunData {
  const { data } = begun
  if (data.preflight) preflight(begun, actors)
  if (data.startAt === null) return data
  const leftMs = data.startAt - Date.now()
  if (leftMs > 0) sleep(leftMs / 1000)
  return { ...data, late: Math.max(0, -leftMs) }
}

/** Counts the checks that were made, and tells of those that the target did not pass. */
function countChecks({ countCheck }: Start, world: World, { checks = {} }: Preflight): void {
  for (const [name, check] of Object.entries(checks)) {
    if (check.is === 'not made') continue
    countCheck(name, check.is === 'violated')
    if (check.is === 'violated') world.observe(name, beforeLoad, check.how, check.request)
  }
}

/** For whoever runs plain k6. */
const preflightWords = ({ problems, checks = {} }: Preflight): string[] => [
  ...problems,
  ...Object.entries(checks).flatMap(([name, check]) =>
    check.is === 'not made' ? [`${name} was not checked: ${check.why}`] : [],
  ),
]

/** A target that cannot be reached, or does not understand what it is asked, ends the run here. */
function preflight(begun: Start, actors: Actors): void {
  const { data, preflightResult } = begun
  const before = { ...data.rest, name: beforeLoad, kind: beforeLoad } as const
  const world = makeWorld({ ...data, rest: before }, null, 0, beforeLoad)
  const found = preflightResult(actors.preflight(world as never))
  countChecks(begun, world, found)
  const cause = found.reached ? '' : whyUnanswered()
  world.tell({ event: 'preflight', ...found, ...(cause === '' ? {} : { cause }) })
  // The runner, which has the event, says them itself.
  if (!data.record) for (const line of preflightWords(found)) console.warn(`preflight: ${line}`)
  if (!found.reached) {
    const why = `no request got an answer${cause === '' ? '' : ` (${cause})`}`
    exec.test.abort(`the target ${data.target.baseUrl} cannot be reached: ${why}`)
  }
  if (found.stopped !== undefined) exec.test.abort(`no load is sent: ${found.stopped}`)
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

/** Another process of the run may still be about to leave. */
const leavingSeconds = 40

function finish(data: RunData, actors: Actors): void {
  const world = makeWorld(data, null, 0, 'teardown')
  let left = actors.leftovers(world as never)
  // Of a run that was ended early nobody is about to leave.
  const isWhole = data.startAt !== null && Date.now() >= data.startAt + data.driveSeconds * 1000
  const until = Date.now() + (isWhole ? leavingSeconds * 1000 : 0)
  while (left.length > 0 && Date.now() < until) {
    sleep(1)
    left = actors.leftovers(world as never)
  }
  world.tell({ event: 'leftovers', left })
  for (const line of left) console.warn(`leftovers: ${line}`)
}
