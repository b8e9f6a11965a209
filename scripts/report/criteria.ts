// What every form of the report says about criteria in the same words and order.
import type { BadOperation } from '../../verdict/evidence.ts'
import { bySeverity } from '../../verdict/severity.ts'
import type { CriterionVerdict } from '../../verdict/verdict.ts'
import { count, inUnit } from './figures.ts'

/** Broken ones first, the order of the run otherwise. */
export const byUrgency = (criteria: CriterionVerdict[]): CriterionVerdict[] =>
  [...criteria].sort((a, b) => bySeverity(a.status, b.status))

/** The bounds in words: "1.2 % to 3.4 %". */
export const bounds = (criterion: CriterionVerdict): string =>
  criterion.interval === null
    ? '–'
    : `${inUnit(criterion.interval[0], criterion.unit)} to ${inUnit(criterion.interval[1], criterion.unit)}`

const littleRoom = 0.75
/** Criteria that hold with little room: observed at over three quarters of an upper limit. */
export const close = (criteria: CriterionVerdict[]): CriterionVerdict[] =>
  criteria.filter(
    ({ status, observed_value: observed, limit_value: limit }) =>
      status === 'PASS' &&
      observed !== null &&
      limit > 0 &&
      observed <= limit &&
      observed > limit * littleRoom,
  )

/** The reason of a criterion, or of anything else, without what the whole run says already: said once, it stands out; said at each, nothing does. */
export function ownReason(criterion: Pick<CriterionVerdict, 'reason'>, runReasons: string[]): string {
  const repeated = runReasons.filter((reason) => criterion.reason.includes(reason))
  if (repeated.length === 0) return criterion.reason
  const rest = repeated
    .reduce((text, reason) => text.replace(reason, ''), criterion.reason)
    .replace(/^[\s;,]+/, '')
  return `see the reasons for the whole run ${rest}`.trim()
}

/** How many bad observations these lines of a witness stand for. */
export const observationsIn = (operations: Pick<BadOperation, 'count'>[]): number =>
  operations.reduce((sum, { count: n = 1 }) => sum + n, 0)

/** What was wrong, and how many were counted at once, where that was more than one. */
export const detailOf = ({ detail = '', count: n = 1 }: Pick<BadOperation, 'detail' | 'count'>): string =>
  n === 1 ? detail : `${detail} (${count(n)} at once)`.trim()
