// What k6 gives to handleSummary, in either of its two forms, as one. Nothing else reads k6's forms.

export interface Metric {
  type?: string
  contains?: string
  values: Record<string, number>
  /** By expression. Null where the form holds nothing that would tell. */
  thresholds?: Record<string, { ok: boolean | null }>
}
export interface Check {
  name: string
  passes: number
  fails: number
}
export interface Summary {
  metrics: Record<string, Metric>
  state: { testRunDurationMs: number }
  /** What setup() returned; nothing when it did not, and in k6's new form. */
  setup_data?: { late?: number }
  /** Of all groups. */
  checks?: Check[]
}

export const countOf = (metric: Metric | undefined): number => metric?.values['count'] ?? 0
/** Whether k6 found one of the metric's thresholds crossed. */
export const isCrossed = (metric: Metric | undefined): boolean =>
  Object.values(metric?.thresholds ?? {}).some(({ ok }) => ok === false)

/**
 * Whether k6 judged a threshold on this counter. With --no-thresholds it judges none, and it shows a series without a sample
 * only where it judges one.
 */
export const isJudged = ({ metrics }: Summary, counter: string): boolean =>
  metrics[counter]?.values['count'] !== undefined
export const thresholdsWereOff = "thresholds were off; k6's exit code says nothing"

/** As the options have them, by metric. */
export type Thresholds = Record<string, (string | { threshold: string; abortOnFail?: boolean | null })[]>

export const expressionOf = (one: Thresholds[string][number]): string =>
  typeof one === 'string' ? one : one.threshold

interface Group {
  checks?: Check[]
  groups?: Group[]
}
interface OldForm extends Omit<Summary, 'checks'> {
  root_group?: Group
}
interface NewMetric {
  name: string
  type: string
  contains: string
  values: Record<string, number | null>
}
/** `--new-machine-readable-summary`. */
interface NewForm {
  config: { duration: number }
  results: { checks?: { metrics?: NewMetric[]; results?: Check[] }; metrics: NewMetric[] }
}

/**
 * `thresholds` are those of the options: the new form does not say which of them hold.
 * @throws Error for what is neither form; it says what came.
 */
export function readSummary(input: unknown, thresholds: Thresholds = {}): Summary {
  const form = input as Partial<OldForm & NewForm> | null | undefined
  if (form?.metrics !== undefined && form.state !== undefined) return ofOld(form as OldForm)
  // k6 gives this one as values of its own language, which are no JavaScript arrays and objects in every respect.
  if (form?.results !== undefined && form.config !== undefined)
    return ofNew(JSON.parse(JSON.stringify(form)) as NewForm, thresholds)
  const got = form === null || typeof form !== 'object' ? String(form) : Object.keys(form).join(', ')
  throw new Error(
    `expected k6's summary with metrics and state, or with results and config, got ${got}; this k6 may be newer than this library`,
  )
}

function ofOld({ root_group, ...same }: OldForm): Summary {
  return { ...same, checks: root_group === undefined ? [] : checksIn(root_group) }
}

const checksIn = ({ checks = [], groups = [] }: Group): Check[] => [...checks, ...groups.flatMap(checksIn)]

function ofNew({ config, results }: NewForm, thresholds: Thresholds): Summary {
  const seconds = config.duration
  const metrics: Record<string, Metric> = {}
  for (const { name, type, contains, values } of [...results.metrics, ...ofChecks(results)]) {
    const own = Object.entries(values).filter((one): one is [string, number] => one[1] !== null)
    metrics[name] = { type, contains, values: inOldWords(type, Object.fromEntries(own), seconds) }
  }
  for (const [name, list] of Object.entries(thresholds)) {
    const metric = (metrics[name] ??= { values: {} })
    metric.thresholds = Object.fromEntries(
      list.map(expressionOf).map((expression) => [expression, { ok: holds(expression, metric.values) }]),
    )
  }
  return {
    metrics,
    state: { testRunDurationMs: seconds * 1000 },
    checks: results.checks?.results ?? [],
  }
}

/** The metric of the checks, which the new form keeps apart and has by another name. */
const ofChecks = ({ checks }: NewForm['results']): NewMetric[] =>
  (checks?.metrics ?? [])
    .filter(({ name }) => name === 'checks_succeeded')
    .map((metric) => ({ ...metric, name: 'checks' }))

function inOldWords(type: string, values: Record<string, number>, seconds: number): Record<string, number> {
  const { p90, p95, matches, total, ...same } = values
  if (type === 'counter') return { ...same, rate: seconds > 0 ? (same['count'] ?? 0) / seconds : 0 }
  if (matches !== undefined && total !== undefined)
    return { ...same, passes: matches, fails: total - matches }
  return {
    ...same,
    ...(p90 === undefined ? {} : { 'p(90)': p90 }),
    ...(p95 === undefined ? {} : { 'p(95)': p95 }),
  }
}

const compare: Record<string, (value: number, limit: number) => boolean> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '==': (value, limit) => value === limit,
  '===': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
}

/** The value that an expression such as "p(95)<300" speaks of, by its name, and the rest of it. */
function partsOf(expression: string): { value: string; sign: string; limit: number } | null {
  const [, value, sign, limit] = /^\s*([a-z]+(?:\([\d.]+\))?)\s*([<>=!]+)\s*(\S+)\s*$/.exec(expression) ?? []
  return value === undefined ? null : { value, sign: sign!, limit: Number(limit) }
}

/** The value that a threshold's expression speaks of; undefined where the summary does not hold it. */
export const valueOf = (expression: string, values: Metric['values']): number | undefined =>
  values[partsOf(expression)?.value ?? '']

/** Whether a threshold holds, as k6 judges it; null where its value is not there. */
function holds(expression: string, values: Metric['values']): boolean | null {
  const parts = partsOf(expression)
  const value = valueOf(expression, values)
  if (parts === null || value === undefined) return null
  return compare[parts.sign]?.(value, parts.limit) ?? null
}
