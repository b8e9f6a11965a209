// What people are to read beside what is judged.
import type { Plan } from '../../lib/plan/plan.ts'
import { kindsOf, namesOf, ruleKey } from '../../verdict/criterion.ts'
import type { EventLog } from './events.ts'

/** By evidence key: what k6 and actors want to be read beside what is judged, in words. */
export function shownBeside(
  plan: Plan,
  log: EventLog,
  byK6: Readonly<Record<string, string>>,
): Record<string, string> {
  const shown = { ...byK6 }
  for (const [id, { rules }] of Object.entries(plan.claimed))
    for (const [index, rule] of rules.entries()) {
      const key = ruleKey(id, index)
      const words = namesOf(rule).flatMap((name) =>
        kindsOf(rule).flatMap((kind) => log.shown.get(name)?.get(kind) ?? []),
      )
      if (words.length > 0) shown[key] = [...(key in byK6 ? [byK6[key]] : []), ...new Set(words)].join('; ')
    }
  return shown
}
