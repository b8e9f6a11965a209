// What an oracle put together from what several actors saw, as the evidence of the rules that judge it.
import { namesOf, type JoinedRule } from '../../verdict/criterion.ts'
import type { BadOperation, Counts, PhaseSpan } from '../../verdict/evidence.ts'
import type { JoinedSample } from '../../verdict/oracles/oracle.ts'
import type { Blocks } from './second-blocks.ts'

/** What is wrong with a sample by this rule, in words; null for nothing. */
function wrongIn({ bad, ms = 0 }: JoinedSample, { overMs }: JoinedRule): string | null {
  if (bad !== null) return bad
  return overMs !== undefined && ms >= overMs ? `${Math.round(ms)} ms, as it was seen` : null
}

/** Whether it cannot be told if a sample is bad by this rule: its bounds lie on both sides of the limit. */
const isUnresolved = (
  { bad, ms = 0, atMostMs = ms, unresolved }: JoinedSample,
  { overMs }: JoinedRule,
): boolean =>
  unresolved === true || (bad === null && overMs !== undefined && ms < overMs && atMostMs >= overMs)

/** The counts of a rule, and each bad one as an operation for its witness. */
export function joinedCounts(
  rule: JoinedRule,
  key: string,
  samples: readonly JoinedSample[],
  spans: readonly PhaseSpan[],
): { counts: Counts; bad: BadOperation[] } {
  const names = namesOf(rule)
  const blocks: Blocks = {}
  const counts = { type: 'counts', n: 0, bad: 0, blocks } satisfies Counts
  const bad: BadOperation[] = []
  let leftOut = 0
  let unresolved = 0
  for (const sample of samples) {
    const { of, kind, t, ms = 0, correlationId = '' } = sample
    if (!names.includes(of) || !rule.in.includes(kind)) continue
    if (sample.leftOut === true) {
      leftOut++
      continue
    }
    if (isUnresolved(sample, rule)) {
      unresolved++
      continue
    }
    const wrong = wrongIn(sample, rule)
    const block = (blocks[Math.floor(t / 1000)] ??= [0, 0])
    counts.n++
    block[0]++
    if (wrong === null) continue
    counts.bad++
    block[1]++
    const phase = spans.find(({ start, end }) => start <= t && t < end)?.name ?? ''
    bad.push({
      t,
      step: of,
      status: 0,
      ms: Math.round(ms),
      correlationId,
      phase,
      rules: [key],
      detail: wrong,
    })
  }
  return {
    counts: {
      ...counts,
      ...(leftOut > 0 ? { leftOut } : {}),
      ...(unresolved > 0 ? { unresolved } : {}),
    },
    bad,
  }
}
