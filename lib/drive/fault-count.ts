// What became of a fault, counted for plain k6.
import type { FaultVerdict } from '../../verdict/verdict.ts'
import { bitten, faultKind as kind, healed, left } from './fault-series.ts'
import { seen } from './metrics.ts'

export function countFault({ bite, healed: isHealed }: Pick<FaultVerdict, 'bite' | 'healed'>): void {
  if (bite) seen.add(1, { of: bitten, kind })
  if (bite && isHealed) seen.add(1, { of: healed, kind })
  if (!isHealed) seen.add(1, { of: left, kind })
}
