// Random numbers by name: the same seed, purpose and numbers give the same number, on any shard, in any order.

/** Hashes of purposes. An actor draws for few of them, again and again; numbers belong beside the purpose, not in it. */
const purposes = new Map<string, number>()

/** Takes 32 bits into a hash: one round of MurmurHash3. */
function mix(hash: number, value: number): number {
  let bits = Math.imul(value, 0xcc9e2d51)
  bits = Math.imul((bits << 15) | (bits >>> 17), 0x1b873593)
  const mixed = hash ^ bits
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

function purposeHash(purpose: string): number {
  let hash = purposes.get(purpose)
  if (hash !== undefined) return hash
  hash = purpose.length
  for (let index = 0; index < purpose.length; index++) hash = mix(hash, purpose.charCodeAt(index))
  purposes.set(purpose, hash)
  return hash
}

/**
 * A number in [0, 1), one of 2^32, that depends on the seed, the purpose and the whole numbers only. A hash and no
 * generator, because actors draw several times a piece of work: a generator made for one number would cost most of a request.
 */
export function randomOf(seed: number, purpose: string, numbers: readonly number[]): number {
  let hash = mix(purposeHash(purpose), seed)
  for (let index = 0; index < numbers.length; index++) hash = mix(hash, numbers[index]!)
  // MurmurHash3's end, by which every bit of it depends on every bit that went in.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
