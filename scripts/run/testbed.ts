// The bundled reference systems, started under a keeper.
import { mkdir, writeFile } from 'node:fs/promises'
import { groupNeeds, libfaketime, missing } from '../../faults/capabilities.ts'
import { drivers } from '../../faults/drivers/index.ts'
import type { Driver, IsolationKind } from '../../faults/fault.ts'
import { partsOf, type Parts } from '../../faults/parts.ts'
import type { Plan, PlannedFault } from '../../lib/plan/plan.ts'
import type { Target } from '../../lib/input/target.ts'
import type { Variables } from '../../lib/input/variables.ts'
import type { DisturbedPart } from '../../testbed/service/isolation.ts'
import { defectsNamed, type FaultLayerDefect, type TestbedDefinition } from '../../testbed/testbed.ts'
import { inWork } from '../project.ts'
import type { Keeper } from './run-context.ts'
import { testbedFolders } from './testbeds.ts'
import { WrongUse } from '../wrong-use.ts'

export interface Testbed {
  target: Target
  defects: string[]
  /** What planted defects do to the injection of faults. */
  faultLayer: FaultLayerDefect[]
  /** Variable name -> value, for k6's environment only. */
  secrets: Record<string, string>
  dispose: () => Promise<void>
  /** What of it is not ours, so that its share of the machine is not known; null where all of it is. */
  foreign: string | null
  /** What faults need, by the names that the target's parts hold. */
  faultSecrets: Record<string, string>
  parts: Parts
}

/** What takes Toxiproxy. A service in a network of its own reaches others through links. */
const withToxiproxy: ReadonlySet<IsolationKind> = new Set(['link', 'network'])

/**
 * What the testbed's parts need so that these faults can be done to them. Where this machine has not what a driver needs,
 * it is what its other way needs, and where there is none, nothing: then the fault is refused when it is due.
 */
export function disturbedParts(
  faults: readonly Pick<PlannedFault, 'driver' | 'target' | 'settings'>[],
  hasToxiproxy: boolean,
  known: Record<string, Driver> = drivers,
): DisturbedPart[] {
  return faults.flatMap(({ driver: name, target, settings }) => {
    const driver = known[name]
    if (driver === undefined) return []
    const kind = String(settings['kind'])
    const usual = driver.isolation?.(kind) ?? null
    if (usual === null) return []
    const isPossible =
      missing(driver.kinds[kind] ?? []) === null && (hasToxiproxy || !withToxiproxy.has(usual))
    const isolation = isPossible ? usual : driver.otherwise?.isolation
    return isolation === undefined ? [] : [{ target, isolation }]
  })
}

/** Whether links of the testbed go through Toxiproxy: some are disturbed, or lead into a network of somebody's own. */
export const wantsToxiproxy = ({ faults }: Plan): boolean =>
  disturbedParts(faults, true).some(({ isolation }) => withToxiproxy.has(isolation))

/**
 * A generator that waits for cores measures its own waiting, and its share of them would be no larger than that of each
 * service. So the services give way; k6 leaves them far more than they lose.
 */
const niceness = 10

/** Starts every service in order, waits for each, and writes targets/testbed.json. */
export async function startTestbed(
  definition: TestbedDefinition,
  keeper: Keeper,
  plan: Plan,
  variables: Variables,
  toxiproxy: string | null,
): Promise<Testbed> {
  const { DEFECTS: defects = [], TESTBED_DATABASE_URL: ownDatabase } = variables
  // Named before they are there, so that they go even when this process is killed while they are made.
  const outside = ownDatabase === undefined ? definition.foldersOutside(keeper.stateDir) : []
  for (const folder of outside) await keeper.removeAtEnd(folder)
  const bed = await definition
    .prepare({
      stateDir: keeper.stateDir,
      ...testbedFolders(plan.system),
      defects,
      history: plan.history,
      settings: plan.settings ?? {},
      disturbed: disturbedParts(plan.faults, toxiproxy !== null),
      means: { toxiproxy, libfaketime: libfaketime(), groups: missing(groupNeeds) === null },
      ...(variables.PORT === undefined ? {} : { port: variables.PORT }),
      ...(ownDatabase === undefined ? {} : { databaseUrl: ownDatabase }),
    })
    .catch((error: Error) => {
      throw new WrongUse(error.message)
    })
  for (const folder of bed.folders.filter((one) => !outside.includes(one))) await keeper.removeAtEnd(folder)
  for (const isolation of bed.isolations) await keeper.makeIsolation(isolation)
  for (const service of bed.services) {
    await keeper.start({ ...service, niceness })
    await bed.whenReady[service.name]?.()
  }
  await mkdir(inWork('targets'), { recursive: true })
  await writeFile(inWork('targets/testbed.json'), JSON.stringify(bed.target, null, 2) + '\n')
  return {
    target: { adapter: null, ...(bed.target as unknown as Omit<Target, 'adapter'>) },
    defects,
    faultLayer: defectsNamed(definition.defects, defects).flatMap(({ faultLayer }) => faultLayer ?? []),
    secrets: bed.secrets,
    dispose: bed.dispose,
    foreign: ownDatabase === undefined ? null : 'the database is not part of this run',
    faultSecrets: bed.faultSecrets,
    parts: partsOf(bed.target),
  }
}
