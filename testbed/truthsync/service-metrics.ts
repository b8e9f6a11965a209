// The service's metrics. What /stats counts is read from there when somebody asks, so that both say the same.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { metricNames, type Stats } from '../../systems/truthsync/api.ts'

/** Seconds, from 0.1 ms: limits of 1, 5 and 10 ms lie on bounds. */
export const durationBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5,
  1, 2.5, 5, 10,
]
/** Of the work on one text: from a quarter of a microsecond. */
const textBuckets = [
  0.00000025, 0.0000005, 0.000001, 0.000002, 0.000005, 0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005,
  0.001, 0.002, 0.005, 0.01,
]

const counters: [name: string, help: string, of: keyof Stats][] = [
  [metricNames.requests, 'Requests to /verify and /verify/batch that were answered', 'total_requests'],
  [metricNames.claims, 'Texts that were verified', 'total_claims'],
  [metricNames.errors, 'Requests that failed with 500 or above, but for refusals', 'errors'],
  [metricNames.refused, 'Requests that were refused because the queue was full', 'refused'],
  [metricNames.hits, 'Texts whose answer was in the cache', 'cache_hits'],
  [metricNames.misses, 'Texts that had to be verified', 'cache_misses'],
  [metricNames.evictions, 'Answers that had to go because the cache was full', 'cache_evictions'],
]
const gauges: [name: string, help: string, of: keyof Stats][] = [
  [metricNames.hitRate, 'Share of the texts whose answer was in the cache', 'cache_hit_rate'],
  [metricNames.entries, 'Answers in the cache', 'cache_entries'],
  [metricNames.batchSize, 'Most texts that were worked on in one go', 'largest_batch'],
  [metricNames.queue, 'Texts that wait to be verified', 'batch_queue_size'],
]

export function addMetrics(registry: Registry, stats: () => Stats) {
  for (const [name, help, of] of counters)
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(stats()[of])
      },
    })
  for (const [name, help, of] of gauges)
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(stats()[of])
      },
    })
  const processing = new Histogram({
    name: metricNames.processing,
    help: 'Time from a request to the end of its answer',
    labelNames: ['endpoint'],
    buckets: durationBuckets,
    registers: [registry],
  })
  const verification = new Histogram({
    name: metricNames.verification,
    help: 'Work on one text, without its wait in the queue',
    labelNames: ['cache'],
    buckets: textBuckets,
    registers: [registry],
  })
  const [hit, miss] = [verification.labels('hit'), verification.labels('miss')]
  const byStep = { verify: processing.labels('verify'), batch: processing.labels('batch') }
  return {
    observeText: (isHit: boolean, seconds: number): void => (isHit ? hit : miss).observe(seconds),
    observeRequest: (step: 'verify' | 'batch', seconds: number): void => byStep[step].observe(seconds),
  }
}
