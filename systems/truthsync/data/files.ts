// The files of synthetic claims: what `./assay data` writes, and which of them a run reads.
import type { DataFile, SystemData } from '../../../lib/plan/system-data.ts'
import type { Settings } from '../../../lib/input/settings.ts'
import { wholeNumber } from '../../../lib/input/variables.ts'
import { classesOf } from './access-classes.ts'
import { expectedHitRate, percent } from './expected-hit-rate.ts'
import { form, makeClaims, type MadeFile } from './make-claims.ts'
import {
  claimsFile,
  fileOf,
  patternNamed,
  readClaims,
  sizeNamed,
  sizes,
  usualPattern,
  usualSeed,
  type Pattern,
  type Size,
} from './read-claims.ts'

const seedOf = (text: string): string => String(wholeNumber(0, 999_999_999)(text))

/** Entries of caches of which the hit rate is told. */
const cacheSizes = [1_000, 2_000, 4_000, 8_000]

function aboutOf(text: string): string[] {
  const { claims, access_pattern: pattern } = JSON.parse(text) as MadeFile
  const weights = classesOf(pattern)
  const rates = cacheSizes
    .filter((cacheSize) => cacheSize < claims.length)
    .map((cacheSize) => `${percent(expectedHitRate({ weights, cacheSize }))} of ${cacheSize}`)
  const expected =
    rates.length === 0 ? [] : [`  expected hit rate, by entries of the cache: ${rates.join(', ')}`]
  return [`  ${claims.length} claims, ${pattern.length} accesses`, ...expected]
}

function isStale(text: string): boolean {
  try {
    return (JSON.parse(text) as Partial<MadeFile>).stats?.form !== form
  } catch {
    // Cut off: nobody else writes here.
    return true
  }
}

const madeFile = (size: Size, seed: number, pattern: Pattern): DataFile => {
  const path = fileOf(size, seed, pattern)
  return {
    path,
    make: ({ md5 }) => `${JSON.stringify(makeClaims({ count: sizes[size], seed, pattern, md5 }))}\n`,
    isStale,
    check: (text) => void readClaims(text, { file: path, size }),
    about: aboutOf,
  }
}

function ofRun(settings: Settings): DataFile[] {
  const { file, size } = claimsFile(settings)
  const { CLAIMS = '', PATTERN = usualPattern } = settings
  if (CLAIMS === '') return [madeFile(size!, usualSeed, patternNamed(PATTERN))]
  const check = (text: string) => void readClaims(text, { file, size })
  return [{ path: file, make: null, isStale: () => false, check, about: aboutOf }]
}

export const data: SystemData = {
  variables: {
    SIZE: { read: sizeNamed, doc: '1k, 10k or 100k claims (default: a file of each)' },
    PATTERN: {
      read: patternNamed,
      doc: `how often each is asked for: 80-20 or zipf (default ${usualPattern})`,
    },
    SEED: { read: seedOf, doc: `seed of the claims (default ${usualSeed}, the source's)` },
  },
  files: ({ SIZE, SEED = String(usualSeed), PATTERN = usualPattern }) =>
    (Object.keys(sizes) as Size[])
      .filter((size) => SIZE === undefined || size === SIZE)
      .map((size) => madeFile(size, Number(SEED), patternNamed(PATTERN))),
  ofRun,
}
