// Synthetic claims by seed, in the form of the source's own files: claims with their ground truth, and the order of their use.
// Virtual users read the files.
import { randomOf } from '../../../lib/plan/random.ts'
import { classesOf } from './access-classes.ts'
import { expectedHitRate } from './expected-hit-rate.ts'
import { usualSettings } from '../contract-values.ts'
import type { ClaimsFile, Pattern } from './read-claims.ts'

/** Rises when the same seed makes other claims than before, so that an older file is made anew. */
export const form = 1

/** What the source counts besides, and what the file was made from. */
export interface MadeFile extends ClaimsFile {
  stats: {
    total_unique_claims: number
    hot_claims: number
    cold_claims: number
    total_requests: number
    /** Of a cache of so many entries, by theory: see expected-hit-rate.ts. */
    expected_cache_hit_rate: number
    cache_size: number
    pattern: Pattern
    seed: number
    form: number
  }
}

/** The source's: accesses of a file, the share of the claims that are hot, and of the accesses that are to these. */
const [accesses, hotShare, hotAccesses] = [100_000, 0.2, 0.8] as const
/** The source's share of claims that state a fact. */
const factualShare = 0.7

const things = [
  'bridge',
  'tower',
  'lake',
  'library',
  'tunnel',
  'harbour',
  'museum',
  'canal',
  'glacier',
  'reactor',
]
const places = ['Ardel', 'Brenn', 'Corvo', 'Dunmor', 'Estel', 'Farrow', 'Gilden', 'Holm', 'Iveren', 'Jorun']
/** Several scripts, letters of several parts, and characters that take two places in a JavaScript text. */
const farPlaces = [
  'Zürich',
  'Gdańsk',
  'Αθήνα',
  'Київ',
  '東京',
  'القاهرة',
  'दिल्ली',
  'Sa\u0301mara',
  'Pōneke 🌋',
  '𝔙alhalla',
]
const facts = [
  'is located in a valley with',
  'has a length of',
  'was built in a year with number',
  'contains a number of rooms, namely',
  'measures in steps',
  'weighs in tonnes',
  'produces each day',
  'was founded in a century after',
]
const opinions = [
  'I think that nobody needs',
  'In my opinion there are too many visitors at',
  'I believe that everybody likes',
  'Somebody should paint',
  'There is probably no better place than',
  'I feel at home at',
]
/** Words without any marker, with which texts get longer. */
const filler = [
  'near',
  'the',
  'old',
  'northern',
  'road',
  'beside',
  'seven',
  'quiet',
  'gardens',
  'and',
  'river',
  'stones',
  'of',
  'granite',
]
const farFiller = ['straße', 'río', 'мост', '橋', 'γέφυρα', 'جسر', '🌉', 'café']

/** Claims with a text of this length, in characters, each by itself: the first ones of every file. */
const extremes = [...Array<number>(10).fill(1), ...Array<number>(10).fill(2), ...Array<number>(5).fill(2000)]
/** The first character of those texts that are too short for a word. */
const firstShort = 0x3b1
/** Further characters of most texts, on average, beside a sentence of about 50. */
const meanMore = 45

const characters = (text: string): string[] => [...text]

class Maker {
  constructor(
    private readonly seed: number,
    private readonly id: number,
  ) {}

  draw(purpose: string, ...numbers: number[]): number {
    return randomOf(this.seed, `claims/${purpose}`, [this.id, ...numbers])
  }

  private one(purpose: string, from: readonly string[], ...numbers: number[]): string {
    return from[Math.floor(this.draw(purpose, ...numbers) * from.length)]!
  }

  /** A sentence of this claim alone: its number is in it. */
  private sentence(isFactual: boolean, isFar: boolean): string {
    const { id } = this
    const subject = `${this.one('thing', things)} ${id} of ${this.one('place', isFar ? farPlaces : places)}`
    if (!isFactual) return `${this.one('opinion', opinions)} the ${subject}`
    return `The ${subject} ${this.one('fact', facts)} ${Math.floor(this.draw('number') * 1000)}`
  }

  /** With words until it is so long, cut off there. */
  private longer(text: string, length: number, isFar: boolean): string {
    const parts = characters(text)
    for (let word = 0; parts.length < length; word++)
      parts.push(' ', ...characters(this.one('filler', isFar && word % 4 === 0 ? farFiller : filler, word)))
    return parts.slice(0, length).join('')
  }

  make(): { text: string; isFactual: boolean } {
    const extreme = extremes[this.id]
    if (extreme !== undefined && extreme <= 2)
      return {
        text: String.fromCodePoint(
          ...Array.from({ length: extreme }, (_, place) => firstShort + this.id + 40 * place),
        ),
        isFactual: false,
      }
    const isFactual = this.draw('kind') < factualShare
    const isFar = this.draw('script') < 0.15
    const sentence = this.sentence(isFactual, isFar)
    const more = Math.floor(-meanMore * Math.log(1 - this.draw('length')))
    const length = extreme ?? Math.min(1900, characters(sentence).length + more)
    const whole = this.longer(sentence, length, isFar)
    // An opinion after a fact makes no less of the fact; a space at the end would be lost with the sentence's trimming.
    const second = isFactual && extreme === undefined && this.draw('second') < 0.2 ? '! I like it' : ''
    return { text: whole.trimEnd().padEnd(length, 'x') + second, isFactual }
  }
}

/** A seeded order of the claims: hot ones first, or by their rank. */
function shuffled(count: number, seed: number): number[] {
  const order = Array.from({ length: count }, (_, id) => id)
  for (let place = count - 1; place > 0; place--) {
    const other = Math.floor(randomOf(seed, 'claims/order', [place]) * (place + 1))
    ;[order[place], order[other]] = [order[other]!, order[place]!]
  }
  return order
}

function accessPattern(count: number, seed: number, pattern: Pattern): number[] {
  const order = shuffled(count, seed)
  const hot = Math.round(hotShare * count)
  const draw = (access: number, which: number): number => randomOf(seed, 'claims/access', [access, which])
  if (pattern === '80-20')
    return Array.from({ length: accesses }, (_, access) => {
      const isHot = draw(access, 0) < hotAccesses
      const place = isHot ? draw(access, 1) * hot : hot + draw(access, 1) * (count - hot)
      return order[Math.floor(place)]!
    })
  // Zipf's law with the exponent 1: the claim of rank k is asked for 1/k times as often as the first.
  const sums: number[] = []
  let sum = 0
  for (let rank = 1; rank <= count; rank++) sums.push((sum += 1 / rank))
  return Array.from({ length: accesses }, (_, access) => {
    const wanted = draw(access, 0) * sum
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle]! < wanted) low = middle + 1
      else high = middle
    }
    return order[low]!
  })
}

/** The same for the same numbers, on any day and machine. */
export function makeClaims({
  count,
  seed,
  pattern,
  md5,
}: {
  count: number
  seed: number
  pattern: Pattern
  md5: (text: string) => string
}): MadeFile {
  const claims = Array.from({ length: count }, (_, id): ClaimsFile['claims'][number] => {
    const { text, isFactual } = new Maker(seed, id).make()
    return {
      id,
      text,
      type: isFactual ? 'factual' : 'opinion',
      length: characters(text).length,
      hash: md5(text),
      expected_verifiable: isFactual,
    }
  })
  const access = accessPattern(count, seed, pattern)
  const hot = Math.round(hotShare * count)
  const { cacheSize } = usualSettings
  return {
    claims,
    access_pattern: access,
    stats: {
      total_unique_claims: count,
      hot_claims: hot,
      cold_claims: count - hot,
      total_requests: accesses,
      expected_cache_hit_rate: expectedHitRate({ weights: classesOf(access), cacheSize }),
      cache_size: cacheSize,
      pattern,
      seed,
      form,
    },
  }
}
