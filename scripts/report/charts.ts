// Which curves a report shows, and the table of figures per phase that stands beside each for those who read no curve.
import { idOfKey } from '../../verdict/criterion.ts'
import type { PhaseSpan } from '../../verdict/evidence.ts'
import type { Buckets } from './read/buckets.ts'
import { bytes, duration, figure, percentage } from './figures.ts'
import type { RunFolder } from './read/run-folder.ts'
import { oneLine } from './text.ts'

export type Unit = 'ms' | 'perSecond' | 'count' | 'cores' | 'bytes' | 'bytesPerSecond' | 'share'

export interface Chart {
  /** Unique in the report; letters, digits and dashes. */
  id: string
  title: string
  unit: Unit
  /** Seen now and then rather than in every point: a line leads over the gaps between. */
  joined?: boolean
  lines: { name: string; values: (number | null)[] }[]
}

export interface ChartGroup {
  id: string
  title: string
  /** What a reader must know to read these curves rightly. */
  note: string
  charts: Chart[]
}

/** The table beside a chart: mean and highest point of each line in each phase. */
export interface PhaseFigures {
  phases: string[]
  rows: { line: string; cells: { mean: string; highest: string }[] }[]
}

/** A value as text in the unit of its chart. */
function withUnit(value: number | null, unit: Unit): string {
  if (value === null) return '–'
  switch (unit) {
    case 'ms':
      return duration(value)
    case 'perSecond':
      return `${figure(value)} /s`
    case 'cores':
      return `${figure(value)} ${value === 1 ? 'core' : 'cores'}`
    case 'bytes':
      return bytes(value)
    case 'bytesPerSecond':
      return `${bytes(value)}/s`
    case 'share':
      return percentage(value)
    case 'count':
      return figure(value)
  }
}

function chart(
  buckets: Buckets,
  id: string,
  title: string,
  unit: Unit,
  names: [label: string, key: string][],
): Chart[] {
  const lines = names.flatMap(([name, key]) => {
    const values = buckets.values(key)
    return values === undefined ? [] : [{ name: oneLine(name), values }]
  })
  return lines.length === 0 ? [] : [{ id, title: oneLine(title), unit, lines }]
}

const percentiles: [string, string][] = [
  ['p50', 'med'],
  ['p95', 'p(95)'],
  ['p99', 'p(99)'],
]
/** More steps than this would push everything else out of sight; the table of steps has them all. */
const mostSteps = 16

const tag = (step: string): string => (step === '' ? '' : `{step:${step}}`)

/** Steps that k6 recorded one by one, the busiest first. */
function recordedSteps(load: Buckets): string[] {
  const sum = (step: string): number =>
    (load.values(`http_reqs${tag(step)} rate`) ?? []).reduce<number>(
      (total, value) => total + (value ?? 0),
      0,
    )
  const steps = load.names().flatMap((name) => /^http_reqs\{step:(.*)\} rate$/.exec(name)?.[1] ?? [])
  return steps.sort((a, b) => sum(b) - sum(a)).slice(0, mostSteps)
}

const perPoint = (buckets: Buckets): string =>
  buckets.stepMs === 1000 ? 'One point is one second.' : `One point is ${duration(buckets.stepMs)}.`

function latency(load: Buckets): ChartGroup {
  const steps = recordedSteps(load)
  const charts = (steps.length > 0 ? steps : ['']).flatMap((step, index) =>
    chart(
      load,
      `latency-${index}`,
      step === '' ? 'All requests' : step,
      'ms',
      percentiles.map(([name, aggregate]) => [name, `http_req_duration${tag(step)} ${aggregate}`]),
    ),
  )
  const together =
    steps.length > 0
      ? ''
      : ' All requests together, with any that wait by design: a long poll shows here as latency.'
  const thinned = load.stepMs === 1000 ? '' : ' Of several seconds in one point the slowest is shown.'
  return {
    id: 'latency',
    title: 'Latency',
    note:
      `Response times per second as k6 saw them.${together} Criteria judge longer ones: response time plus the lag ` +
      `with which a request started. ${perPoint(load)}${thinned}`,
    charts,
  }
}

function throughput(load: Buckets): ChartGroup {
  const steps = recordedSteps(load)
  const failing = steps.filter((step) =>
    load.values(`failed${tag(step)} rate`)?.some((value) => value !== null && value > 0),
  )
  return {
    id: 'throughput',
    title: 'Throughput, errors and virtual users',
    note: `Requests that ended in that second. Dropped arrivals are those for which no virtual user was free. ${perPoint(load)}`,
    charts: [
      ...chart(load, 'requests', 'Requests', 'perSecond', [
        ['all', 'http_reqs rate'],
        ...steps.slice(0, 7).map((step): [string, string] => [step, `http_reqs${tag(step)} rate`]),
      ]),
      ...chart(load, 'errors', 'Failed requests and dropped arrivals', 'perSecond', [
        ['all failed', 'failed rate'],
        ...failing.slice(0, 6).map((step): [string, string] => [step, `failed${tag(step)} rate`]),
        ['dropped', 'dropped_iterations rate'],
      ]),
      ...chart(load, 'virtual-users', 'Virtual users', 'count', [
        ['active', 'vus value'],
        ['held', 'vus_max value'],
      ]),
    ],
  }
}

function judged(folder: RunFolder): ChartGroup {
  const buckets = folder.series.evidence
  const known = new Map(folder.verdict.criteria.map((criterion) => [criterion.id, criterion]))
  const keys = buckets
    .names()
    .filter((key) => (buckets.values(key) ?? []).some((value) => value !== null && value > 0))
  const failed = (key: string): number => (known.get(idOfKey(key))?.status === 'PASS' ? 1 : 0)
  const shown = keys.sort((a, b) => failed(a) - failed(b)).slice(0, 8)
  return {
    id: 'judged',
    title: 'What broke a limit, and when',
    note:
      'For each criterion that judges a share: which part of its observations broke the limit. The very counts that ' +
      `the verdict uses. ${perPoint(buckets)}`,
    charts: chart(
      buckets,
      'bad-share',
      'Share of observations over the limit',
      'share',
      shown.map((key) => [key, key]),
    ),
  }
}

/** Each has a scale of its own: a number of requests that wait and a number of bytes have no common one. */
const mostObservations = 8

function observations(buckets: Buckets): ChartGroup {
  const names = buckets.names().slice(0, mostObservations)
  return {
    id: 'observations',
    title: 'Values that the target reports',
    note: `What the target reported about itself during the run. ${perPoint(buckets)} Of several values in one point the highest is shown.`,
    charts: names.flatMap((name, index) =>
      chart(buckets, `observation-${index}`, name, 'count', [[name, name]]).map((one) => ({
        ...one,
        joined: true,
      })),
    ),
  }
}

function resources(folder: RunFolder): ChartGroup {
  const { resources: buckets, services } = folder.series
  const of = (quantity: string): [string, string][] =>
    services.map((service) => [service, `${service} ${quantity}`])
  return {
    id: 'services',
    title: 'Services',
    note: `Sampled once a second by the keeper, children included. ${perPoint(buckets)}`,
    charts: [
      ...chart(buckets, 'cpu', 'CPU', 'cores', of('cpu')),
      ...chart(buckets, 'cpu-wait', 'Waiting for a core', 'cores', of('wait')),
      ...chart(buckets, 'memory', 'Memory (resident)', 'bytes', of('memory')),
      ...chart(buckets, 'disk-write', 'Disk, written', 'bytesPerSecond', of('disk write')),
      ...chart(buckets, 'disk-read', 'Disk, read', 'bytesPerSecond', of('disk read')),
      ...chart(buckets, 'connections', 'Database connections', 'count', of('connections')),
      ...chart(buckets, 'files', 'Open files', 'count', of('files')),
    ],
  }
}

/** Every group of charts of a run; a group without data has no charts and says so by its emptiness. */
export const chartGroups = (
  folder: RunFolder,
): Record<'judged' | 'throughput' | 'latency' | 'observations' | 'services', ChartGroup> => ({
  judged: judged(folder),
  throughput: throughput(folder.series.load),
  latency: latency(folder.series.load),
  observations: observations(folder.series.observations),
  services: resources(folder),
})

/** Mean and highest point of every line in every phase, or in the whole run where no phase is known. */
export function phaseFigures(
  shown: Chart,
  phases: PhaseSpan[],
  startMs: number,
  stepMs: number,
): PhaseFigures {
  const spans = phases.length > 0 ? phases : [{ name: 'whole run', start: -Infinity, end: Infinity }]
  return {
    phases: spans.map((span) => span.name),
    rows: shown.lines.map((line) => ({
      line: line.name,
      cells: spans.map((span) => {
        const inside = line.values.filter((value, index): value is number => {
          const t = startMs + index * stepMs
          return value !== null && t >= span.start && t < span.end
        })
        if (inside.length === 0) return { mean: '–', highest: '–' }
        const mean = inside.reduce((total, value) => total + value, 0) / inside.length
        return { mean: withUnit(mean, shown.unit), highest: withUnit(Math.max(...inside), shown.unit) }
      }),
    })),
  }
}
