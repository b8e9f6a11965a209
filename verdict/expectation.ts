// What a source expects to see, as data: figures that stand beside what was measured, and that no verdict hangs on.
import type { PhaseKind } from './criterion.ts'

/** Which of the values that were told. */
export type Which = 'least' | 'most' | 'last'

/** The percentiles that are kept of each step. */
export const keptPercentiles = [50, 95, 99] as const

/**
 * Where a figure comes from, with the names of the system's vocabulary.
 * - rate: good requests of a group a second, in phases of these kinds.
 * - percentile: k6's own percentile of the times of a step in the whole run, the warm-up included, in ms; of a group that of its
 *   slowest step. Of several processes it is that of the slowest one.
 * - good: the share of a criterion's observations that were good, in %; the criterion has a share rule of them.
 * - risen: by how much one point rose from its first value to its last, as a share of the rise of another one, in %.
 * - processors: how many of the processors that they may use all services together kept busy on average, in %.
 * - memory: the highest sum of the services' resident memory, in MB (10^6 bytes).
 * - network: what k6 sent and received over the time of the load, in Mbit/s.
 * - observed: a value that actors gave with an observation. told: a value of a point.
 */
export type Measure<Name extends string = string> =
  /** `steps` are those that the name stands for; the plan adds them. */
  | { figure: 'rate'; of: Name; in: PhaseKind[]; steps?: string[] }
  | { figure: 'percentile'; of: Name; p: (typeof keptPercentiles)[number]; steps?: string[] }
  /** The criterion by its id without the system's prefix; the plan adds that. */
  | { figure: 'good'; of: Name; criterion: string }
  | { figure: 'risen'; of: Name; whole: Name }
  | { figure: 'processors' | 'memory'; in: PhaseKind[] }
  | { figure: 'network' }
  | { figure: 'observed' | 'told'; of: Name; which: Which }

/** One figure that a source expects. */
export interface ExpectedRow<Name extends string = string> {
  /** The figure in the source's words. */
  text: string
  measure: Measure<Name>
  /** What `from`, `to` and the measured value are counted in. */
  unit: string
  /** The range, of which one end may be open. */
  from?: number
  to?: number
  /** Which side of the range is no miss: lower latencies than expected are as good. Left out, both sides are one. */
  better?: 'less' | 'more'
}

export interface Expectation<Name extends string = string> {
  text: string
  /** Where the source says it. */
  source: string
  /** The level of the load that the source speaks of, in the system's unit: a smaller one need not bring as much. */
  level?: number
  rows: ExpectedRow<Name>[]
}
