// What is wrong with the parts of somebody's own target that a case disturbs, found before any load: such a mistake must become
// neither a fault that did not bite nor the system's failure.
import { setTimeout as delay } from 'node:timers/promises'
import { lack } from '../../faults/capabilities.ts'
import type { Driver, FaultSpec, Observer } from '../../faults/fault.ts'
import { drivers } from '../../faults/drivers/index.ts'
import { lookBefore, usualPatience, type Patience } from '../../faults/life-cycle.ts'
import { unusedLink } from '../../faults/link-use.ts'
import { observerOf } from '../../faults/observer.ts'
import type { Link, Parts } from '../../faults/parts.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import type { Target } from '../../lib/input/target.ts'
import { WrongUse } from '../wrong-use.ts'
import { isTold } from './told-faults.ts'

type Environment = Record<string, string | undefined>

interface Disturbed {
  driver: Driver
  spec: FaultSpec
}

/** Faults of the plan on parts that the target names, each kind on each part once. Those of which k6 tells are its own business. */
function disturbedParts({ faults }: Pick<Plan, 'faults'>, parts: Parts): Disturbed[] {
  const found = new Map<string, Disturbed>()
  for (const fault of faults) {
    if (isTold(fault, parts)) continue
    const { id, driver: name, target, settings, seconds } = fault
    const driver: Driver = drivers[name]!
    const part = parts[driver.on][target]
    const key = JSON.stringify([name, target, settings])
    if (part === undefined || found.has(key)) continue
    found.set(key, { driver, spec: { id, driver: name, target, settings, seconds, part } })
  }
  return [...found.values()]
}

type Disturbing = Pick<Plan, 'case' | 'faults' | 'claimed' | 'required'>

/**
 * A case that is judged by what its faults did can be no PASS where one of them has nothing to be done to.
 * @throws WrongUse that names the fault, and the part that the target does not name
 */
function checkNamed({ case: id, faults, claimed, required }: Disturbing, parts: Parts): void {
  const isJudged = required.some((one) => claimed[one]?.rules.some(({ judge }) => judge === 'fault'))
  const absent = faults.find(
    (fault) => !isTold(fault, parts) && parts[drivers[fault.driver]!.on][fault.target] === undefined,
  )
  if (!isJudged || absent === undefined) return
  const { on } = drivers[absent.driver]!
  throw new WrongUse(
    `${id} is judged by what its faults do, and "${absent.id}" can be done to nothing: name ${on}.${absent.target} in the target file, and give ALLOW_FAULTS=1 (see docs/faults.md)`,
  )
}

/**
 * Looks at each part as its fault will. Where the target itself does not answer nothing is looked at: the run says so.
 * @throws WrongUse that names the field of the target file, or the variable, which is wrong
 */
export async function checkFaultParts(
  plan: Disturbing,
  parts: Parts,
  target: Pick<Target, 'baseUrl' | 'endpoints'>,
  environment: Environment,
  patience: Pick<Patience, 'wellMs' | 'everyMs'> = usualPatience,
): Promise<void> {
  checkNamed(plan, parts)
  const all = disturbedParts(plan, parts)
  for (const each of all) refuse(each, problemOf(each, target, environment))
  if (all.length === 0) return
  const observer = observerOf(environment, async () => null)
  if ((await observer.ask(target.baseUrl)).status === 0) return
  for (const each of all) refuse(each, await problemSeen(each, observer, patience))
}

function refuse({ spec }: Disturbed, why: string | null): void {
  if (why === null) return
  throw new WrongUse(
    `the fault "${spec.id}" cannot be done to ${spec.target}: ${why}. No load was sent; correct the target file, or start what it names`,
  )
}

/** What can be told without asking anybody. */
function problemOf(
  { driver, spec }: Disturbed,
  target: Pick<Target, 'baseUrl' | 'endpoints'>,
  environment: Environment,
): string | null {
  try {
    driver.check(spec)
  } catch (error) {
    return (error as Error).message
  }
  for (const [field, name] of Object.entries(spec.part))
    if ((field === 'url' || field === 'token') && environment[String(name)] === undefined)
      return `${driver.on}.${spec.target}.${field} names the variable ${name}, which is not set`
  return driver.on === 'links' ? unusedLink(spec.target, spec.part as Link, target) : null
}

/** What this machine has no means for is UNDECIDED in its time, and no mistake. */
async function problemSeen(
  { driver, spec }: Disturbed,
  observer: Observer,
  patience: Pick<Patience, 'wellMs' | 'everyMs'>,
): Promise<string | null> {
  if (lack(driver, spec) !== null) return null
  const pause = async (ms: number): Promise<void> => void (await delay(ms))
  const { problem } = await lookBefore(driver.probe(spec, observer), patience, pause, false)
  return problem
}
