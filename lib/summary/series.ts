// The names of k6's metrics and of their tagged series. Thresholds are set and the summary is read through here alone: k6
// shows a tagged series only where a threshold asked for it by this very name.
import { afterLoad, beforeLoad, isJoined, namesOf } from '../../verdict/criterion.ts'
import type { PhaseKind, Rule } from '../../verdict/criterion.ts'
import { groupsOf } from '../plan/vocabulary.ts'
import type { Vocabulary } from '../plan/vocabulary.ts'

// Our own metrics; metrics.ts says what each counts.
export const seenMetric = 'assay_seen'
export const openPromisesMetric = 'assay_open_promises'
/** The two sums of hashes of keys, see lib/drive/key-sums.ts. */
export const keySums = ['first', 'second'] as const
export const openKeysMetric = (sum: (typeof keySums)[number]): string => `assay_open_keys_${sum}`
export const badMetric = 'assay_bad'
export const unansweredMetric = 'assay_unanswered'
export const answersMetric = 'assay_answers'
export const failuresMetric = 'assay_failures'
export const refusalsMetric = 'assay_refusals'
/** It has no threshold: k6 shows a metric itself, unlike one of its tagged series, as soon as it has a sample. */
export const repeatsMetric = 'assay_repeats'
export const measuresMetric = 'assay_ms'
export const lagMetric = 'assay_lag_ms'
export const lagOverMetric = 'assay_lag_over'
export const lagFineMetric = 'assay_lag_fine'
export const exceptionsMetric = 'assay_exceptions'
export const startedMetric = 'assay_started'
export const finishedMetric = 'assay_finished'
/** Violations of a check, as a share of one: each has a metric of its own, because k6 pays for a tagged series in every sample. */
export const checkMetric = (name: string): string => `assay_check_${name.replaceAll('-', '_')}`
/** Never counted: its threshold stands for what a run lacks from the start, so that k6 is red as well. */
export const wholeMetric = 'assay_whole_run'

/** A series as k6 writes its name: "assay_seen{of:task-wait,kind:normal}". */
export function tagged(metric: string, tags: Record<string, string>): string {
  const texts = Object.entries(tags).map(([tag, value]) => `${tag}:${value}`)
  return `${metric}{${texts.join(',')}}`
}

/** Nothing is counted under this tag: k6 shows the series only because there is a threshold on it. */
export const thresholdMark = /* @__PURE__ */ tagged(exceptionsMetric, { of: 'thresholds' })

export const seenSeries = (of: string, kind: PhaseKind): string => tagged(seenMetric, { of, kind })
/** In all kinds of phases together. */
export const seenEverywhere = (of: string): string => tagged(seenMetric, { of })
export const openPromisesSeries = (of: string, kind: PhaseKind): string =>
  tagged(openPromisesMetric, { of, kind })
export const openKeysSeries = (sum: (typeof keySums)[number], of: string, kind: PhaseKind): string =>
  tagged(openKeysMetric(sum), { of, kind })
export const measuresSeries = (of: string, kind: PhaseKind): string => tagged(measuresMetric, { of, kind })
export const badSeries = (rule: string): string => tagged(badMetric, { rule })
const unansweredSeries = (rule: string): string => tagged(unansweredMetric, { rule })
export const answersSeries = (rule: string): string => tagged(answersMetric, { rule })
export const failuresSeries = (step: string): string => tagged(failuresMetric, { step })
export const refusalsSeries = (step: string): string => tagged(refusalsMetric, { step })

export const lagFineSeries = (mostMs: number): string => tagged(lagFineMetric, { over: String(mostMs) })

// k6's own metrics.
export const sentMetric = 'data_sent'
export const receivedMetric = 'data_received'
const requests = 'http_reqs'
const times = 'http_req_duration'
export const requestsSeries = (step: string): string => tagged(requests, { step })
export const timesSeries = (step: string): string => tagged(times, { step })
/** Requests of a group's steps carry the group's name as a tag of this value. */
export const inGroup = 'yes'
export const groupRequestsSeries = (group: string, phase: string): string =>
  tagged(requests, { [group]: inGroup, phase })
export const arrivalsSeries = (actor: string, kind: PhaseKind): string =>
  tagged('iterations', { actor, kind })
/** k6 gives a dropped iteration its scenario's name, and none of the scenario's own tags. */
export const droppedSeries = (scenario: string): string => tagged('dropped_iterations', { scenario })

/** A rule that k6 counts bad observations for. Good answers have a counter of their own; the rest only the runner knows. */
export type CountedRule = Extract<Rule, { judge: 'share' | 'never' | 'recovery' }>

export const isCounted = (rule: Rule): rule is CountedRule =>
  ['share', 'never', 'recovery'].includes(rule.judge) && !isJoined(rule)

export type AgreesRule = Extract<Rule, { judge: 'agrees' }>

/** What actors saw for a rule that holds a count of the target against it: in all, and of that before and after the load. */
export interface AgreementSeries {
  are: 'requests' | 'observations'
  all: string
  before: string
  after: string
  /** Null where the rule is not about them. */
  bad: string | null
  /** Requests without an answer; or observations that nobody could make for want of one. */
  unanswered: string
}

export function agreementSeries(rule: AgreesRule, key: string, names: Vocabulary): AgreementSeries {
  const { of, count } = rule
  const are = Object.hasOwn(names.observations, of) ? 'observations' : 'requests'
  const tags: Record<string, string> =
    are === 'observations' ? { of } : Object.hasOwn(names.steps, of) ? { step: of } : { [of]: inGroup }
  const series = (more: Record<string, string>): string =>
    tagged(are === 'observations' ? seenMetric : requests, { ...tags, ...more })
  return {
    are,
    all: series({}),
    before: series({ phase: beforeLoad }),
    after: series({ phase: afterLoad }),
    bad: count === 'all' ? null : badSeries(key),
    unanswered: unansweredSeries(key),
  }
}

/** By phase kind: the series of what a rule judges. */
export interface RuleSeries {
  count: (kind: PhaseKind) => string
  times: (kind: PhaseKind) => string
  /** k6's own share of requests that failed; of observations k6 has none. */
  failed?: (kind: PhaseKind) => string
}

/** What a counted rule judges: the plan has checked that it names one thing. */
export const nameOf = (rule: CountedRule): string => namesOf(rule)[0]!

export function seriesOf(rule: CountedRule, names: Vocabulary): RuleSeries {
  const name = nameOf(rule)
  const isStep = Object.hasOwn(names.steps, name)
  const which = isStep ? { step: name } : { [name]: inGroup }
  if (!isStep && !groupsOf(names).includes(name))
    return { count: (kind) => seenSeries(name, kind), times: (kind) => measuresSeries(name, kind) }
  return {
    count: (kind) => tagged(requests, { ...which, kind }),
    times: (kind) => tagged(times, { ...which, kind }),
    failed: (kind) => tagged('http_req_failed', { ...which, kind }),
  }
}
