// One rule judged on its evidence alone: PASS, FAIL or UNDECIDED; INVALID only when the evidence contradicts itself.
import { judgeAgreement } from './agreement.ts'
import { leastAgreed, samplesWithoutBad } from './criterion.ts'
import type { Rule } from './criterion.ts'
import type { Counts, Evidence } from './evidence.ts'
import { judgeFalls } from './falls.ts'
import { judgeGini } from './gini.ts'
import { contradiction, isAmount, moreSamples, nothing, takenAsIndependent } from './judgement.ts'
import type { Judgement } from './judgement.ts'
import { judgeSlower } from './quantiles.ts'
import { judgeMean } from './means.ts'
import { judgeRate, judgeRatio } from './rates.ts'
import { judgeRecovery } from './recovery.ts'
import { judgeBounded, judgeBusy, judgeCost, judgeLeak } from './resources.ts'
import { designEffect, mostSamples, samplesToDecide, shareBounds } from './statistics.ts'
import { judgeSteps } from './steps.ts'
import type { Status } from './verdict.ts'
import { badText, decimal, exact, percentage, violationText, whole } from './wording.ts'

type RuleOf<Kind extends Rule['judge']> = Extract<Rule, { judge: Kind }>
type EvidenceOf<Type extends Evidence['type']> = Extract<Evidence, { type: Type }>

/** `seed` makes the simulations behind a fairness rule repeatable. */
export function judgeRule(rule: Rule, evidence: Evidence | undefined, seed: number): Judgement {
  if (evidence === undefined) return nothing(neededAtLeast(rule))
  const of = <Type extends Evidence['type']>(
    type: Type,
    judge: (evidence: EvidenceOf<Type>) => Judgement,
  ): Judgement =>
    evidence.type === type
      ? judge(evidence as EvidenceOf<Type>)
      : contradiction(`expected evidence of type ${type}, got ${evidence.type}`)
  switch (rule.judge) {
    case 'share':
      // Before the run is over nobody knows its steps.
      return of('counts', (found) =>
        withLeftOut(rule.eachStep && found.steps ? judgeSteps(rule, found) : judgeShare(rule, found), found),
      )
    case 'never':
      return of('counts', (found) => withLeftOut(judgeNever(rule, found), found))
    case 'gini':
      return of('units', (found) => judgeGini(rule, found, seed))
    case 'recovery':
      return of('event', (found) => judgeRecovery(rule, found))
    case 'rate':
      return of('rate', (found) => judgeRate(rule, found))
    case 'ratio':
      return of('rate-pair', (found) => judgeRatio(rule, found))
    case 'slower':
      return of('histogram-pair', (found) => judgeSlower(rule, found))
    case 'falls':
      return of('rate-pair', (found) => judgeFalls(rule, found))
    case 'leak':
      return of('resources', (found) => judgeLeak(rule, found))
    case 'cost':
      return of('resources', (found) => judgeCost(rule, found))
    case 'mean':
      return of('moments', (found) => judgeMean(rule, found))
    case 'law':
      return of('counts', (found) => judgeNever(rule, found))
    case 'agrees':
      return of('agreement', (found) => judgeAgreement(rule, found))
    case 'fault':
      return of('counts', (found) => judgeNever({ ...rule, floor: 1 }, found))
    case 'busy':
      return of('resources', (found) => judgeBusy(rule, found))
    case 'bounded':
      return of('resources', (found) => judgeBounded(rule, found))
  }
}

/** What a rule of which nothing was observed needs at the least; 1 where that depends on what is observed. */
function neededAtLeast(rule: Rule): number {
  if (rule.judge === 'share') return Math.min(mostSamples, samplesWithoutBad(rule.limit))
  if ('floor' in rule) return rule.floor
  if (rule.judge === 'agrees') return leastAgreed
  return rule.judge === 'gini' ? rule.perUnit : 1
}

/** What only the target says of which observations count may hide whatever it wants to: so large a share may be left out. */
const mostLeftOut = 1 / 3

/** Nothing is met while too many were left out; what was broken among the others stays broken. */
function withLeftOut(judgement: Judgement, { n, leftOut = 0 }: Counts): Judgement {
  const all = n + leftOut
  if (judgement.status !== 'PASS' || leftOut <= mostLeftOut * all) return judgement
  return {
    ...judgement,
    status: 'UNDECIDED',
    reason:
      `${judgement.reason}; but ${whole(leftOut)} of ${whole(all)} (${percentage(leftOut / all)}) were left out, because only the ` +
      `target could say whether they count: at most ${percentage(mostLeftOut)}`,
  }
}

const shown = (imbalance: string | undefined): string => (imbalance === undefined ? '' : `; ${imbalance}`)

/** PASS only if it stays one with all unresolved observations bad, FAIL only if it stays one with all of them good. */
function judgeShare(rule: RuleOf<'share'>, counts: Counts): Judgement {
  const { n, bad, unresolved = 0 } = counts
  const known = judgeKnown(rule, counts)
  if (unresolved === 0 || (known.status !== 'PASS' && known.status !== 'FAIL')) return known
  const worstForStatus = {
    ...counts,
    n: n + unresolved,
    bad: known.status === 'PASS' ? bad + unresolved : bad,
  }
  if (judgeKnown(rule, worstForStatus).status === known.status) return known
  return {
    ...known,
    status: 'UNDECIDED',
    reason: `${known.reason}; but whether ${whole(unresolved)} more were bad is not known`,
  }
}

function judgeKnown(rule: RuleOf<'share'>, { n, bad, blocks, imbalance }: Counts): Judgement {
  if (!isAmount(n) || !isAmount(bad) || bad > n)
    return contradiction(`expected 0 <= bad <= n, got ${bad} bad of ${n}`)
  const effect = blocks === undefined ? 1 : designEffect(blocks)
  if (!Number.isFinite(effect)) return contradiction('the observations per second are no numbers')
  if (n === 0) return nothing(neededAtLeast(rule))
  const { lower, upper } = shareBounds(bad / effect, n / effect)
  const status: Status = lower > rule.limit ? 'FAIL' : upper <= rule.limit ? 'PASS' : 'UNDECIDED'
  const needed = status === 'UNDECIDED' ? samplesToDecide(bad, n, rule.limit, effect) : 0
  const broken = badText(rule)
  const bound = {
    PASS: `at most ${percentage(upper)}, allowed ${percentage(rule.limit)}`,
    FAIL: `at least ${percentage(lower)}, allowed ${percentage(rule.limit)}`,
    UNDECIDED: `between ${percentage(lower)} and ${percentage(upper)}, allowed ${percentage(rule.limit)}: ${moreSamples(needed)}`,
  }[status]
  const runs =
    blocks === undefined
      ? takenAsIndependent
      : effect > 1
        ? `; bad ones were clustered in time (design effect ${decimal(effect)})`
        : ''
  return {
    status,
    observed: `${percentage(bad / n)} ${broken} (${whole(bad)} of ${whole(n)})`,
    value: exact((bad / n) * 100),
    samples: n,
    needed,
    interval: [exact(lower * 100), exact(upper * 100)],
    reason: bound + runs + shown(imbalance),
  }
}

function judgeNever(
  rule: Pick<RuleOf<'never'>, 'floor' | 'what' | 'overMs'>,
  { n, bad, unresolved = 0, unobserved = [], imbalance }: Counts,
): Judgement {
  if (!isAmount(n) || !isAmount(bad)) return contradiction(`expected counts from 0, got ${bad} bad of ${n}`)
  const observed = { observed: `${whole(bad)} of ${whole(n)}`, value: bad, samples: n, interval: null }
  if (bad > 0)
    return {
      ...observed,
      status: 'FAIL',
      needed: 0,
      reason: `${violationText(rule)}: ${whole(bad)} of ${whole(n)} observed${shown(imbalance)}`,
    }
  // Even a floor of 0 must not let an empty observation pass.
  const floor = Math.max(1, rule.floor)
  if (n < floor)
    return {
      ...observed,
      status: 'UNDECIDED',
      needed: floor,
      reason: `no violation among ${whole(n)} observed, which is too few: ${whole(floor)} needed`,
    }
  if (unresolved > 0)
    return {
      ...observed,
      status: 'UNDECIDED',
      needed: floor,
      reason: `no violation among ${whole(n)} observed, but what became of ${whole(unresolved)} more is not known`,
    }
  if (unobserved.length > 0)
    return {
      ...observed,
      status: 'UNDECIDED',
      needed: floor,
      reason: `no violation among ${whole(n)} observed, but nothing was held against ${unobserved.join(', ')}`,
    }
  return {
    ...observed,
    status: 'PASS',
    needed: 0,
    reason: `no violation among ${whole(n)} observed, ${whole(floor)} needed`,
  }
}
