// The variables that a run of a claim-verification service has of its own.
import type { SystemVariables } from '../../lib/input/settings.ts'
import { wholeNumber } from '../../lib/input/variables.ts'
import { usualSettings } from './contract-values.ts'
import { patternNamed, sizeNamed, usualPattern } from './data/read-claims.ts'

const upTo =
  (most: number) =>
  (text: string): string =>
    String(wholeNumber(1, most)(text))

export const variables: SystemVariables = {
  CLAIMS: {
    read: (text) => text,
    doc: 'a file of claims of your own, in the form that ./assay data writes (default: one that the run makes)',
  },
  SIZE: { read: sizeNamed, doc: 'claims of the file: 1k, 10k or 100k (default 10k)' },
  PATTERN: {
    read: patternNamed,
    doc: `how often each is asked for: 80-20 or zipf (default ${usualPattern})`,
  },
  RATE: {
    read: upTo(1_000_000),
    doc: 'requests a second at the top of the case, in place of what its profile has',
  },
  BATCH_SIZE: {
    read: upTo(100_000),
    doc: `most texts that the testbed works on in one go (default ${usualSettings.batchSize})`,
  },
  CACHE_SIZE: {
    read: upTo(10_000_000),
    doc: `answers that the testbed's cache holds (default ${usualSettings.cacheSize})`,
  },
  CACHE_TTL_SECONDS: {
    read: upTo(1_000_000),
    doc: `for how long the testbed may give an answer again (default ${usualSettings.cacheTtlSeconds})`,
  },
}
