// What circumstances leave of a rule's judgement: a generator that lagged, a machine that was busy, a run that was cut short.
import { kindsOf, namesOf, type Rule } from './criterion.ts'
import type { Evidence, RunEvidence } from './evidence.ts'
import { brokenByFar } from './fine-limits.ts'
import type { Judgement } from './judgement.ts'
import { isSimulated } from './outcome.ts'
import type { Status } from './verdict.ts'

/** A rule about correctness: how fast the generator was cannot excuse that it is broken. */
export const isCorrectness = (rule: Rule): boolean =>
  ['law', 'fault', 'agrees'].includes(rule.judge) || (rule.judge === 'never' && rule.lagSensitive !== true)

export interface Doubts {
  /** Why nothing but a broken correctness rule can be believed. */
  merge: string[]
  /** As merge, for what was measured in real time. */
  late: string[]
  /** Why load and latency cannot be believed: the generator lagged or broke down, or services had no cores. */
  circumstances: string[]
  /** The same for what was simulated, which nothing can slow down. */
  code: string[]
  /** Why what was not broken may yet have been. */
  cutShort: string | undefined
  /** Why the part that DURATION left of the plan does not stand for the whole; empty where it does, or is to be judged by itself. */
  onlyPart: string[]
  /** Faults that were not proven to have bitten. */
  unprovenFaults: string[]
  /** Why the limit of a rule is too fine for the generator, where it is; and that generator's lag. */
  tooFine: Map<Rule, string>
  lag: RunEvidence['generator']['lag']
  /** Steps, and groups of them: what is observed of these are requests. */
  requests: Set<string>
  /** Why an observation is not believed, by its name: what it rests on is broken. */
  unbacked: Map<string, string>
}

/** A rule's judgement as the circumstances leave it. */
export function doubted(
  rule: Rule,
  judgement: Judgement,
  evidence: Evidence | undefined,
  doubts: Doubts,
): Judgement {
  const { status, reason } = judgement
  const but = (other: Status, why: string): Judgement => ({
    ...judgement,
    status: other,
    reason: `${why} (measured: ${reason})`,
  })
  if (status === 'FAIL' && isCorrectness(rule)) return judgement
  const [late, circumstances] = isSimulated(evidence)
    ? [[], doubts.code]
    : [doubts.late, doubts.circumstances]
  const distrust = [...doubts.merge, ...late, ...(isCorrectness(rule) ? [] : circumstances)]
  if (distrust.length > 0) return but('INVALID', distrust.join('; '))
  if (status === 'INVALID') return judgement
  const fine = isSimulated(evidence) ? undefined : doubts.tooFine.get(rule)
  if (fine !== undefined && judgement.samples > 0 && !(status === 'PASS' && isOfRequests(rule, doubts)))
    return coarse(rule, judgement, fine, { evidence, doubts })
  if (doubts.unprovenFaults.length > 0 && bindsToFaults(rule))
    return but('UNDECIDED', `no proof that the fault took effect: ${doubts.unprovenFaults.join(', ')}`)
  if (doubts.cutShort !== undefined && (status === 'PASS' || comparesTime(rule)))
    return but('UNDECIDED', `the run was cut short: ${doubts.cutShort}`)
  if (doubts.onlyPart.length > 0 && status === 'PASS') return but('UNDECIDED', doubts.onlyPart.join('; '))
  const [unbacked] = namesOf(rule).flatMap((name) => doubts.unbacked.get(name) ?? [])
  if (unbacked !== undefined && status === 'PASS') return but('UNDECIDED', unbacked)
  return judgement
}

/** A rule whose limit is too fine for the generator: broken all the same, or nothing that can be told. */
function coarse(
  rule: Rule,
  judgement: Judgement,
  fine: string,
  { evidence, doubts }: { evidence: Evidence | undefined; doubts: Doubts },
): Judgement {
  const far = judgement.status === 'FAIL' ? brokenByFar(rule, evidence, doubts.lag) : null
  if (far !== null) return { ...judgement, reason: far }
  return {
    ...judgement,
    status: 'INVALID',
    reason: `${fine} (measured: ${judgement.reason})`,
    alone: true,
  }
}

/**
 * The lag makes a request longer and never shorter: it comes after what is waited for, so that one which was under a limit all the
 * same is under it. What actors make of two moments is shorter where they saw the first one late.
 */
const isOfRequests = (rule: Rule, { requests }: Doubts): boolean =>
  namesOf(rule).every((name) => requests.has(name))

/** What was done in a time: of a run that was cut short the end of that time is not known. */
const comparesTime = ({ judge }: Rule): boolean => judge === 'rate' || judge === 'ratio'

/** What became of the faults themselves is judged by their own rules, whether or not they bit. */
const bindsToFaults = (rule: Rule): boolean => {
  if (rule.judge === 'fault') return false
  if (rule.judge === 'recovery') return rule.after === 'fault'
  return kindsOf(rule).some((kind) => kind === 'fault' || kind === 'degraded')
}
