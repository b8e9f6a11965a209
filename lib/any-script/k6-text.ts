// What k6 counted, for the terminal: k6 prints its own summary only where a script has no handleSummary.
import type { Check, Metric, Summary } from '../summary/k6-summary.ts'
import { isOurs } from './series.ts'

const nameWidth = 44

/** Three digits are enough to read, and whole numbers are shown as they are. */
const number = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)))

function amount(value: number, { contains }: Metric): string {
  if (contains === 'time') return value >= 1000 ? `${number(value / 1000)}s` : `${number(value)}ms`
  if (contains !== 'data') return number(value)
  return value >= 1e6
    ? `${number(value / 1e6)}MB`
    : value >= 1000
      ? `${number(value / 1000)}kB`
      : `${number(value)}B`
}

/** Before the percentiles, which are in their own order. */
const first = ['avg', 'min', 'med', 'max']
const placeOf = (name: string): number =>
  first.includes(name) ? first.indexOf(name) - first.length : Number(/[\d.]+/.exec(name) ?? 0)

function valuesText(metric: Metric): string {
  const { type, values } = metric
  const { count = 0, rate = 0, passes = 0, fails = 0, value = 0, min = 0, max = 0 } = values
  if (type === 'counter') return `${amount(count, metric)}  ${amount(rate, metric)}/s`
  if (type === 'rate') return `${number(rate * 100)}%  ${number(passes)} of ${number(passes + fails)}`
  if (type === 'gauge')
    return `${amount(value, metric)}  min=${amount(min, metric)} max=${amount(max, metric)}`
  return Object.entries(values)
    .sort(([one], [other]) => placeOf(one) - placeOf(other))
    .map(([name, one]) => `${name}=${amount(one, metric)}`)
    .join(' ')
}

const marks = new Map<boolean | null, string>([
  [true, '✓'],
  [false, '✗'],
  [null, '?'],
])

const metricLines = ([name, metric]: [string, Metric]): string[] => [
  `    ${`${name} `.padEnd(nameWidth, '.')}: ${valuesText(metric)}`,
  ...Object.entries(metric.thresholds ?? {}).map(
    ([expression, { ok }]) => `      ${marks.get(ok)} ${expression}`,
  ),
]

const checkLine = ({ name, passes, fails }: Check): string =>
  `    ${fails === 0 ? '✓' : '✗'} ${name}: ${passes} of ${passes + fails}`

/** Every check, and every metric but those of this library. */
export function k6Text({ metrics, checks = [] }: Summary): string[] {
  const shown = Object.entries(metrics)
    .filter(([name]) => !isOurs(name))
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return [
    ...(checks.length > 0 ? ['', '  checks', ...checks.map(checkLine)] : []),
    ...(shown.length > 0 ? ['', '  metrics', ...shown.flatMap(metricLines)] : []),
  ]
}
