// Where k6 keeps what it knows of faults: which took effect, which were over in the end, which were not.
import type { PhaseKind, Rule } from '../../verdict/criterion.ts'
import { faultActor, scenarioName } from '../plan/plan-time.ts'
import { seenMetric, tagged } from '../summary/series.ts'

export const faultKind: PhaseKind = 'fault'
export const [bitten, healed, left] = ['fault-bite', 'fault-heal', 'fault-left'] as const

/** The k6 scenario that lives the fault of this place in the plan. */
export const faultScenario = (index: number): string => scenarioName(faultActor, index + 1)

/** A fault's virtual users are there so long before it is due, to see how things are without it. */
export const leadSeconds = ({ start }: { start: number }): number => Math.min(start, 3)

/** The fault of this place in the plan has a series of its own: one that bit twice stands for no other. */
export const faultTags = (of: string, place: number): Record<string, string> => ({
  of,
  kind: faultKind,
  fault: String(place + 1),
})

/** Every fault of the plan has to have bitten, or healed; a floor, because without it nothing was tried. */
export function faultThresholds({ of }: Extract<Rule, { judge: 'fault' }>, faults: number) {
  const each = (one: string, threshold: string, floor: boolean) =>
    Array.from({ length: faults }, (_, place) => ({
      metric: tagged(seenMetric, faultTags(one, place)),
      threshold,
      floor,
    }))
  if (of === 'bite') return each(bitten, 'count>=1', true)
  return [...each(healed, 'count>=1', true), ...each(left, 'count<=0', false)]
}
