// A recovery rule judged: the time until something was back to normal, or how long it was watched in vain.
import type { Rule } from './criterion.ts'
import type { EventTime } from './evidence.ts'
import { waitedMs, waits } from './evidence-sum.ts'
import { contradiction, isAmount, nothing } from './judgement.ts'
import type { Judgement } from './judgement.ts'
import type { Status } from './verdict.ts'
import { decimal, exact } from './wording.ts'

type Recovery = Extract<Rule, { judge: 'recovery' }>

/** Of several waits that a merge kept, the worst decides. */
export function judgeRecovery(rule: Recovery, evidence: EventTime): Judgement {
  const all = waits(evidence)
  if (all.some((wait) => !isAmount(wait.from) || !isAmount(waitedMs(wait))))
    return contradiction('expected an end at or after its begin, got an earlier one')
  const judged = all.map((wait) => judgeWait(rule, waitedMs(wait) / 1000, wait.at !== null))
  const order: Status[] = ['FAIL', 'UNDECIDED', 'PASS']
  return judged.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))[0] ?? nothing(1)
}

function judgeWait(rule: Recovery, seconds: number, seen: boolean): Judgement {
  const limit = `allowed ${decimal(rule.withinSeconds)} s`
  const judged = { value: exact(seconds), samples: 1, needed: 0 }
  if (seen) {
    const observed = `back after ${decimal(seconds)} s`
    const status: Status = seconds <= rule.withinSeconds ? 'PASS' : 'FAIL'
    return {
      ...judged,
      status,
      observed,
      // A stretch begins on a whole second: it may have been back for up to one before.
      interval: [exact(rule.window === undefined ? seconds : Math.max(0, seconds - 1)), exact(seconds)],
      reason: `${observed}, ${limit}`,
    }
  }
  const observed = `not back within the ${decimal(seconds)} s watched`
  const watched = seconds >= rule.withinSeconds
  return {
    ...judged,
    status: watched ? 'FAIL' : 'UNDECIDED',
    observed,
    // It is seen from below only: it took longer than it was watched.
    interval: null,
    needed: watched ? 0 : 1,
    reason: watched ? `${observed}, ${limit}` : `${observed}, which is too short: ${limit}`,
  }
}
