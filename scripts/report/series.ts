// What happened over time: k6's per-second record, the keeper's resource samples, and the evidence's one-second blocks.
// Files of a day hold hundreds of megabytes, so they are read line by line into buckets of bounded number.
import type { ResourceSample } from '../../keeper/service.ts'
import type { RunEvidence } from '../../verdict/evidence.ts'
import { Buckets } from './buckets.ts'
import { readLines, type Missing } from './lines.ts'

export interface RunSeries {
  /** By k6 metric and aggregate: "http_req_duration{step:submit} p(95)", "http_reqs rate", "vus value". */
  load: Buckets
  /** By service and quantity: "gateway-1 cpu". Disk figures are bytes per second. */
  resources: Buckets
  /** Bad share of what was judged, by evidence key. */
  evidence: Buckets
  services: string[]
  /** What actors observed of the target, by name: the length of its queue. Filled from the timeline. */
  observations: Buckets
}

/** Reads every series of a run between two Unix times in ms; what is not there is added to `missing`. */
export async function readSeries(
  directory: string,
  start: number,
  end: number,
  evidence: RunEvidence | null,
  missing: Missing,
): Promise<RunSeries> {
  const load = new Buckets(start, end)
  const record = new RecordReader(load)
  await readLines(
    directory,
    'k6-dashboard.ndjson',
    'latency, throughput and virtual users over time',
    missing,
    (line) => record.read(line),
  )
  const resources = new Buckets(start, end)
  const reader = new ResourceReader(resources)
  await readLines(directory, 'services/resources.ndjson', "services' resources over time", missing, (line) =>
    reader.read(line),
  )
  return {
    load,
    resources,
    evidence: evidenceSeries(evidence, start, end),
    services: reader.services,
    observations: new Buckets(start, end),
  }
}

type RecordEvent =
  | { event: 'param'; data: { period: number; aggregates: Record<string, string[]> } }
  | { event: 'metric'; data: Record<string, { type: string }> }
  | { event: 'snapshot'; data: number[][] }

/** What is kept of k6's record. The rest (connecting, waiting, iteration times) is in k6's own dashboard. */
const kept =
  /^(http_reqs|http_req_duration|http_req_failed|iterations|dropped_iterations|vus|vus_max)(\{step:.*\})?$/

const keptAggregates = new Set(['rate', 'value', 'med', 'p(95)', 'p(99)'])

/**
 * Reads what `--out web-dashboard=record=...` writes. A snapshot holds one array per metric known so far, in the byte
 * order of their names (sub-metrics by `tag=step` among them), and in each array the aggregates that `param` lists for
 * the metric's type; an empty array is a metric without a sample in that period. Its time is the period's end.
 */
class RecordReader {
  readonly #buckets: Buckets
  readonly #types = new Map<string, string>()
  #names: string[] = []
  #aggregates: Record<string, string[]> = {}
  #periodMs = 1000

  constructor(buckets: Buckets) {
    this.#buckets = buckets
  }

  /** False when the line cannot be understood. */
  read(line: string): boolean {
    // Totals since the start fill half of the file and are not shown over time.
    if (line.startsWith('{"event":"cumulative"')) return true
    const record = JSON.parse(line) as RecordEvent
    if (record.event === 'param') {
      this.#aggregates = record.data.aggregates
      if (record.data.period > 0) this.#periodMs = record.data.period
    } else if (record.event === 'metric') {
      for (const [name, metric] of Object.entries(record.data)) this.#types.set(name, metric.type)
      this.#names = [...this.#types.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    } else if (record.event === 'snapshot') {
      return this.#snapshot(record.data)
    }
    return true
  }

  #snapshot(data: number[][]): boolean {
    const time = data[this.#names.indexOf('time')]?.[0]
    if (data.length !== this.#names.length || time === undefined) return false
    const t = time - this.#periodMs
    const requests = new Map<string, number>()
    const failed = new Map<string, number>()
    for (const [index, name] of this.#names.entries()) {
      if (!kept.test(name)) continue
      const values = data[index] ?? []
      const type = this.#types.get(name) ?? ''
      // A counter without a sample counted nothing; a trend or gauge without one is unknown.
      if (values.length === 0 && type === 'counter') this.#buckets.add(`${name} rate`, t, 0, 'mean')
      for (const [place, aggregate] of (this.#aggregates[type] ?? []).entries()) {
        const value = values[place]
        if (value === undefined || !keptAggregates.has(aggregate)) continue
        this.#buckets.add(
          `${name} ${aggregate}`,
          t,
          value,
          type === 'trend' || type === 'gauge' ? 'max' : 'mean',
        )
        if (name.startsWith('http_reqs') && aggregate === 'rate')
          requests.set(name.slice('http_reqs'.length), value)
        if (name.startsWith('http_req_failed')) failed.set(name.slice('http_req_failed'.length), value)
      }
    }
    for (const [tag, rate] of requests) {
      this.#buckets.add(`failed${tag} rate`, t, rate * (failed.get(tag) ?? 0), 'mean')
    }
    return true
  }
}

/** A page with a chart line per service stays readable up to about this many services. */
const mostServices = 24

/** Reads the keeper's samples. Disk counters become rates, so that two samples of a service are needed for one point. */
class ResourceReader {
  readonly services: string[] = []
  readonly #buckets: Buckets
  readonly #last = new Map<string, ResourceSample>()

  constructor(buckets: Buckets) {
    this.#buckets = buckets
  }

  read(line: string): boolean {
    const sample = JSON.parse(line) as ResourceSample
    if (typeof sample.t !== 'number' || typeof sample.service !== 'string') return false
    const { t, service } = sample
    if (!this.services.includes(service)) {
      if (this.services.length >= mostServices) {
        this.#buckets.left.add(service)
        return true
      }
      this.services.push(service)
    }
    const add = (quantity: string, value: number | undefined, fold: 'mean' | 'max'): void => {
      if (value !== undefined) this.#buckets.add(`${service} ${quantity}`, t, value, fold)
    }
    add('cpu', sample.cpu, 'mean')
    add('wait', sample.cpuWait, 'mean')
    add('memory', sample.rssBytes, 'max')
    add('files', sample.openFiles, 'max')
    add('connections', sample.databaseConnections, 'max')
    const before = this.#last.get(service)
    const seconds = before === undefined ? 0 : (t - before.t) / 1000
    if (before !== undefined && seconds > 0) {
      // A restarted service counts from zero again: its first second is what it has done since.
      const since = (now: number, then: number): number => (now >= then ? now - then : now) / seconds
      add('disk read', since(sample.diskReadBytes, before.diskReadBytes), 'mean')
      add('disk write', since(sample.diskWriteBytes, before.diskWriteBytes), 'mean')
    }
    this.#last.set(service, sample)
    return true
  }
}

function evidenceSeries(evidence: RunEvidence | null, start: number, end: number): Buckets {
  const buckets = new Buckets(start, end)
  for (const [key, rule] of Object.entries(evidence?.rules ?? {})) {
    if (rule.type !== 'counts' || rule.blocks === undefined) continue
    for (const [second, [n, bad]] of Object.entries(rule.blocks)) {
      if (n > 0) buckets.add(key, Number(second) * 1000, bad, 'ratio', n)
    }
  }
  return buckets
}
