// The server that the source document tests: its paths, its metrics behind a redirect, and its few figures. What it does not tell
// is left out here, so that what rests on it is not claimed: docs/truthsync-original.md.
import type { Exchange } from '../../lib/drive/actor.ts'
import { fields, misfit } from '../../lib/drive/fields.ts'
import { adapter as contract } from '../../systems/truthsync/adapter.ts'
import { metricNames } from '../../systems/truthsync/contract-values.ts'
import { readMetrics } from '../../systems/truthsync/metrics.ts'
import type { Metrics, ServiceAdapter, ServiceView } from '../../systems/truthsync/service.ts'

const statsOf = fields<{ total_requests: number; cache_hit_rate: number; batch_queue_size: number }>({
  total_requests: 'number',
  cache_hit_rate: 'number',
  batch_queue_size: 'number',
})

/**
 * What it calls requests are texts: each item of a batch counts as one. Its queue size is read from a queue that nothing fills, so
 * it says nothing of what waits.
 */
const stats: Exchange<ServiceView> = {
  method: 'GET',
  path: '/stats',
  expect: [200],
  read: (json) => {
    const { total_requests: claims, cache_hit_rate: hitRate } = statsOf(json)
    return { claims, hitRate }
  },
}

/** /metrics itself answers 307 and nothing else, and nothing follows a redirect. */
const metrics: Exchange<Metrics> = {
  method: 'GET',
  path: '/metrics/',
  expect: [200],
  read: (text) => {
    const { requests: claims, hitRate } = readMetrics(text)
    if (claims === undefined) misfit(metricNames.requests, 'a counter', claims)
    return { claims, hitRate }
  },
}

/** The one that this adapter speaks for. */
export const system = 'truthsync'

export const adapter: ServiceAdapter = () => {
  // Its answers to texts and to /health have the fields of the contract.
  const { verify, batch, health } = contract()
  return {
    verify,
    batch,
    // It takes as many as come.
    batchMost: Infinity,
    health,
    stats: () => stats,
    metrics: () => metrics,
    // Every answer has the same one, whatever the text says.
    tellsClaims: false,
    // One item that is no text, and the whole batch is answered 422.
    sparesOthers: false,
  }
}
