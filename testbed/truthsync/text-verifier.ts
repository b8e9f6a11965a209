// The work on one text: which of its sentences state a fact, and how sure that is. Its cost grows with the text, and nothing in
// it waits.
import AhoCorasick from 'modern-ahocorasick'
import { factualMarkers, opinionMarkers } from '../../systems/truthsync/api.ts'

/** What came of a text, as the cache keeps it. */
export interface Finding {
  claims: string[]
  confidence: number
}

/** By pattern: whether it is a marker of opinions. Whole words are told apart below: the library does it for every letter. */
const markers = new AhoCorasick(
  [...factualMarkers, ...opinionMarkers].map((pattern) => ({
    pattern,
    data: (opinionMarkers as readonly string[]).includes(pattern),
  })),
)

/** In small letters, and as long as it was: a few letters of other scripts become two. */
function folded(text: string): string {
  const lower = text.toLowerCase()
  return lower.length === text.length ? lower : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

const endsInWord = /[\p{L}\p{M}\p{N}]$/u
const beginsWithWord = /^[\p{L}\p{M}\p{N}]/u
const isWhole = (text: string, start: number, end: number): boolean =>
  !endsInWord.test(text.slice(Math.max(0, start - 2), start)) &&
  !beginsWithWord.test(text.slice(end, end + 2))

const sentenceEnd = /[.!?]+/g

/** Where each sentence begins and ends, without the mark at its end. */
function sentencesOf(text: string): [start: number, end: number][] {
  const sentences: [number, number][] = []
  let start = 0
  for (const { index, 0: mark } of text.matchAll(sentenceEnd)) {
    if (index > start) sentences.push([start, index])
    start = index + mark.length
  }
  if (start < text.length) sentences.push([start, text.length])
  return sentences
}

/** How sure a text is of what it says without any marker, and how much more each marker makes it: never quite certain. */
const [unmarked, perMarker] = [0.5, 0.35]

/** @param text of 1 to 2,000 characters */
export function findingOf(text: string): Finding {
  const found = markers.search(folded(text)).filter(({ start, end }) => isWhole(text, start, end))
  const claims: string[] = []
  let facts = 0
  let next = 0
  for (const [start, end] of sentencesOf(text)) {
    let own = 0
    let isOpinion = false
    for (; next < found.length && found[next]!.start < end; next++) {
      if (found[next]!.data === true) isOpinion = true
      else own++
    }
    if (own === 0 || isOpinion) continue
    facts += own
    claims.push(text.slice(start, end).trim())
  }
  const marks = claims.length > 0 ? facts : found.length
  const confidence = 1 - (1 - unmarked) * Math.exp(-perMarker * marks)
  return { claims, confidence: Math.round(confidence * 10_000) / 10_000 }
}
