// What is wrong with the parts of somebody's own target that a case disturbs, found before any load: such a mistake must not
// become a fault that did not bite, or the system's failure.
import { drivers } from '../../faults/drivers/index.ts'
import { unusedLink } from '../../faults/link-use.ts'
import type { Parts } from '../../faults/parts.ts'
import type { Plan, PlannedFault } from '../../lib/plan/plan.ts'
import type { Target } from '../../lib/input/target.ts'
import { WrongUse } from '../wrong-use.ts'
import { isTold } from './told-faults.ts'

/** A fault of the plan, and the part of the target that it is done to. Those of which k6 tells are its own business. */
interface Disturbed {
  fault: PlannedFault
  part: object
}

const disturbedParts = ({ faults }: Pick<Plan, 'faults'>, parts: Parts): Disturbed[] =>
  faults.flatMap((fault) => {
    if (isTold(fault, parts)) return []
    const part = parts[drivers[fault.driver]!.on][fault.target]
    return part === undefined ? [] : [{ fault, part }]
  })

/** @throws WrongUse that names the link which the load does not use, and the address that it uses */
export function checkLinksInUse(
  plan: Pick<Plan, 'faults'>,
  parts: Parts,
  target: Pick<Target, 'baseUrl' | 'endpoints'>,
): void {
  for (const { fault } of disturbedParts(plan, parts)) {
    const link = parts.links[fault.target]
    if (drivers[fault.driver]!.on !== 'links' || link === undefined) continue
    const why = unusedLink(fault.target, link, target)
    if (why !== null) throw new WrongUse(`the fault "${fault.id}" is not possible: ${why}`)
  }
}
