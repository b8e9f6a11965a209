// The names in a plan: each made of what such a name may be made of, and no two things of one kind with the same name.
import { namesOf } from '../verdict/criterion.ts'
import { checkCaseId, checkCriterionId, checkDistinct, checkName } from '../verdict/names.ts'
import { bitten, healed, left } from './fault-series.ts'
import type { PhaseShape } from './phase.ts'
import { faultActor, probeName } from './plan-time.ts'
import type { ActorLoad, CaseDefinition, SystemCases } from './system.ts'
import { allSteps, rowTallies } from './tally.ts'

/** What the kit keeps beside the names of a system. */
const reserved = {
  // The last three are not actors' places, but virtual users with a world of their own.
  actor: [probeName, faultActor, 'preflight', 'teardown', 'leftovers'],
  step: [allSteps, ...rowTallies],
  observation: [bitten, healed, left] as string[],
}

function checkAll(what: string, plural: string, names: readonly string[], taken: string[] = []): void {
  for (const name of names) {
    checkName(what, name)
    if (taken.includes(name))
      throw new Error(`${what} "${name}": the kit itself uses this name; give another`)
  }
  checkDistinct(plural, names)
}

function checkSystem(name: string, system: SystemCases): void {
  checkName('system', name)
  const steps = [...system.apiSteps, ...system.otherSteps, ...system.historySteps]
  checkAll('step', 'steps', steps, reserved.step)
  checkAll('observation', 'observations', system.observations, reserved.observation)
  checkDistinct('steps and observations', [...steps, ...system.observations])
  checkAll('tally', 'tallies', system.tallies)
  const ids = Object.values(system.cases).flatMap((cases) => cases.map(({ id }) => id))
  for (const id of ids) checkCaseId(id, name)
  checkDistinct('cases', ids)
  for (const [id, { rules }] of Object.entries(system.criteria)) {
    checkCriterionId(id)
    for (const rule of rules) {
      // What is named twice would be counted twice.
      checkDistinct(`criterion ${id}: the names`, namesOf(rule))
      if ('in' in rule) checkDistinct(`criterion ${id}: the kinds of phases`, rule.in)
    }
  }
}

function checkFaults(of: string, shapes: PhaseShape[]): void {
  for (const { driver, target, settings } of shapes.flatMap(({ faults }) => faults)) {
    checkName(`${of}: fault driver`, driver)
    if (settings['kind'] !== undefined) checkName(`${of}: kind of fault`, String(settings['kind']))
    checkAll(`${of}: fault target`, `${of}: fault targets`, [target].flat())
  }
}

/** @throws Error that names what has a wrong name, or the two things of one name */
export function checkPlanNames(
  {
    systemName,
    system,
    definition,
    shapes,
  }: {
    systemName: string
    system: SystemCases
    definition: CaseDefinition
    shapes: PhaseShape[]
  },
  actors: ActorLoad[],
): void {
  const of = definition.id
  checkSystem(systemName, system)
  checkAll(
    `${of}: phase`,
    `${of}: phases`,
    shapes.map(({ name }) => name),
  )
  checkAll(
    `${of}: actor`,
    `${of}: actors`,
    actors.map(({ actor }) => actor),
    reserved.actor,
  )
  checkDistinct(`${of}: criteria`, definition.criteria)
  checkFaults(of, shapes)
}
