// The types of assay.js, which ships beside it: they stand alone. A test holds them against the library.

/** A limit, made by latency() or errors(). */
export interface Rule {
  readonly judge: string
}

/** "P95 < 300 ms": at most 5 % of what is measured as `of` fails or takes longer. `under` in ms. */
export function latency(limit: { p: number; under: number; of: string | string[] }): Rule

/** "Error rate < 1 %": at most that share of what is measured as `of` fails. `under` as a share, see percent(). */
export function errors(limit: { under: number; of: string | string[] }): Rule

export function ms(value: number): number
export function percent(value: number): number

export interface Criteria {
  /** Belongs into k6's options, beside any of the script's own. */
  thresholds: Record<string, string[]>
  /**
   * Sends and counts: `send` makes the request and returns its answer, or a promise of it; `accept` says whether the
   * answer is right (default: a response with a status from 200 to 399, or 101). One that k6 silently repeated is bad.
   * Returns what `send` returns.
   */
  measure<Answer>(name: string, send: () => Answer, accept?: (answer: Awaited<Answer>) => boolean): Answer
  /** Prints what k6 counted and the verdict of each criterion; the variable VERDICT names a file for the verdict as JSON. */
  handleSummary(summary: unknown): Record<string, string>
}

/** Criteria for a k6 script, by id: the promise in words, then its rules. Call it once, at the top of the script. */
export function criteria(table: Record<string, [text: string, ...rules: Rule[]]>): Criteria
