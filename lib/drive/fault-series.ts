// Where k6 keeps what it knows of faults: how many took effect, how many were over in the end, how many were not.
import type { PhaseKind, Rule } from '../../verdict/criterion.ts'
import { faultActor, scenarioName } from '../plan/plan-time.ts'
import { seenSeries } from '../summary/series.ts'

export const faultKind: PhaseKind = 'fault'
export const [bitten, healed, left] = ['fault-bite', 'fault-heal', 'fault-left'] as const

/** The k6 scenario that lives the fault of this place in the plan. */
export const faultScenario = (index: number): string => scenarioName(faultActor, index + 1)

/** A fault's virtual users are there so long before it is due, to see how things are without it. */
export const leadSeconds = ({ start }: { start: number }): number => Math.min(start, 3)

const series = (of: string): string => seenSeries(of, faultKind)

/** Every fault of the plan has to have bitten, or healed; a floor, because without it nothing was tried. */
export function faultThresholds({ of }: Extract<Rule, { judge: 'fault' }>, faults: number) {
  if (of === 'bite') return [{ metric: series(bitten), threshold: `count>=${faults}`, floor: true }]
  return [
    { metric: series(healed), threshold: `count>=${faults}`, floor: true },
    { metric: series(left), threshold: 'count<=0', floor: false },
  ]
}
