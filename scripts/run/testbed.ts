// The bundled reference systems, started under a keeper.
import { mkdir, writeFile } from 'node:fs/promises'
import { libfaketime, missing } from '../../faults/capabilities.ts'
import { drivers } from '../../faults/drivers/index.ts'
import { partsOf, type Parts } from '../../faults/parts.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import type { Target } from '../../lib/input/target.ts'
import type { Variables } from '../../lib/input/variables.ts'
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

/** Whether a driver of faults can do this here. */
const can = (driver: string, kind: string): boolean => missing(drivers[driver]?.kinds[kind] ?? []) === null
/** A service in a network of its own reaches the database through a link. */
const needsLinks = 'network'

/** Whether links of the testbed go through Toxiproxy: some are disturbed, or lead into a network of somebody's own. */
export const wantsToxiproxy = ({ faults }: Plan): boolean =>
  faults.some(
    ({ driver, settings }) =>
      driver === 'toxiproxy' || (driver === needsLinks && can(driver, String(settings['kind']))),
  )

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
      faults: plan.faults,
      means: {
        toxiproxy,
        libfaketime: libfaketime(),
        can: (driver, kind) => can(driver, kind) && (driver !== needsLinks || toxiproxy !== null),
      },
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
