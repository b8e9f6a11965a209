// The hit rate that theory expects of a cache which evicts what was used least recently (LRU).

/** Claims that are asked for equally often: how many, and the probability that an access is to one of them. */
export interface AccessClass {
  count: number
  probability: number
}

/** A hit rate in words, such as "86.2 %". */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

export interface ExpectedOf {
  weights: readonly AccessClass[]
  /** Most answers that the cache holds. */
  cacheSize: number
  /** For how many accesses, to all claims together, an answer stays; without a limit when left out. Reads do not extend it. */
  ttlAccesses?: number
}

/** Answers in the cache, on average, where one leaves `time` accesses after its last use. */
const filled = (weights: readonly AccessClass[], time: number): number =>
  weights.reduce((sum, { count, probability }) => sum + count * -Math.expm1(-probability * time), 0)

/**
 * Che's characteristic time: after so many accesses without being used an answer is evicted. Infinity where the cache holds all.
 */
function characteristicTime(weights: readonly AccessClass[], cacheSize: number): number {
  const all = weights.reduce((sum, { count }) => sum + count, 0)
  if (cacheSize >= all) return Infinity
  let [low, high] = [0, 1]
  while (filled(weights, high) < cacheSize) high *= 2
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2
    if (filled(weights, middle) < cacheSize) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * Hits on an answer from its insertion to its end, on average. Without a limit of age it lives until it was not used for
 * `evictedAfter`: (e^(p evictedAfter) - 1) / p accesses, on average. With one it lives until the first of both; its life by use
 * alone is taken as exponential, which it nearly is where both matter: up to two points off where it is short.
 */
function hitsPerLife(probability: number, evictedAfter: number, ttl: number): number {
  if (evictedAfter >= ttl) return probability * ttl
  const life = Math.expm1(probability * evictedAfter) / probability
  if (life === Infinity) return probability * ttl
  return ttl === Infinity ? probability * life : probability * life * -Math.expm1(-ttl / life)
}

/**
 * The share of accesses that find their answer in the cache, once it is full, where each access is independent of those before
 * it. Without a limit of age this is the approximation of Che, Tung and Wang (2002), which Fagin (1977) showed to be exact for
 * many claims.
 */
export function expectedHitRate({ weights, cacheSize, ttlAccesses = Infinity }: ExpectedOf): number {
  const evictedAfter = characteristicTime(weights, cacheSize)
  const rate = weights.reduce((sum, { count, probability }) => {
    if (evictedAfter === Infinity && ttlAccesses === Infinity) return sum + count * probability
    const hits = hitsPerLife(probability, evictedAfter, ttlAccesses)
    return sum + count * probability * (hits === Infinity ? 1 : hits / (1 + hits))
  }, 0)
  // Sums of fractions may come to a little more than all.
  return Math.min(1, rate)
}
