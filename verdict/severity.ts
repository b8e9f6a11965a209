// The one order of severity: which of several statuses decides.
import type { Status } from './verdict.ts'

/**
 * From 0 for PASS, the worst the most. A FAIL that bad circumstances may have caused weighs less than INVALID: where
 * something else in the same run was measured badly, it is not believed. Any other FAIL weighs most: it stays what it is.
 */
export function severity(status: Status, mayBeSpoilt = false): number {
  if (status === 'FAIL' && !mayBeSpoilt) return 4
  return { PASS: 0, UNDECIDED: 1, FAIL: 2, INVALID: 3 }[status]
}

/** Of an INVALID of one rule alone: a FAIL beside it is believed, and what holds or is undecided does not make up for it. */
export const aloneSeverity = 1.5

/** Orders statuses from the worst to the best. */
export const bySeverity = (a: Status, b: Status): number => severity(b) - severity(a)

/** The worst of several runs; of a row of so many that was broken off, what was not run is undecided. */
export const worstOfRow = (all: readonly Status[], planned: number): Status =>
  worst(all.length < planned ? [...all, 'UNDECIDED'] : all)

/** The worst of several statuses; UNDECIDED of none, because nothing was shown. */
export const worst = (all: readonly Status[]): Status => [...all].sort(bySeverity)[0] ?? 'UNDECIDED'
