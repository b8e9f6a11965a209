// The variables that a run of a claim-verification service has of its own.
import type { SystemVariables } from '../../lib/input/settings.ts'
import { patternNamed, sizeNamed, usualPattern } from './data/read-claims.ts'

const whole =
  (least: number, most: number) =>
  (text: string): string => {
    const number = Number(text)
    if (!/^\d{1,9}$/.test(text) || number < least || number > most)
      throw new Error(`expected a whole number from ${least} to ${most}`)
    return text
  }

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
    read: whole(1, 1_000_000),
    doc: 'requests a second at the top of the case, in place of what its profile has',
  },
  BATCH_SIZE: {
    read: whole(1, 100_000),
    doc: 'most texts that the testbed works on in one go (default 1000)',
  },
  CACHE_SIZE: { read: whole(1, 10_000_000), doc: "answers that the testbed's cache holds (default 4000)" },
  CACHE_TTL_SECONDS: {
    read: whole(1, 1_000_000),
    doc: 'for how long the testbed may give an answer again (default 300)',
  },
}
