// The run's own record of what happened when: phases, faults, marks, and points that actors observed of the target.
import type { Buckets } from './buckets.ts'
import { readLines, type Missing } from '../lines.ts'

/** A line of timeline.ndjson. `t` is Unix ms. */
export interface TimelineEntry {
  t: number
  kind: 'phase' | 'fault' | 'mark'
  name: string
}

/** A mark per second for a day would hide the curves; the first ones stand for the rest. */
const mostEntries = 500

/** Reads timeline.ndjson. Points are many, so they go into buckets at once. */
export async function readTimeline(
  directory: string,
  points: Buckets,
  missing: Missing,
): Promise<TimelineEntry[]> {
  const entries: TimelineEntry[] = []
  const absent = 'marks, faults and observations over time'
  await readLines(directory, 'timeline.ndjson', absent, missing, (line) => {
    const { t, kind, name, value } = JSON.parse(line) as Record<string, unknown>
    const time = typeof t === 'string' ? Date.parse(t) : t
    if (typeof time !== 'number' || !Number.isFinite(time) || typeof name !== 'string') return false
    if (kind === 'point') {
      if (typeof value !== 'number') return false
      points.add(name, time, value, 'max')
      return true
    }
    if (kind !== 'phase' && kind !== 'fault' && kind !== 'mark') return false
    if (entries.length < mostEntries) entries.push({ t: time, kind, name })
    return true
  })
  return entries
}
