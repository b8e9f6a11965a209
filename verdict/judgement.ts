// What is said of one rule on its evidence alone, and the words that every rule shares.
import type { Rule } from './criterion.ts'
import { mostSamples } from './statistics.ts'
import type { Status } from './verdict.ts'
import { limitText, limitValue, unitOf, whole } from './wording.ts'

export interface Judgement {
  status: Status
  observed: string
  /** In the unit of the rule, like the interval; null when nothing was observed. */
  value: number | null
  samples: number
  needed: number
  interval: [number, number] | null
  reason: string
  /** Of INVALID: it says nothing of what else the run measured. */
  alone?: true
}

export interface JudgedRule {
  rule: Rule
  judgement: Judgement
}

/** What a verdict says of a criterion: its limits and observations together, and the figures of the rule that decides. */
export const criterionFields = (judged: JudgedRule[], { rule, judgement }: JudgedRule) => ({
  status: judgement.status,
  limit: judged.map((each) => limitText(each.rule)).join('; '),
  limit_value: limitValue(rule),
  unit: unitOf[rule.judge],
  observed: judged.map((each) => each.judgement.observed).join('; '),
  observed_value: judgement.value,
  samples: judgement.samples,
  needed: judgement.needed,
  interval: judgement.interval,
  reason: judgement.reason,
})

/** `why` says more of what is missing than that it is. */
export const nothing = (needed: number, why = 'nothing was observed'): Judgement => ({
  status: 'UNDECIDED',
  observed: 'nothing',
  value: null,
  samples: 0,
  needed,
  interval: null,
  reason: `${why}; at least ${whole(needed)} needed`,
})

export const contradiction = (what: string): Judgement => ({
  status: 'INVALID',
  observed: 'nothing',
  value: null,
  samples: 0,
  needed: 0,
  interval: null,
  reason: `the evidence contradicts itself: ${what}`,
})

export const isAmount = (value: number): boolean => value >= 0 && value < Infinity

/** `where` says of which, where not of all. */
export const moreSamples = (needed: number, where?: string): string =>
  needed >= mostSamples
    ? 'no number of samples in reach decides at the observed rate'
    : `${whole(needed)} samples ${where === undefined ? '' : `${where} `}would decide at the observed rate`

/** Seconds of observations are not known where only sums are kept, so stalls cannot be told from chance. */
export const takenAsIndependent =
  '; treated as independent, because the times of the single observations are not known'
