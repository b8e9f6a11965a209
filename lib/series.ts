// Where k6 keeps what a rule judges: the metrics and the tag that selects them.
import type { Rule } from '../verdict/criterion.ts'

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
export function seriesOf(rule: Exclude<Rule, { judge: 'gini' }>, apiSteps: string[]): SeriesNames {
  const names = rule.judge === 'share' ? rule.of : [rule.of]
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
