// Random numbers by name: the same seed and name give the same number, on any shard, in any order.
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus'

/** FNV-1a, 32 bits: spreads names over seeds. `value` is where the text before this one led. */
function hash(text: string, value = 0x811c9dc5): number {
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value
}

/**
 * Where the text before the last slash led, for as many texts as one actor draws from in turn: it draws number after
 * number of which only the last part of the name differs.
 */
const stems = new Map<string, number>()
const mostStems = 4

function stemOf(text: string): number {
  let value = stems.get(text)
  if (value !== undefined) return value
  if (stems.size >= mostStems) stems.clear()
  value = hash(text)
  stems.set(text, value)
  return value
}

/** A number in [0, 1) that depends on seed and name only. */
export function randomOf(seed: number, name: string): number {
  const text = `${seed}/${name}`
  const cut = text.lastIndexOf('/') + 1
  const generator = xorshift128plus(hash(text.slice(cut), stemOf(text.slice(0, cut))))
  generator.next()
  return (generator.next() >>> 0) / 2 ** 32
}
