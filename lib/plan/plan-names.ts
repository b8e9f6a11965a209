// The names in a plan: each made of what such a name may be made of, and no two things of one kind with the same name.
import { namesOf, phaseKinds } from '../../verdict/criterion.ts'
import { checkCaseId, checkCriterionId, checkDistinct, checkName } from '../../verdict/names.ts'
import { bitten, healed, left } from '../drive/fault-series.ts'
import type { PhaseShape } from './phase.ts'
import type { Plan } from './plan.ts'
import { faultActor, probeName } from './plan-time.ts'
import type { Case, Load, System } from './system.ts'
import { groupsOf } from './vocabulary.ts'
import type { Vocabulary, Yields } from './vocabulary.ts'

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

/** What stands for something must be that: a misspelt name would stand for nothing, and nobody would see it. */
function checkKnown(role: string, names: readonly string[], kind: string, known: readonly string[]): void {
  for (const name of names)
    if (!known.includes(name))
      throw new Error(`${role}: "${name}" is no ${kind}; valid: ${known.join(', ') || 'none'}`)
}

function checkRoles({ observations, tallies, points, work }: Vocabulary): void {
  const check = (role: string, name: string | undefined, kind: string, known: readonly string[]): void =>
    checkKnown(role, name === undefined ? [] : [name], kind, known)
  for (const [name, { accountsFor }] of Object.entries(observations)) {
    const known = Object.keys(observations)
    check(`${name}, promised`, accountsFor?.promised, 'observation', known)
    check(`${name}, unsure`, accountsFor?.unsure, 'observation', known)
    check(`${name}, unread`, accountsFor?.unread, 'observation', known)
  }
  check('work, done', work?.done, 'tally', tallies)
  check('work, done', work?.done, 'point', points)
  check('work, in time', work?.inTime, 'tally', tallies)
  check('work, waiting', work?.waiting, 'point', points)
}

/** What a load leads to, each with the place where it says so. */
function yieldsOf(load: Load): [place: string, yields: Yields<Vocabulary>][] {
  if ('job' in load) return Object.entries(load.yields).map(([kind, own]) => [`yields of ${kind}`, own])
  if ('arrivals' in load) return [['yields', load.yields]]
  if (!('residents' in load)) return []
  return [
    ['yields of each', load.yieldsEach ?? {}],
    ['yields per second', load.yieldsPerSecond ?? {}],
  ]
}

/** Whatever a load names beside itself. */
function checkLoad(of: string, load: Load, { names }: System, arriving: string[]): void {
  const role = `${of}, ${load.actor}`
  const observed = [...Object.keys(names.steps), ...Object.keys(names.observations)]
  const judged = [...observed, ...groupsOf(names), ...names.tallies]
  for (const [place, yields] of yieldsOf(load))
    checkKnown(`${role}, ${place}`, Object.keys(yields), 'step, observation, group or tally', judged)
  if ('job' in load) checkKnown(`${role}, yields`, Object.keys(load.yields), 'kind of phase', phaseKinds)
  if ('arrivals' in load) checkKnown(`${role}, opens with`, load.opensWith, 'step or observation', observed)
  if ('residentsPer' in load)
    checkKnown(`${role}, arrivals of`, [load.residentsPer.arrivalsOf], 'actor that arrives', arriving)
}

/** Who comes, at which rates, and what must be claimed of it. */
function checkCase(definition: Case, shapes: PhaseShape[], actors: Load[], system: System): void {
  const { id: of, criteria, required, capacity } = definition
  const unknown = criteria.find((id) => !Object.hasOwn(system.criteria, id))
  if (unknown !== undefined)
    throw new Error(`${of} claims "${unknown}", which is not among its system's criteria`)
  checkKnown(`${of}, required`, required, 'criterion of the case', criteria)
  const arrivals = actors.filter((load) => 'arrivals' in load)
  const arriving = arrivals.map(({ actor }) => actor)
  for (const load of actors) checkLoad(of, load, system, arriving)
  for (const { name, rates } of shapes)
    checkKnown(`${of}, rates of phase ${name}`, Object.keys(rates), 'actor that arrives', arriving)
  const share = arrivals.find((load) => typeof load.arrivals === 'object')
  if (share !== undefined && capacity === undefined)
    throw new Error(
      `${of}, ${share.actor}: it arrives at a share of the capacity, and the case does not say what that is; give the case capacity()`,
    )
}

function checkFaults(of: string, shapes: PhaseShape[]): void {
  for (const { driver, target, settings } of shapes.flatMap(({ faults }) => faults)) {
    checkName(`${of}: fault driver`, driver)
    if (settings['kind'] !== undefined) checkName(`${of}: kind of fault`, String(settings['kind']))
    checkAll(`${of}: fault target`, `${of}: fault targets`, [target].flat())
  }
}

/** @throws Error that names what has a wrong name, stands for nothing, or the two things of one name */
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
  checkCase(definition, shapes, actors, system)
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
