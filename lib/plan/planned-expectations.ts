// What the source of a case expects to see, as its plan has it. A figure that nobody could ever measure, or a range that holds
// nothing, is an error of whoever wrote it.
import type { RunData } from '../drive/actor.ts'
import { phaseKinds } from '../../verdict/criterion.ts'
import type { Clock } from '../../verdict/evidence.ts'
import { keptPercentiles } from '../../verdict/expectation.ts'
import type { Expectation, ExpectedRow, Measure } from '../../verdict/expectation.ts'
import { checkCriterionId, checkDistinct } from '../../verdict/names.ts'
import type { Plan } from './plan.ts'
import type { Case, System } from './system.ts'
import { groupsOf, membersOf } from './vocabulary.ts'

interface Given {
  systemName: string
  system: System
  definition: Case
  clock: Clock
}

/**
 * The expectations of the case, by id with the system's prefix, with the steps of each group; nothing where it has none.
 * @throws Error that names the expectation and its row, and what is wrong with it
 */
export function plannedExpectations(given: Given): { expectations?: Record<string, Expectation> } {
  const { systemName, system, definition } = given
  const { expectations: own = [] } = definition
  const { expectations: all = {} } = system
  for (const id of Object.keys(all)) checkCriterionId(id)
  checkDistinct(`${definition.id}: expectations`, own)
  if (own.length === 0) return {}
  const planned = own.map((id): [string, Expectation] => {
    if (!Object.hasOwn(all, id))
      throw new Error(
        `${definition.id} names the expectation "${id}", which is not among its system's; valid: ${listed(Object.keys(all))}`,
      )
    return [`${systemName}.${id}`, plannedOf(id, all[id]!, given)]
  })
  return { expectations: Object.fromEntries(planned) }
}

const listed = (names: readonly string[]): string => names.join(', ') || 'none'

function plannedOf(id: string, { rows, ...expectation }: Expectation, given: Given): Expectation {
  const { level } = expectation
  if (level !== undefined && !(level > 0 && level < Infinity))
    throw new Error(`expectation ${id}: its level is ${level}; give a number over 0, or none`)
  if (rows.length === 0) throw new Error(`expectation ${id} has no rows; give it one, or leave it out`)
  checkDistinct(
    `expectation ${id}: rows`,
    rows.map(({ text }) => text),
  )
  return {
    ...expectation,
    rows: rows.map((row) => {
      const where = `expectation ${id}, "${row.text}"`
      checkRange(where, row)
      checkMeasure(where, row.measure, given)
      return { ...row, measure: withPlanned(row.measure, given) }
    }),
  }
}

function checkRange(where: string, { from, to, better }: ExpectedRow): void {
  const ends = [from, to].filter((end) => end !== undefined)
  if (ends.length === 0 || !ends.every(Number.isFinite) || (from ?? -Infinity) > (to ?? Infinity))
    throw new Error(
      `${where}: no value is in its range, from ${from ?? 'none'} to ${to ?? 'none'}; give at least one end, and the lower one as from`,
    )
  const end = { less: to, more: from }
  if (better !== undefined && end[better] === undefined)
    throw new Error(
      `${where}: nothing could miss it, as ${better} is better and that side is open; give ${better === 'less' ? 'to' : 'from'}`,
    )
}

/** What only real services and real requests have, in real time. */
const ofRealTime: Measure['figure'][] = ['rate', 'percentile', 'processors', 'memory', 'network']

function checkMeasure(where: string, measure: Measure, given: Given): void {
  const { names } = given.system
  if (given.clock === 'virtual' && ofRealTime.includes(measure.figure))
    throw new Error(`${where}: its ${measure.figure} is of real time, and the load of this case is simulated`)
  const check = (kind: string, name: string, known: readonly string[]): void => {
    if (!known.includes(name)) throw new Error(`${where}: "${name}" is no ${kind}; valid: ${listed(known)}`)
  }
  if ('in' in measure) {
    for (const kind of measure.in) check('kind of phase', kind, phaseKinds)
    if (measure.in.length === 0) throw new Error(`${where}: it names no kind of phase; give one`)
  }
  switch (measure.figure) {
    case 'rate':
      return check('group', measure.of, groupsOf(names))
    case 'percentile':
      check('step or group', measure.of, [...Object.keys(names.steps), ...groupsOf(names)])
      return check('percentile that is kept', String(measure.p), keptPercentiles.map(String))
    case 'good':
      return checkGood(where, measure, given)
    case 'risen':
      check('point', measure.of, names.points)
      return check('point', measure.whole, names.points)
    case 'observed':
      return check('observation', measure.of, Object.keys(names.observations))
    case 'told':
      return check('point', measure.of, names.points)
    case 'processors':
    case 'memory':
    case 'network':
      return
  }
}

function checkGood(
  where: string,
  { of, criterion }: Extract<Measure, { figure: 'good' }>,
  { system, definition }: Given,
): void {
  if (!Object.hasOwn(system.criteria, criterion) || !definition.criteria.includes(criterion))
    throw new Error(
      `${where}: "${criterion}" is no criterion of ${definition.id}; valid: ${listed(definition.criteria)}`,
    )
  const judged = system.criteria[criterion]!.rules.flatMap((rule) => (rule.judge === 'share' ? rule.of : []))
  if (!judged.includes(of))
    throw new Error(`${where}: ${criterion} judges no share of "${of}"; valid: ${listed(judged)}`)
}

/** With what only the plan knows: the steps that a name stands for, and the whole id of a criterion. */
function withPlanned(measure: Measure, { systemName, system }: Given): Measure {
  switch (measure.figure) {
    case 'rate':
    case 'percentile':
      return { ...measure, steps: membersOf(system.names, [measure.of]) }
    case 'good':
      return { ...measure, criterion: `${systemName}.${measure.criterion}` }
    default:
      return measure
  }
}

/** Observations of which the source expects a value; left out where there are none. */
export function toldValuesOf({ expectations = {} }: Pick<Plan, 'expectations'>): Pick<RunData, 'toldValues'> {
  const names = Object.values(expectations).flatMap(({ rows }) =>
    rows.flatMap(({ measure }) => (measure.figure === 'observed' ? [measure.of] : [])),
  )
  return names.length === 0 ? {} : { toldValues: [...new Set(names)] }
}
