// What a target can support: the criteria of a plan, less those judged by what the preflight found that it does not report.
import type { Plan } from '../../lib/plan/plan.ts'
import { namesOf } from '../../verdict/criterion.ts'
import type { Criterion } from '../../verdict/criterion.ts'
import type { EventLog } from '../evidence/events.ts'

export interface Support {
  claimed: Record<string, Criterion>
  notClaimed: { id: string; why: string }[]
}

export function supportOf(plan: Plan, log: EventLog): Support {
  const missing = new Set(log.preflight?.missing ?? [])
  const lacks = ({ rules }: Criterion): string | undefined =>
    rules.flatMap(namesOf).find((name) => missing.has(name))
  const claimed: Support['claimed'] = {}
  const notClaimed = [...plan.notClaimed]
  for (const [id, criterion] of Object.entries(plan.claimed)) {
    const lack = lacks(criterion)
    if (lack === undefined) claimed[id] = criterion
    else notClaimed.push({ id, why: `the target does not report ${lack}` })
  }
  return { claimed, notClaimed }
}

/** What the preflight says to people, before the load. */
export function preflightLines(plan: Plan, log: EventLog): string[] {
  if (log.preflight === null || !log.preflight.reached) return []
  const { claimed, notClaimed } = supportOf(plan, log)
  const planned = new Set(plan.notClaimed.map(({ id }) => id))
  const names = Object.keys(claimed)
  return [
    `preflight: ${names.length} criteria can be judged${names.length > 0 ? `: ${names.join(', ')}` : ''}`,
    ...notClaimed.filter(({ id }) => !planned.has(id)).map(({ id, why }) => `not claimed: ${id} (${why})`),
    ...log.preflight.problems.map((problem) => `preflight: ${problem}`),
  ]
}
