// Numbers and names of the contract that the k6 side needs, too: it would not carry the schemas beside them.

/** Characters (Unicode code points) of a text to verify, and items of a batch. */
export const textLength = { least: 1, most: 2_000 } as const
export const batchItems = { least: 1, most: 1_000 } as const

/** What the testbed does where its variables are not given. */
export const usualSettings = { batchSize: 1_000, cacheSize: 4_000, cacheTtlSeconds: 300 } as const

/**
 * What makes a sentence a statement of fact, and what makes it an opinion, whatever else it holds: whole words, in small or
 * capital letters. Sentences end with a full stop, a question mark or an exclamation mark.
 */
export const factualMarkers = [
  'is',
  'are',
  'was',
  'were',
  'has',
  'have',
  'contains',
  'consists of',
  'measures',
  'weighs',
  'was founded in',
  'is located in',
  'was built in',
  'produces',
  'according to',
] as const
export const opinionMarkers = [
  'i think',
  'i believe',
  'i feel',
  'in my opinion',
  'in my view',
  'beautiful',
  'ugly',
  'best',
  'worst',
  'should',
  'must',
  'amazing',
  'boring',
  'probably',
  'i hope',
] as const

/**
 * Names of /metrics. Counters are the totals of Stats; processing is a histogram by endpoint (verify, batch), from the first byte
 * of the request to the end of the answer; verification one by cache (hit, miss), of the work on one text.
 */
export const metricNames = {
  requests: 'truthsync_requests_total',
  claims: 'truthsync_claims_total',
  errors: 'truthsync_errors_total',
  refused: 'truthsync_refused_total',
  processing: 'truthsync_processing_seconds',
  verification: 'truthsync_verification_seconds',
  hits: 'truthsync_cache_hits_total',
  misses: 'truthsync_cache_misses_total',
  hitRate: 'truthsync_cache_hit_rate',
  entries: 'truthsync_cache_entries',
  evictions: 'truthsync_cache_evictions_total',
  batchSize: 'truthsync_batch_size',
  queue: 'truthsync_batch_queue_size',
} as const
