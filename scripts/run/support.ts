// What the preflight says to people, before the load.
import type { Plan } from '../../lib/plan/plan.ts'
import { supportOf } from '../../lib/plan/support.ts'
import type { EventLog } from '../evidence/events.ts'

/** Empty where it reached nobody. */
export function preflightLines(plan: Plan, log: EventLog): string[] {
  if (log.preflight === null || !log.preflight.reached) return []
  const { claimed, notClaimed } = supportOf(plan, log.preflight)
  const planned = new Set(plan.notClaimed.map(({ id }) => id))
  const names = Object.keys(claimed)
  return [
    `preflight: ${names.length} criteria can be judged${names.length > 0 ? `: ${names.join(', ')}` : ''}`,
    ...notClaimed.filter(({ id }) => !planned.has(id)).map(({ id, why }) => `not claimed: ${id} (${why})`),
    ...log.preflight.problems.map((problem) => `preflight: ${problem}`),
  ]
}
