// Limits so fine that the generator's own lag matters to them, in words: in the report beside the generator's figures.
import { percentage } from '../../verdict/wording.ts'
import type { Verdict } from '../../verdict/verdict.ts'
import { count, duration } from './figures.ts'

/** Each of them with the lag at its own percentile. */
export const fineFacts = ({ generator }: Pick<Verdict, 'generator'>): [name: string, value: string][] =>
  (generator.fine_limits ?? []).map(
    ({ limit_ms: limitMs, percentile, probes, late, too_fine: isTooFine }) => [
      `Lag for the limit P${percentile} < ${duration(limitMs)}`,
      `${percentage(late / probes)} of ${count(probes)} probes over a fifth of it, limit ` +
        `${percentage((100 - percentile) / 100)}${isTooFine ? ': too fine for this generator' : ''}`,
    ],
  )
