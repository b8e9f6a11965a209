// Faults that k6's own virtual users commit: what became of them is told, and not seen from here.
import type { PlannedFault } from '../lib/plan.ts'
import type { FaultVerdict } from '../verdict/verdict.ts'
import { unproven } from '../faults/life-cycle.ts'
import type { EventLog } from './events.ts'

/** Drivers whose faults are actors' own deeds. */
const toldDrivers = ['vanish']

export const isTold = ({ driver }: PlannedFault): boolean => toldDrivers.includes(driver)

/** What became of workers that crashed: gone while the pool counted on them, and their tasks elsewhere again. */
export function toldFaults(faults: PlannedFault[], log: EventLog): FaultVerdict[] {
  return faults.filter(isTold).map((fault) => {
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
