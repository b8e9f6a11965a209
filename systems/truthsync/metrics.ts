// Reads the text of /metrics, as far as criteria look at it: Prometheus' exposition format, line by line.
import { misfit } from '../../lib/drive/fields.ts'
import { metricNames } from './contract-values.ts'
import type { Metrics } from './service.ts'

/** A value of the text: its name with its labels as they are written, and the number. */
const sample = /^([a-zA-Z_:][\w:]*)(\{[^}]*\})?\s+(\S+)/

/** By name, of all labels together, and by name and one label as it is written. A name that the text has not is undefined. */
type Samples = Map<string, number>

function samplesIn(text: string): Samples {
  const samples: Samples = new Map()
  const add = (key: string, value: number): void => void samples.set(key, (samples.get(key) ?? 0) + value)
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, name, labels, written] = sample.exec(line) ?? []
    const value = valueOf(written ?? '')
    if (name === undefined || value === null) misfit('/metrics', 'a line "name{labels} number"', line)
    add(name, value)
    if (labels !== undefined) add(name + labels, value)
  }
  return samples
}

/** Null for what is no value. One of which there is none yet is written NaN, in small letters or capital ones. */
function valueOf(written: string): number | null {
  if (/^nan$/i.test(written)) return NaN
  const value = Number(written.replace(/^([+-]?)Inf$/i, '$1Infinity'))
  return Number.isNaN(value) ? null : value
}

/** A bucket's line: its upper bound, and that it is of this value of the label "cache". */
const bucketOf = (cache: string) => new RegExp(`_bucket\\{(?=[^}]*cache="${cache}")[^}]*le="([^"]+)"`)

/**
 * The median of the work on texts of one kind, in microseconds; undefined before the first. Within a bucket values are taken as
 * spread evenly, as histogram_quantile does it. A mean would be that of the few that were interrupted.
 */
function medianUs(samples: Samples, name: string, cache: string): number | undefined {
  const pattern = bucketOf(cache)
  const buckets = [...samples]
    .flatMap(([key, count]): [bound: number, count: number][] => {
      const bound = key.startsWith(name) ? pattern.exec(key)?.[1] : undefined
      return bound === undefined ? [] : [[valueOf(bound) ?? NaN, count]]
    })
    .sort(([one], [other]) => one - other)
  const half = (buckets.at(-1)?.[1] ?? 0) / 2
  if (!(half > 0)) return undefined
  const place = buckets.findIndex(([, count]) => count >= half)
  const [low, before] = buckets[place - 1] ?? [0, 0]
  const [high, count] = buckets[place]!
  return (high === Infinity ? low : low + ((high - low) * (half - before)) / (count - before)) * 1e6
}

/** @throws what misfit() throws, for what is no such text */
export function readMetrics(text: unknown): Metrics {
  if (typeof text !== 'string') misfit('/metrics', 'a text', text)
  const samples = samplesIn(text)
  const { requests, claims, errors, refused, hits, misses, evictions, hitRate, verification } = metricNames
  return {
    requests: samples.get(requests),
    claims: samples.get(claims),
    errors: samples.get(errors),
    refused: samples.get(refused),
    hits: samples.get(hits),
    misses: samples.get(misses),
    evictions: samples.get(evictions),
    hitRate: samples.get(hitRate),
    hitMedianUs: medianUs(samples, verification, 'hit'),
    missMedianUs: medianUs(samples, verification, 'miss'),
  }
}
