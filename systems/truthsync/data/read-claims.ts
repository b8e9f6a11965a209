// Reads a file of claims, and says what is wrong with one that a run cannot use.
import type { Given } from '../../../lib/input/variables.ts'
import { textLength } from '../contract-values.ts'

/** Claims of a file by the name of its size. */
export const sizes = { '1k': 1_000, '10k': 10_000, '100k': 100_000 } as const
export type Size = keyof typeof sizes

/** How often each claim is asked for: one in five makes four of five accesses, or Zipf's law. */
export const patterns = ['80-20', 'zipf'] as const
export type Pattern = (typeof patterns)[number]

/** The source's. */
export const usualSeed = 42
export const usualPattern: Pattern = '80-20'
const usualSize: Size = '10k'

/** The form of the source's own files. */
export interface ClaimsFile {
  claims: {
    id: number
    text: string
    type: 'factual' | 'opinion'
    length: number
    hash: string
    expected_verifiable: boolean
  }[]
  /** Ids in the order of their use. */
  access_pattern: number[]
}

/** Where `./assay data` writes them, below the work folder: the source's names, in a folder for each seed. */
export const fileOf = (size: Size, seed: number, pattern: Pattern): string =>
  `data/truthsync/${seed}${pattern === usualPattern ? '' : `-${pattern}`}/synthetic_claims_${size}.json`

/** The file of a run, as its variables have it: CLAIMS, or the one of SIZE and PATTERN that a run makes itself. */
export function claimsFile(given: Given): { file: string; size: Size | null } {
  const { CLAIMS: file = '', SIZE: size = '', PATTERN: pattern = '' } = given
  const named = size === '' ? null : sizeNamed(size)
  if (file !== '') return { file, size: named }
  const own = named ?? usualSize
  return { file: fileOf(own, usualSeed, pattern === '' ? usualPattern : patternNamed(pattern)), size: own }
}

/** @throws Error that lists the sizes */
export function sizeNamed(text: string): Size {
  if (Object.hasOwn(sizes, text)) return text as Size
  throw new Error(`expected ${Object.keys(sizes).join(', ')}`)
}

/** @throws Error that lists the patterns */
export function patternNamed(text: string): Pattern {
  const pattern = patterns.find((one) => one === text)
  if (pattern !== undefined) return pattern
  throw new Error(`expected ${patterns.join(' or ')}`)
}

const remake = 'make it anew with ./assay data SYSTEM=truthsync'

/** An error that says which file cannot be used, why, and what to do. */
const unusable = (file: string, why: string): Error =>
  new Error(`${file} is no file of claims: ${why}; ${remake}`)

function parsed(text: string, file: string): Partial<ClaimsFile> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw unusable(file, `it is cut off, or no JSON (${(error as Error).message})`)
  }
  if (typeof json !== 'object' || json === null) throw unusable(file, 'an object was expected')
  return json
}

/** What is wrong with a claim; null where nothing is. */
function faultOf(claim: Partial<ClaimsFile['claims'][number]> | null, known: Set<string>): string | null {
  if (typeof claim?.text !== 'string') return 'its text is no string'
  if (typeof claim.expected_verifiable !== 'boolean')
    return 'its expected_verifiable is neither true nor false'
  const { text } = claim
  const characters = text.length > textLength.most ? [...text].length : text.length
  if (characters < textLength.least || characters > textLength.most)
    return `its text has ${characters} characters, and ${textLength.least} to ${textLength.most} are expected`
  return known.has(text) ? 'its text is that of another claim, so that a cache would look too good' : null
}

/** @throws Error that says what is wrong with the first thing that is */
export function readClaims(text: string, { file, size }: { file: string; size: Size | null }): ClaimsFile {
  const { claims, access_pattern: pattern } = parsed(text, file)
  if (!Array.isArray(claims) || claims.length === 0) throw unusable(file, 'it has no list "claims"')
  if (size !== null && claims.length !== sizes[size])
    throw unusable(file, `it has ${claims.length} claims, and ${sizes[size]} are expected of SIZE=${size}`)
  const known = new Set<string>()
  // Plain loops: k6, which reads the file at each start, takes ten times as long for others.
  for (let index = 0; index < claims.length; index++) {
    const fault = faultOf(claims[index]!, known)
    if (fault !== null) throw unusable(file, `claim ${index}: ${fault}`)
    known.add(claims[index]!.text)
  }
  if (!Array.isArray(pattern) || pattern.length === 0) throw unusable(file, 'it has no list "access_pattern"')
  for (let access = 0; access < pattern.length; access++)
    if (claims[pattern[access]!] === undefined)
      throw unusable(
        file,
        `access ${access} of its pattern is to the claim ${String(pattern[access])}, which is not there`,
      )
  return { claims, access_pattern: pattern }
}
