// The service as the keeper starts it.
import type { ServiceSpec } from '../../keeper/service.ts'
import { Isolation, noMeans } from '../service/isolation.ts'
import { local, nodeService } from '../service/node-service.ts'
import { freePorts, requireFreePort } from '../service/ports.ts'
import { stateless } from '../service/stateless.ts'
import {
  defectsNamed,
  type PreparedTestbed,
  type TestbedDefinition,
  type TestbedOptions,
} from '../testbed.ts'
import { defects } from './defects/index.ts'

/** Variables of a run that the service reads itself. */
const passedOn = ['BATCH_SIZE', 'CACHE_SIZE', 'CACHE_TTL_SECONDS']

/** @throws Error for an unknown defect, or a port in use */
export async function truthsyncTestbed({
  stateDir,
  programsDir,
  defects: names,
  port,
  settings = {},
  seed = 1,
  disturbed = [],
  means = noMeans,
}: TestbedOptions): Promise<PreparedTestbed> {
  defectsNamed(defects, names)
  if (port !== undefined) await requireFreePort(port)
  const [own = 0] = await freePorts(1)
  const isolation = new Isolation(disturbed, stateDir, means)
  const baseUrl = local(port ?? own)
  const verifier: ServiceSpec = {
    ...nodeService('verifier', 'truthsync/programs/verifier', baseUrl, programsDir),
    env: {
      NODE_ENV: 'production',
      DEFECTS: names.join(','),
      PORT: new URL(baseUrl).port,
      SEED: String(seed),
      ...Object.fromEntries(Object.entries(settings).filter(([name]) => passedOn.includes(name))),
    },
  }
  const services = [await isolation.prepared(verifier, `${baseUrl}/health/ready`)]
  // It works in one thread, so that it cannot use more than one core.
  return stateless(services, isolation, { system: 'truthsync', baseUrl }, { verifier: 1 })
}

export const testbed: TestbedDefinition = {
  about: () => 'a verifier with its cache',
  prepare: truthsyncTestbed,
  defects,
  schema: null,
  programs: () => [],
  foldersOutside: () => [],
  deathCases: [],
}
