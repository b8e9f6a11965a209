// What became of each fault, counted for plain k6.
import type { FaultVerdict } from '../../verdict/verdict.ts'
import { bitten, faultTags, healed, left } from './fault-series.ts'
import { seen } from './metrics.ts'

/** @param place that of the fault in the plan */
export const countFault = (of: typeof bitten | typeof healed | typeof left, place: number): void =>
  seen.add(1, faultTags(of, place))

export function countVerdict(
  { bite, healed: isHealed }: Pick<FaultVerdict, 'bite' | 'healed'>,
  place: number,
): void {
  if (bite) countFault(bitten, place)
  if (bite && isHealed) countFault(healed, place)
  if (!isHealed) countFault(left, place)
}
