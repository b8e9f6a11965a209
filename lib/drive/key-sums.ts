// Which keys were observed, as two sums: those who promise and those who find share no memory, and sums of k6's counters add up
// over all of them.

/**
 * Bits of each hash. k6's counters are exact up to 2^53, and so are these sums up to 2^29 keys in one process: more than half
 * a thousand million. As many other keys have both sums in common by chance once in 2^48 times.
 */
export const hashBits = 24

const [firstSeed, secondSeed] = [0xdeadbeef, 0x41c6ce57]

/** What keys begin with up to their last dash, such as the name of a stretch, is the same for many in a row. */
let prefix = ''
let prefixFirst = firstSeed
let prefixSecond = secondSeed

let first = firstSeed
let second = secondSeed

/** The rounds of cyrb53 (by bryc, in the public domain) for the characters from one place on, up to another one. */
function take(key: string, from: number, to: number): void {
  for (let index = from; index < to; index++) {
    const code = key.charCodeAt(index)
    first = Math.imul(first ^ code, 0x9e3779b1)
    second = Math.imul(second ^ code, 0x5f356495)
  }
}

function begin(key: string, length: number): void {
  first = firstSeed
  second = secondSeed
  take(key, 0, length)
  prefix = key.slice(0, length)
  prefixFirst = first
  prefixSecond = second
}

/** The two halves of cyrb53, each as a hash of its own, added up over keys. */
export class KeySums {
  first = 0
  second = 0

  add(key: string): void {
    const length = key.lastIndexOf('-') + 1
    if (prefix.length !== length || !key.startsWith(prefix)) begin(key, length)
    first = prefixFirst
    second = prefixSecond
    take(key, length, key.length)
    // Its end, by which every bit depends on every bit that went in.
    first = Math.imul(first ^ (first >>> 16), 0x85ebca6b) ^ Math.imul(second ^ (second >>> 13), 0xc2b2ae35)
    second = Math.imul(second ^ (second >>> 16), 0x85ebca6b) ^ Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
    this.first += first >>> (32 - hashBits)
    this.second += second >>> (32 - hashBits)
  }

  clear(): void {
    this.first = 0
    this.second = 0
  }
}
