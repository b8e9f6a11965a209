// Does the target count what our actors saw? A figure of its own, held against their counts of the whole run.
import { leastAgreed } from './criterion.ts'
import type { Rule } from './criterion.ts'
import type { Agreement, Told } from './evidence.ts'
import { contradiction, isAmount } from './judgement.ts'
import type { Judgement } from './judgement.ts'
import type { Status } from './verdict.ts'
import { exact, percentage, whole } from './wording.ts'

type AgreesRule = Extract<Rule, { judge: 'agrees' }>

const later = (a: Told | null, b: Told | null): Told | null =>
  a === null || (b !== null && (b.t > a.t || (b.t === a.t && b.value > a.value))) ? b : a

/** Both together, or the reason why they do not fit. What actors saw adds up; of what was told the newest holds. */
export function foldAgreement(a: Agreement, b: Agreement): Agreement | string {
  if (a.are !== b.are)
    return `shards count different things: ${[a.are, b.are].sort().join(' and ')} in one agreement`
  const figure =
    a.figure === undefined || b.figure === undefined
      ? (a.figure ?? b.figure)
      : { before: later(a.figure.before, b.figure.before), last: later(a.figure.last, b.figure.last) }
  return {
    type: 'agreement',
    are: a.are,
    n: a.n + b.n,
    bad: a.bad + b.bad,
    unanswered: a.unanswered + b.unanswered,
    repeated: a.repeated + b.repeated,
    asked: a.asked + b.asked,
    ...(figure === undefined ? {} : { figure }),
    ...(a.isPart === true || b.isPart === true ? { isPart: true as const } : {}),
  }
}

/** What actors saw, and by how much less or more the target may have counted without being wrong. */
interface Own {
  own: number
  less: number
  more: number
}

/**
 * A request without an answer may have been counted or not, as whatever it was to the target; one that k6 repeated may have been
 * counted twice. What could not be observed for want of an answer is not among what was made, and may have been counted, too. What is asked after a load may come before the figure is told last: an epoch ends while the next one goes on, and
 * who waits until all have left asks again.
 */
function ownOf({ count }: AgreesRule, { are, n, bad, unanswered, repeated, asked }: Agreement): Own {
  const [sent, unseen] = are === 'requests' ? [unanswered, 0] : [0, unanswered]
  switch (count) {
    case 'all':
      return { own: n, less: sent, more: repeated + asked + unseen }
    case 'good':
      return { own: Math.max(0, n - bad), less: 0, more: unanswered + 2 * repeated + asked }
    case 'bad':
      return { own: bad, less: Math.min(bad, sent + repeated), more: repeated + asked + unseen }
  }
}

const words = {
  requests: { all: 'sent', good: 'good', bad: 'failed' },
  observations: { all: 'made', good: 'good', bad: 'bad' },
} as const

const undecided = (observed: string, evidence: Agreement, reason: string): Judgement => ({
  status: 'UNDECIDED',
  observed,
  value: null,
  samples: evidence.n,
  needed: leastAgreed,
  interval: null,
  reason,
})

/** Values are how far the target's count is from ours, in % of ours; what nobody can know is in the target's favour. */
export function judgeAgreement(rule: AgreesRule, evidence: Agreement): Judgement {
  const { n, bad, unanswered, repeated, asked, isPart } = evidence
  if (![n, bad, unanswered, repeated, asked].every(isAmount) || (bad > n && isPart !== true))
    return contradiction(
      `expected counts from 0 and no more bad ones than all, got ${JSON.stringify({ n, bad, unanswered, repeated, asked })}`,
    )
  const { own, less, more } = ownOf(rule, evidence)
  const seen = `${rule.of}: ${whole(own)} ${words[evidence.are][rule.count]}`
  const figure = risen(rule, evidence)
  if (typeof figure === 'string')
    return undecided(`${seen}, the target's own count is not known`, evidence, figure)
  const { rise } = figure
  const beyond = Math.max(0, own - less - rise, rise - own - more)
  const apart = beyond / Math.max(own, 1)
  const comparison = `${percentage(apart)} apart, ${percentage(rule.within)} allowed`
  const status: Status = apart > rule.within ? 'FAIL' : n < leastAgreed ? 'UNDECIDED' : 'PASS'
  const unknown = less + more
  const allowance =
    unknown === 0 ? '' : `; of ${whole(unknown)} nobody knows whether or how often the target counted them`
  const few = `which are too few: ${whole(leastAgreed)} ${evidence.are} needed`
  return {
    status,
    observed: `${seen}, the target counted ${counted(rise)} (${comparison})`,
    value: exact(apart * 100),
    samples: n,
    needed: status === 'UNDECIDED' ? leastAgreed : 0,
    interval: null,
    reason: {
      PASS: `${rule.point}: ${comparison}${allowance}`,
      FAIL: `${rule.what}: ${howWrong(rule, rise, own)}, ${comparison}${allowance}`,
      UNDECIDED: `${rule.point} agrees with ${whole(n)}, ${few}${allowance}`,
    }[status],
  }
}

/** By how much the figure rose, or why that is not known. */
function risen({ point }: AgreesRule, { figure, isPart }: Agreement): { rise: number } | string {
  if (isPart === true)
    return `a part of the run is missing or was cut short, so that actors did not see all that ${point} counts`
  const { before = null, last = null } = figure ?? {}
  if (before !== null && last !== null) return { rise: last.value - before.value }
  const missing = before !== null ? 'after' : last !== null ? 'before' : 'before and after'
  return `${point} was not told ${missing} the load`
}

const counted = (rise: number): string => (rise < 0 ? `-${whole(-rise)}` : whole(rise))

function howWrong({ point }: AgreesRule, rise: number, own: number): string {
  if (rise === 0) return `the figure did not move (${point}) while actors saw ${whole(own)}`
  return `${point} ${rise < 0 ? `fell by ${whole(-rise)}` : `rose by ${whole(rise)}`} while actors saw ${whole(own)}`
}

/** What actors saw of less than the whole run is not what the target counted. */
export const asPart = (evidence: Agreement): Agreement => ({ ...evidence, isPart: true })
