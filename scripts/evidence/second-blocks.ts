// What was observed, second by second.
import type { Counts, PhaseRow, PhaseSpan } from '../../verdict/evidence.ts'

export type Blocks = Record<string, [n: number, bad: number]>

/** Requests of all groups together: how busy a phase was, beside the others. */
const requestsOf = (row: PhaseRow | undefined): number =>
  Object.values(row?.groups ?? {}).reduce((sum, { requests }) => sum + requests, 0)

export const lengthMs = (spans: PhaseSpan[]): number =>
  spans.reduce((sum, { start, end }) => sum + end - start, 0)

/**
 * [n, bad] per second. Arrivals are open, so n is spread evenly over each judged phase, a second that a phase covers in
 * part getting its part; of several phases each gets the share that it had of all requests. Bad ones have their own
 * second. Bad ones without one, arrivals that k6 dropped, are taken for a single stall at the start: the least favourable.
 */
export function blocksOf(
  counts: Counts,
  judged: PhaseSpan[],
  rows: PhaseRow[],
  bad: Map<number, number>,
): Blocks {
  const requestsIn = ({ name }: PhaseSpan): number => requestsOf(rows.find(({ phase }) => phase === name))
  const requests = judged.reduce((sum, span) => sum + requestsIn(span), 0)
  const judgedMs = lengthMs(judged)
  const blocks: Blocks = {}
  for (const span of judged) {
    const { start, end } = span
    const share = requests > 0 ? requestsIn(span) / requests : (end - start) / judgedMs
    for (let second = Math.floor(start / 1000); second * 1000 < end; second++) {
      const coveredMs = Math.min(end, (second + 1) * 1000) - Math.max(start, second * 1000)
      ;(blocks[second] ??= [0, 0])[0] += (counts.n * share * coveredMs) / (end - start)
    }
  }
  let placed = 0
  for (const [second, count] of bad) {
    ;(blocks[second] ??= [0, 0])[1] += count
    placed += count
  }
  const first = blocks[Math.floor((judged[0]?.start ?? 0) / 1000)]
  if (first !== undefined) first[1] += Math.max(0, counts.bad - placed)
  return blocks
}
