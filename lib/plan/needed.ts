// How many samples a rule needs, where that hangs on the load.
import { samplesWithoutBad, type Rule } from '../../verdict/criterion.ts'
import type { System } from './system.ts'
import { membersOf } from './vocabulary.ts'
import { yieldsIn, type PlannedLoad } from './yields.ts'

/** The one-sided normal quantile behind every bound. */
export const deviations = 1.645

/** Events that a rate must bring in so many seconds for its lower bound to clear the limit. */
export function neededFor(least: number, seconds: number): number {
  const limit = least * seconds
  return Math.ceil(limit + deviations * Math.sqrt(limit) + deviations ** 2)
}

/** Samples in all with which even the phase that brings the fewest can be decided, where each has to be. */
export function neededInEach(
  { of, limit, eachStep, in: kinds }: Extract<Rule, { judge: 'share' }>,
  load: PlannedLoad & { system: System },
): number {
  const needed = samplesWithoutBad(limit)
  if (eachStep !== true) return needed
  const own = load.phases.filter(({ kind }) => kinds.includes(kind))
  const names = membersOf(load.system.names, of)
  const each = own.map((one) => yieldsIn(load, names, (phase) => phase === one))
  const [least, all] = [Math.min(...each), each.reduce((sum, n) => sum + n, 0)]
  return least > 0 ? Math.ceil((needed * all) / least) : Infinity
}
