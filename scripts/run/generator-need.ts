// How many processors k6 takes for a load, by the plan's own estimate, and whether this machine has them.
import { availableParallelism } from 'node:os'
import type { Plan } from '../../lib/plan/plan.ts'
import { WrongUse } from '../wrong-use.ts'

/**
 * Requests a second that one processor of k6 sends by actors which leave evidence of each, to a small server on loopback:
 * docs/measured.md. A system whose requests are larger says its own number.
 */
const usualRequestsPerCore = 2_000

/** Processors that k6 is going to take at the busiest moment. */
export const coresFor = ({
  peakPerSecond,
  requestsPerCore = usualRequestsPerCore,
}: Pick<Plan, 'peakPerSecond' | 'requestsPerCore'>): number => peakPerSecond / requestsPerCore

/** In words, such as "0.2". */
export const coresText = (cores: number): string => (cores < 10 ? cores.toFixed(1) : String(Math.ceil(cores)))

/**
 * A generator without the cores that it needs measures its own waiting: what it would offer is known before the start.
 * @throws WrongUse where the load takes more processors than there are
 */
export function checkGenerator(
  plan: Pick<Plan, 'case' | 'profile' | 'peakPerSecond' | 'requestsPerCore'>,
  cores = availableParallelism(),
): void {
  const needed = coresFor(plan)
  if (needed <= cores) return
  throw new WrongUse(
    `${plan.case} at the profile ${plan.profile} offers up to ${plan.peakPerSecond} requests/s, for which k6 alone takes about ${coresText(needed)} processors, and this machine has ${cores}; ` +
      'take a smaller PROFILE, or share the load over more machines: docs/shards.md',
  )
}
