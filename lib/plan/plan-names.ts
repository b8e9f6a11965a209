// The names in a plan: each made of what such a name may be made of, and no two things of one kind with the same name.
import { namesOf } from '../../verdict/criterion.ts'
import { checkCaseId, checkCriterionId, checkDistinct, checkName } from '../../verdict/names.ts'
import { bitten, healed, left } from '../drive/fault-series.ts'
import type { PhaseShape } from './phase.ts'
import type { Plan } from './plan.ts'
import { faultActor, probeName } from './plan-time.ts'
import type { Case, Load, System } from './system.ts'
import { groupsOf } from './vocabulary.ts'
import type { Vocabulary } from './vocabulary.ts'

/** What the kit keeps beside the names of a system. */
const reserved = {
  // Virtual users that are no actors: the generator's probe, those that do faults, and those of before and after the load.
  actor: [probeName, faultActor, 'preflight', 'teardown', 'leftovers'],
  observation: [bitten, healed, left] as string[],
  // Groups are tags of requests, beside those of the kit and those of k6.
  group: [
    'actor',
    'check',
    'error',
    'fault',
    'group',
    'ip',
    'iter',
    'kind',
    'method',
    'name',
    'of',
    'phase',
    'proto',
    'rule',
    'scenario',
    'service',
    'status',
    'step',
    'subproto',
    'target',
    'url',
    'vu',
  ],
}

function checkAll(what: string, plural: string, names: readonly string[], taken: string[] = []): void {
  for (const name of names) {
    checkName(what, name)
    if (taken.includes(name))
      throw new Error(`${what} "${name}": the kit itself uses this name; give another`)
  }
  checkDistinct(plural, names)
}

function checkSystem(name: string, { names, cases, criteria }: System): void {
  checkName('system', name)
  const { steps, observations, tallies, points } = names
  const groups = groupsOf(names)
  checkAll('step', 'steps', Object.keys(steps))
  checkAll('group', 'groups', groups, reserved.group)
  checkAll('observation', 'observations', Object.keys(observations), reserved.observation)
  checkAll('tally', 'tallies', tallies)
  checkAll('point', 'points', points)
  checkDistinct('steps, groups, observations and tallies', [
    ...Object.keys(steps),
    ...groups,
    ...Object.keys(observations),
    ...tallies,
  ])
  checkRoles(names)
  const ids = cases.map(({ id }) => id)
  for (const id of ids) checkCaseId(id, name)
  checkDistinct('cases', ids)
  for (const [id, { rules }] of Object.entries(criteria)) {
    checkCriterionId(id)
    for (const rule of rules) {
      // What is named twice would be counted twice.
      checkDistinct(`criterion ${id}: the names`, namesOf(rule))
      if ('in' in rule) checkDistinct(`criterion ${id}: the kinds of phases`, rule.in)
    }
  }
}

/** Names that stand for something must be declared as well: a misspelt one would count nothing, and nobody would see it. */
function checkRoles({ observations, tallies, points, work }: Vocabulary): void {
  const check = (role: string, name: string | undefined, kind: string, known: readonly string[]): void => {
    if (name !== undefined && !known.includes(name))
      throw new Error(`${role}: "${name}" is no ${kind}; valid: ${known.join(', ') || 'none'}`)
  }
  for (const [name, { accountsFor }] of Object.entries(observations)) {
    const known = Object.keys(observations)
    check(`${name}, promised`, accountsFor?.promised, 'observation', known)
    check(`${name}, unsure`, accountsFor?.unsure, 'observation', known)
  }
  check('work, done', work?.done, 'tally', tallies)
  check('work, done', work?.done, 'point', points)
  check('work, in time', work?.inTime, 'tally', tallies)
  check('work, waiting', work?.waiting, 'point', points)
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
    system: System
    definition: Case
    shapes: PhaseShape[]
  },
  actors: Load[],
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

/** @param known the system's actors by name @throws Error that names an actor of the plan which is not among them */
export function checkActors(
  { case: id, residents, segments, jobs }: Pick<Plan, 'case' | 'residents' | 'segments' | 'jobs'>,
  known: Record<string, unknown>,
): void {
  const wanted = [...[...residents, ...segments].map(({ actor }) => actor), ...jobs]
  const unknown = wanted.filter((actor) => !Object.hasOwn(known, actor))
  if (unknown.length > 0)
    throw new Error(
      `${id} wants the unknown actor "${[...new Set(unknown)].join(', ')}"; valid: ${Object.keys(known).join(', ')}`,
    )
}
