// Faults that k6's own virtual users commit, and those that k6 injects into pods: what became of them is told, and not
// seen from here.
import type { Parts } from '../../faults/parts.ts'
import type { PlannedFault } from '../../lib/plan/plan.ts'
import type { ActorFault } from '../../lib/plan/system.ts'
import type { FaultVerdict } from '../../verdict/verdict.ts'
import { unproven } from '../../faults/life-cycle.ts'
import type { EventLog } from '../evidence/events.ts'

export const isTold = (fault: PlannedFault, parts: Parts): boolean =>
  fault.byActors !== undefined || isInPods(fault, parts)

/**
 * A part that the target file names among its selectors is pods, whatever the case would do elsewhere. What actors commit is
 * done to none of its parts.
 */
export const isInPods = (
  { target, byActors }: Pick<PlannedFault, 'target' | 'byActors'>,
  { selectors }: Pick<Parts, 'selectors'>,
): boolean => byActors === undefined && selectors[target] !== undefined

/** What became of all that was told; a fault of which nothing was told has not bitten. */
export const toldFaults = (faults: PlannedFault[], parts: Parts, log: EventLog): FaultVerdict[] => [
  ...faults.flatMap((fault) => (fault.byActors === undefined ? [] : committed(fault, fault.byActors, log))),
  ...faults.filter((fault) => isInPods(fault, parts)).map((fault) => inPods(fault, log)),
]

/** One virtual user injects it and another one looks. If the injection failed, what the other one saw is not its effect. */
function inPods(fault: PlannedFault, log: EventLog): FaultVerdict {
  const told = log.faults.filter(({ id }) => id === fault.id)
  const seen = told.find(({ effect }) => effect !== null) ?? told[0]
  if (seen === undefined) return { ...unproven({ ...fault, part: {} }), problem: 'k6 told nothing of it' }
  const problem = told.find((one) => one.problem !== null)?.problem ?? null
  return problem === null ? seen : { ...seen, problem, bite: false }
}

/** A fault that actors committed: how often it took hold, and how often it was seen to be over. */
function committed(fault: PlannedFault, words: ActorFault, log: EventLog): FaultVerdict {
  const verdict = unproven({ ...fault, part: {} })
  const told = log.actorFaults.filter((event) => event.fault === fault.id)
  const begun = told.filter(({ stage }) => stage === 'begun')
  const ended = told.filter((event) => event.stage === 'over')
  const seconds = ended.flatMap((event) => event.seconds ?? [])
  verdict.start = Math.min(verdict.start, ...begun.map(({ t }) => t))
  verdict.end = begun.length === 0 ? verdict.start : verdict.start + fault.seconds * 1000
  verdict.bite = begun.length > 0
  verdict.healed = ended.length >= begun.length
  verdict.heal_ms = seconds.length === 0 ? null : Math.max(...seconds) * 1000
  verdict.effect = {
    what: words.what,
    before: 'none',
    during: `${begun.length} ${words.during}`,
    after: `${seconds.length} ${words.after}`,
  }
  return verdict
}
