// What plain k6 knows of faults: how many took effect, and how many were over in the end. It judges them by counts.
import type { Rule } from '../verdict/criterion.ts'
import type { FaultVerdict } from '../verdict/verdict.ts'
import { seen } from './metrics.ts'

const kind = 'fault'
const bitten = 'fault-bite'
const healed = 'fault-heal'
const left = 'fault-left'

/** The k6 scenario that lives the fault of this place in the plan. */
export const faultScenario = (index: number): string => `fault-${index + 1}`

export function countFault({ bite, healed: isHealed }: Pick<FaultVerdict, 'bite' | 'healed'>): void {
  if (bite) seen.add(1, { of: bitten, kind })
  if (bite && isHealed) seen.add(1, { of: healed, kind })
  if (!isHealed) seen.add(1, { of: left, kind })
}

const series = (of: string): string => `assay_seen{of:${of},kind:${kind}}`

/** Every fault of the plan has to have bitten, or healed; a floor, because without it nothing was tried. */
export function faultThresholds({ of }: Extract<Rule, { judge: 'fault' }>, faults: number) {
  if (of === 'bite') return [{ metric: series(bitten), threshold: `count>=${faults}`, floor: true }]
  return [
    { metric: series(healed), threshold: `count>=${faults}`, floor: true },
    { metric: series(left), threshold: 'count<=0', floor: false },
  ]
}
