// Which of several verdicts stands for all of them.
import type { Status } from '../verdict/verdict.ts'

const fromBest: readonly Status[] = ['PASS', 'UNDECIDED', 'INVALID', 'FAIL']

/** The worst of several verdicts; UNDECIDED of none, because nothing was shown. */
export const worst = (all: Status[]): Status => [...all].sort(byWorst)[0] ?? 'UNDECIDED'

/** Orders verdicts from the worst to the best. */
export const byWorst = (a: Status, b: Status): number => fromBest.indexOf(b) - fromBest.indexOf(a)
