// What the library counts in k6, and what a bad observation costs. Every virtual user evaluates this.
import type { Rule } from '../../verdict/criterion.ts'
import { tagged } from '../summary/series.ts'

export type ShareRule = Extract<Rule, { judge: 'share' }>

/**
 * By { rule }: the observations, less the price of each bad one. k6 compares one number with another, so a share and the
 * evidence under it are made one number: so many good ones are needed, and so many more for each bad one.
 */
export const margin = 'assay_margin'
export const marginSeries = (key: string): string => tagged(margin, { rule: key })
/** By { rule }: the bad ones. */
export { badMetric as bad, badSeries } from '../summary/series.ts'

/** Measurements that have begun and not ended. */
export const open = 'assay_open'

/** setup() and teardown() that have begun and not ended well, and the time that both took. */
export const aside = 'assay_aside'
export const asideMs = 'assay_aside_ms'

/** Has no samples. k6 shows it all the same, unless it was told to leave thresholds out. */
export const thresholdsOn = 'dropped_iterations{thresholds:on}'

/** Whether a metric of k6's summary is one of this library. */
export const isOurs = (name: string): boolean => name.startsWith('assay_') || name === thresholdsOn

/**
 * The share of bad ones, as a part of the limit, from which k6 is red however long the run. Nearer to 1 a short run
 * needs more samples, further from it a long run must be better than promised.
 */
const steepness = 0.85

/** How many observations one bad one costs, for a limit between 0 and 1. */
export const priceOf = (limit: number): number => Math.ceil(1 / (steepness * limit))
