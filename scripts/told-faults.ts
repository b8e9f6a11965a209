// Faults that k6's own virtual users commit, and those that k6 injects into pods: what became of them is told, and not
// seen from here.
import type { Parts } from '../faults/parts.ts'
import type { PlannedFault } from '../lib/plan.ts'
import type { FaultVerdict } from '../verdict/verdict.ts'
import { unproven } from '../faults/life-cycle.ts'
import type { EventLog } from './events.ts'

/** Drivers whose faults are actors' own deeds. */
const toldDrivers = ['vanish']

export const isTold = ({ driver, target }: PlannedFault, { selectors }: Parts): boolean =>
  toldDrivers.includes(driver) || isInPods({ target }, { selectors })

/** A part that the target file names among its selectors is pods, whatever the case would do elsewhere. */
export const isInPods = (
  { target }: Pick<PlannedFault, 'target'>,
  { selectors }: Pick<Parts, 'selectors'>,
): boolean => selectors[target] !== undefined

/** What became of all that was told; a fault of which nothing was told has not bitten. */
export const toldFaults = (faults: PlannedFault[], parts: Parts, log: EventLog): FaultVerdict[] => [
  ...crashes(
    faults.filter(({ driver }) => toldDrivers.includes(driver)),
    log,
  ),
  ...faults.filter((fault) => isInPods(fault, parts)).map((fault) => inPods(fault, log)),
]

/** One virtual user injects it and another one looks: where the first says that it could not, nothing that was seen is its effect. */
function inPods(fault: PlannedFault, log: EventLog): FaultVerdict {
  const told = log.faults.filter(({ id }) => id === fault.id)
  const seen = told.find(({ effect }) => effect !== null) ?? told[0]
  if (seen === undefined) return { ...unproven({ ...fault, part: {} }), problem: 'k6 told nothing of it' }
  const problem = told.find((one) => one.problem !== null)?.problem ?? null
  return problem === null ? seen : { ...seen, problem, bite: false }
}

/** What became of workers that crashed: gone while the pool counted on them, and their tasks elsewhere again. */
function crashes(faults: PlannedFault[], log: EventLog): FaultVerdict[] {
  return faults.map((fault) => {
    const verdict = unproven({ ...fault, part: {} })
    const gone = log.vanished.filter((event) => event.fault === fault.id)
    const back = log.returned.filter((event) => event.fault === fault.id)
    const seconds = back.flatMap((event) => event.seconds ?? [])
    verdict.start = Math.min(verdict.start, ...gone.map(({ t }) => t))
    verdict.end = gone.length === 0 ? verdict.start : verdict.start + fault.seconds * 1000
    verdict.bite = gone.length > 0
    verdict.healed = back.length >= gone.length
    verdict.heal_ms = seconds.length === 0 ? null : Math.max(...seconds) * 1000
    verdict.effect = {
      what: 'tasks whose worker was gone, by what the pool says of them',
      before: 'none',
      during: `${gone.length} without a worker`,
      after: `${seconds.length} elsewhere`,
    }
    return verdict
  })
}
