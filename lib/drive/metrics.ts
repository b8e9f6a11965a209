// Evidence as k6 metrics. The exception is counted, not the rule: k6 already counts requests by step and phase kind.
import { Counter, Trend } from 'k6/metrics'
import {
  answersMetric,
  badMetric,
  exceptionsMetric,
  failuresMetric,
  finishedMetric,
  lagFineMetric,
  lagMetric,
  lagOverMetric,
  measuresMetric,
  openKeysMetric,
  openPromisesMetric,
  refusalsMetric,
  seenMetric,
  startedMetric,
  unansweredMetric,
} from '../summary/series.ts'

/** Observations that are no requests, by { of, kind }. */
export const seen = new Counter(seenMetric)
/**
 * Promises less those that were found again, by { of, kind }: k6's thresholds cannot subtract. And the same of the two sums of
 * their keys, which are 0 in the end where what was found is what was promised.
 */
export const openPromises = new Counter(openPromisesMetric)
export const openKeys = [new Counter(openKeysMetric('first')), new Counter(openKeysMetric('second'))] as const
/** Observations that broke a rule, by { rule }; and bad ones that a rule counts, whether or not it is broken. */
export const bad = new Counter(badMetric)
/** Requests without an answer, and what nobody could observe for want of one, by { rule }: the target may have counted them. */
export const unanswered = new Counter(unansweredMetric)
/** Good answers that came while a rate was judged, by { rule }: at their end, because what waits in line is not done. */
export const answers = new Counter(answersMetric)
/** Requests that failed, by { step, fault: yes or no }: what fails while something is broken on purpose. And refused ones. */
export const failures = new Counter(failuresMetric)
export const refusals = new Counter(refusalsMetric)
/** Milliseconds of an observation that is no request, by { of, kind }: for the percentile that people know. */
export const measures = new Trend(measuresMetric, true)
/** How much later than asked a timer of the generator fired. */
export const lag = new Trend(lagMetric, true)
export const lagOver = new Counter(lagOverMetric)
/** The same by { over }, of the lag in ms that a fine limit allows. */
export const lagFine = new Counter(lagFineMetric)
/** Exceptions in the scenario's own code: the generator's fault, never the target's. */
export const exceptions = new Counter(exceptionsMetric)
/** Residents that began, and those that lived to the end of their plan: when all did, nothing was cut off. */
export const started = new Counter(startedMetric)
export const finished = new Counter(finishedMetric)
