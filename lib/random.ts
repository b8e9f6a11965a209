// Random numbers by name: the same seed and name give the same number, on any shard, in any order.
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus'

/** FNV-1a, 32 bits: spreads names over seeds. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value
}

/** A number in [0, 1) that depends on seed and name only. */
export function randomOf(seed: number, name: string): number {
  const generator = xorshift128plus(hash(`${seed}/${name}`))
  generator.next()
  return (generator.next() >>> 0) / 2 ** 32
}
