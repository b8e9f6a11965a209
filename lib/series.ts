// Where k6 keeps what a rule judges: the metrics and the tag that selects them.
import { namesOf } from '../verdict/criterion.ts'
import type { Rule } from '../verdict/criterion.ts'

/** A rule that k6 counts bad observations for. Good answers have a counter of their own; the rest only the runner knows. */
export type CountedRule = Extract<Rule, { judge: 'share' | 'never' | 'recovery' }>

export const isCounted = (rule: Rule): rule is CountedRule =>
  ['share', 'never', 'recovery'].includes(rule.judge)

export interface SeriesNames {
  /** Counts the observations, and times them. */
  counter: string
  times: string
  /** The tag and its value, such as step:submit. */
  tag: string
  /** False for observations that are no requests. */
  isStep: boolean
}

/** @throws Error for a rule over several steps that are not all the API steps: k6 has no tag for such a choice. */
export function seriesOf(rule: CountedRule, apiSteps: string[]): SeriesNames {
  const names = namesOf(rule)
  const isStep = names.every((name) => apiSteps.includes(name))
  if (!isStep && names.length === 1) {
    return { counter: 'assay_seen', times: 'assay_ms', tag: `of:${names[0]}`, isStep }
  }
  const all = isStep && names.length === apiSteps.length
  if (names.length !== 1 && !all) {
    throw new Error(`a rule judges one step, one observation, or all API steps, not ${names.join(', ')}`)
  }
  return {
    counter: 'http_reqs',
    times: 'http_req_duration',
    tag: all ? 'api:yes' : `step:${names[0]}`,
    isStep,
  }
}
