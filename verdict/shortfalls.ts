// Why a run can be no PASS however well it goes: it is less than its case promises.
import { isCheck } from './criterion.ts'
import type { Criterion } from './criterion.ts'

interface Planned {
  claimed: Record<string, Criterion>
  required: string[]
  notClaimed: { id: string; why: string }[]
}

const onlyPart =
  'DURATION cut the run short, and a part of a case does not stand for the case; PARTIAL=1 judges the part by itself'

/** `partial`: DURATION cut the plan short. `judgesPart`: somebody asked for a verdict on what is left, by PARTIAL=1. */
export const partShortfalls = (partial: boolean, judgesPart: boolean): string[] =>
  partial && !judgesPart ? [onlyPart] : []

const nothingJudged = (checks: number): string =>
  checks === 0
    ? 'no criterion was claimed, so nothing was judged'
    : 'no criterion was claimed but the checks before the load, so the load judged nothing'

/** Nothing is judged, or not all that has to be. */
export function claimShortfalls({ claimed, required, notClaimed }: Planned): string[] {
  const missing = required.filter((id) => claimed[id] === undefined)
  const whyNot = (id: string): string =>
    notClaimed.find((other) => other.id === id)?.why ?? 'this case does not judge it'
  return [
    ...(Object.values(claimed).every(isCheck) ? [nothingJudged(Object.keys(claimed).length)] : []),
    ...missing.map((id) => `the required criterion ${id} was not claimed: ${whyNot(id)}`),
  ]
}
