// Hosts that a run would reach besides the target's own, and what is said of them at its start.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { hostOfAny } from '../../lib/input/address.ts'
import {
  clusterReached,
  confirmable,
  faultAddresses,
  requireConfirmed,
  type Reached,
} from '../../lib/input/confirmation.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import type { Target } from '../../lib/input/target.ts'
import type { Variables } from '../../lib/input/variables.ts'
import { programPath } from '../../faults/capabilities.ts'
import type { Parts } from '../../faults/parts.ts'
import { databaseAddressIn, type DatabaseAddress } from '../../testbed/service/database-address.ts'
import { WrongUse } from '../wrong-use.ts'

const execFileAsync = promisify(execFile)

type Environment = Record<string, string | undefined>

/** Parameters that do not change where a connection leads to, nor whose it seems to be. */
const harmless = ['options', 'connect_timeout', 'client_encoding', 'keepalives', 'target_session_attrs']

/**
 * What faults of the plan would reach of the parts that they may be done to: of all of them, because the seed decides which
 * are hit. @throws Error that names a field which is no address.
 */
export async function reachedByFaults(
  parts: Parts,
  { faults }: Plan,
  environment: Environment,
): Promise<Reached[]> {
  if (faults.length === 0) return []
  const databases = Object.entries(parts.databases).flatMap(([name, { url: variable }]) => {
    const text = environment[variable]
    // A fault on a database whose address is not known is not injected, and says so.
    if (text === undefined) return []
    const field = `databases.${name}.url of the target file (${variable})`
    const deed = 'faults would end sessions and lock tables in the database there'
    return [{ field, host: hostOf(databaseAddressIn(field, text, harmless)), deed }]
  })
  const cluster = Object.keys(parts.selectors).length === 0 ? [] : [clusterReached(await clusterHost())]
  return [...faultAddresses(parts, ['links', 'processes', 'chains', 'selectors']), ...cluster, ...databases]
}

const kubectlMs = 10_000

/** The host of the API server that k6 and kubectl talk to; null where it cannot be told. */
async function clusterHost(): Promise<string | null> {
  try {
    const words = ['config', 'view', '--minify', '--output', 'json']
    const { stdout } = await execFileAsync(programPath('kubectl'), words, { timeout: kubectlMs })
    const { clusters } = JSON.parse(stdout) as { clusters: { cluster: { server: string } }[] | null }
    return hostOfAny(clusters?.[0]?.cluster.server ?? '')
  } catch {
    return null
  }
}

/** A socket is this machine's. */
const hostOf = ({ host }: DatabaseAddress): string => (host.startsWith('/') ? 'localhost' : host)

/** What is said of somebody's own target before anything is sent to it. */
export function targetNotes({ baseUrl, credentials }: Target, plan: Plan, { TARGET }: Variables): string[] {
  const without =
    TARGET === undefined ? [] : Object.keys(plan.credentials).filter((use) => !(use in credentials))
  return [
    `target: ${baseUrl}`,
    ...(without.length === 0
      ? []
      : [`${TARGET} names no credential for ${without.join(' and ')}: these requests carry no token`]),
  ]
}

const ours = 'TESTBED_DATABASE_URL'

/**
 * What is said of the testbed's database before it is touched.
 * @param schema that it makes there; null where it uses no database
 * @throws WrongUse where it is on somebody else's machine and nobody confirmed that.
 */
export function testbedNotes(
  schema: string | null,
  variables: Variables,
  environment: Environment,
): string[] {
  const text = variables[ours]
  if (schema === null) return text === undefined ? [] : [`${ours} is not used: this testbed has no database`]
  if (text === undefined)
    return environment['DATABASE_URL']
      ? [
          `DATABASE_URL of the environment is not used; the testbed takes its own Postgres, or the one of ${ours}`,
        ]
      : []
  try {
    const address = databaseAddressIn(ours, text)
    const { host, port, database } = address
    const deed = `the testbed would make the schema ${schema} in the database "${database}" there, and drop it at its end`
    requireConfirmed([confirmable({ field: ours, host: hostOf(address), deed })], variables.CONFIRM)
    return [`testbed: uses the database "${database}" on ${host}:${port}, schema ${schema} (${ours})`]
  } catch (error) {
    throw new WrongUse((error as Error).message)
  }
}
