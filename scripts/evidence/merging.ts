// The evidence of a run's k6 processes as one, and why it may not be whole.
import type { ProcessEvidence } from '../../verdict/evidence.ts'
import { join, lateReasons, mergeOf, mergeReasons } from '../../verdict/merge.ts'
import type { EndedPart } from '../run/k6-processes.ts'

/**
 * Everything that the processes brought, with the reasons why the verdict is INVALID, and those (`late`) why only what was measured
 * in real time is. A part that ended early for a known reason is no such reason: then the whole run was cut short, which the
 * evidence says, and what it found stays what it is.
 * @param lost why the others were ended, see K6Processes
 * @returns null when no process left any evidence
 */
export function mergedParts(
  parts: EndedPart[],
  lost: string | null,
): { evidence: ProcessEvidence; reasons: string[]; late: string[] } | null {
  const brought = parts.flatMap(({ written }) => written ?? [])
  const first = brought[0]
  if (first === undefined) return null
  const merge = brought.map(mergeOf).reduce(join)
  const excused = parts.filter((ended) => ended.excused)
  const isExcused = (shard: number): boolean => excused.some(({ part }) => part.index === shard)
  const { run, of, plan } = first
  const absent = excused
    .filter(({ written }) => written === null)
    .map(({ part }) => ({ run, shard: part.index, of, plan, complete: true, lateMs: 0 }))
  const known = merge.parts.map((one) => (isExcused(one.shard) ? { ...one, complete: true } : one))
  const whole = { ...merge, parts: [...known, ...absent] }
  return {
    evidence: {
      ...merge.evidence,
      // Fields of one process, such as its percentiles in words, are kept only where it is alone.
      ...(brought.length === 1 && parts.length === 1 ? first : {}),
      complete: merge.evidence.complete && absent.length === 0,
    },
    reasons: [...(lost === null ? [] : [lost]), ...mergeReasons(whole)],
    late: lateReasons(whole),
  }
}
