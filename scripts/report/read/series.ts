// What happened over time: k6's per-second record, the keeper's resource samples, and the evidence's one-second blocks.
// Files of a day hold hundreds of megabytes, so they are read line by line into buckets of bounded number.
import { readdir } from 'node:fs/promises'
import type { ResourceSample } from '../../../keeper/service.ts'
import type { RunEvidence } from '../../../verdict/evidence.ts'
import { Buckets } from './buckets.ts'
import { partNumber } from './k6-memory.ts'
import { readLines, type Missing } from '../lines.ts'
import { ProcessSum, type Folding } from './process-sum.ts'

export interface RunSeries {
  /** By k6 metric and aggregate: "http_req_duration{step:submit} p(95)", "http_reqs rate", "vus value". */
  load: Buckets
  /** By service and quantity: "gateway-1 cpu". Disk figures are bytes per second. */
  resources: Buckets
  /** Bad share of what was judged, by evidence key. */
  evidence: Buckets
  services: string[]
  /** The most memory that each of several k6 processes took, in bytes by its name; empty when there was one. */
  k6Memory: ReadonlyMap<string, number>
  /** What actors observed of the target, by name, such as how much work waits. Filled from the timeline. */
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
  const sum = new ProcessSum(load)
  for (const file of await recordFiles(directory)) {
    const record = new RecordReader(sum, file)
    const absent = 'latency, throughput and virtual users over time'
    await readLines(directory, file, absent, missing, (line) => record.read(line))
    sum.endProcess()
  }
  sum.finish()
  const resources = new Buckets(start, end)
  const reader = new ResourceReader(resources)
  await readLines(directory, 'services/resources.ndjson', "services' resources over time", missing, (line) =>
    reader.read(line),
  )
  reader.finish()
  return {
    load,
    resources,
    evidence: evidenceSeries(evidence, start, end),
    services: reader.services,
    k6Memory: reader.k6Memory,
    observations: new Buckets(start, end),
  }
}

/** k6's records: one, or one of each process in the order of their numbers. */
async function recordFiles(directory: string): Promise<string[]> {
  const numberOf = (name: string): number | null => {
    const [, digits] = /^k6-dashboard-(\d+)\.ndjson$/.exec(name) ?? []
    return digits === undefined ? null : Number(digits)
  }
  const names = await readdir(directory).catch(() => [])
  const numbered = names.filter((name) => numberOf(name) !== null)
  if (numbered.length === 0) return ['k6-dashboard.ndjson']
  return numbered.sort((a, b) => numberOf(a)! - numberOf(b)!)
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
  readonly #sum: ProcessSum
  readonly #types = new Map<string, string>()
  #names: string[] = []
  #aggregates: Record<string, string[]> = {}
  #periodMs = 1000

  constructor(
    sum: ProcessSum,
    private readonly process: string,
  ) {
    this.#sum = sum
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
      if (values.length === 0 && type === 'counter')
        this.#sum.add(this.process, `${name} rate`, t, 0, counted)
      for (const [place, aggregate] of (this.#aggregates[type] ?? []).entries()) {
        const value = values[place]
        if (value === undefined || !keptAggregates.has(aggregate)) continue
        this.#sum.add(this.process, `${name} ${aggregate}`, t, value, foldings[type] ?? shared)
        if (name.startsWith('http_reqs') && aggregate === 'rate')
          requests.set(name.slice('http_reqs'.length), value)
        if (name.startsWith('http_req_failed')) failed.set(name.slice('http_req_failed'.length), value)
      }
    }
    for (const [tag, rate] of requests) {
      this.#sum.add(this.process, `failed${tag} rate`, t, rate * (failed.get(tag) ?? 0), counted)
    }
    return true
  }
}

const counted: Folding = { within: 'mean', across: 'add' }
const shared: Folding = { within: 'mean', across: 'worst' }
/** By k6's type of metric. Of percentiles the worst process's is shown: the percentile of all is not above it. */
const foldings: Record<string, Folding> = {
  counter: counted,
  gauge: { within: 'max', across: 'add' },
  trend: { within: 'max', across: 'worst' },
}

/** A page with a chart line per service stays readable up to about this many services. */
const mostServices = 24

/** Reads the keeper's samples. Disk counters become rates, so that two samples of a service are needed for one point. */
class ResourceReader {
  readonly services: string[] = []
  readonly k6Memory = new Map<string, number>()
  readonly #buckets: Buckets
  readonly #k6: ProcessSum
  readonly #last = new Map<string, ResourceSample>()

  constructor(buckets: Buckets) {
    this.#buckets = buckets
    this.#k6 = new ProcessSum(buckets)
  }

  finish(): void {
    this.#k6.finish()
  }

  read(line: string): boolean {
    const sample = JSON.parse(line) as ResourceSample
    if (typeof sample.t !== 'number' || typeof sample.service !== 'string') return false
    const { t, service: process } = sample
    const isPart = partNumber(process) !== null
    // A line per process would push the services out of sight.
    const service = isPart ? 'k6' : process
    if (isPart) this.k6Memory.set(process, Math.max(this.k6Memory.get(process) ?? 0, sample.rssBytes))
    if (!this.services.includes(service)) {
      if (this.services.length >= mostServices) {
        this.#buckets.left.add(service)
        return true
      }
      this.services.push(service)
    }
    const add = (quantity: string, value: number | undefined, within: 'mean' | 'max'): void => {
      if (value === undefined) return
      const name = `${service} ${quantity}`
      if (isPart) this.#k6.add(process, name, t, value, { within, across: 'add' })
      else this.#buckets.add(name, t, value, within)
    }
    add('cpu', sample.cpu, 'mean')
    add('wait', sample.cpuWait, 'mean')
    add('memory', sample.rssBytes, 'max')
    add('files', sample.openFiles, 'max')
    add('connections', sample.databaseConnections, 'max')
    const before = this.#last.get(process)
    const seconds = before === undefined ? 0 : (t - before.t) / 1000
    if (before !== undefined && seconds > 0) {
      // A restarted service counts from zero again: its first second is what it has done since.
      const since = (now: number, then: number): number => (now >= then ? now - then : now) / seconds
      add('disk read', since(sample.diskReadBytes, before.diskReadBytes), 'mean')
      add('disk write', since(sample.diskWriteBytes, before.diskWriteBytes), 'mean')
    }
    this.#last.set(process, sample)
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
