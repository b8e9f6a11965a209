// Whether the time in a record fits that of the answer which brought it.
import type { CheckResult } from '../../../lib/drive/actor.ts'

/** Both are of the target, so its clocks may differ by so much, and not by more. */
const toleranceMs = 2000
/** The header Date has whole seconds: the time was up to one later. */
const dateStepMs = 1000

const hasZone = (text: string): boolean => /(Z|[+-]\d\d:?\d\d)$/i.test(text)

/**
 * @param time as a record has it: a text, or Unix ms
 * @param date the header of the answer
 * @param tookMs what the request took: the task was accepted at any moment of it
 */
export function timesResult(time: unknown, date: string | undefined, tookMs: number): CheckResult {
  if (time === undefined) return { is: 'not made', why: 'its records do not say when a task was accepted' }
  if (typeof time !== 'string' && typeof time !== 'number')
    return { is: 'violated', how: `accepted at ${JSON.stringify(time)}, which is no time` }
  if (typeof time === 'string' && !hasZone(time))
    return { is: 'violated', how: `accepted at "${time}", which names no zone` }
  const at = typeof time === 'number' ? time : Date.parse(time)
  if (!Number.isFinite(at)) return { is: 'violated', how: `accepted at "${time}", which is no time` }
  const answered = Date.parse(date ?? '')
  if (Number.isNaN(answered)) return { is: 'not made', why: 'its answers have no header Date' }
  const margin = toleranceMs + tookMs
  if (at >= answered - margin && at <= answered + dateStepMs + margin) return { is: 'kept' }
  const [apart, way] = at < answered ? [answered - at, 'before'] : [at - answered, 'after']
  return {
    is: 'violated',
    how: `accepted ${(apart / 1000).toFixed(1)} s ${way} the header Date of the same answer, "${date}"`,
  }
}
