// The GPU pool as the keeper starts it: Postgres, the payout service, two gateways, one address in front of them.
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServiceSpec } from '../../keeper/service.ts'
import { Links } from '../service/links.ts'
import { freePorts, requireFreePort } from '../service/ports.ts'
import { defects as planted } from './defects/index.ts'
import { local, nodeService } from '../service/node-service.ts'
import {
  defectsNamed,
  type PreparedTestbed,
  type TestbedDefinition,
  type TestbedOptions,
} from '../testbed.ts'
import { foldersOutside, postgresProgram } from '../service/postgres.ts'
import { schema } from './schema.ts'
import { Isolation, noMeans } from '../service/isolation.ts'
import { prepareDatabase, sessionsOf } from '../service/own-database.ts'
import { targetOf } from '../service/target.ts'

/** Further environment of the gateways, for tests: LEASE_MS, QUEUE_LIMIT and the like. */
export type CocoonOptions = TestbedOptions & { gatewayEnv?: Record<string, string> }

/** Close to the source's 600,000, and no round number: with a fee in whole percents nothing would ever be left to round. */
const unitNanoton = 600_011
/** A hundred thousand TON. */
const treasuryNanoton = 10n ** 14n

const gatewayNames = ['gateway-1', 'gateway-2']

/**
 * Prepares the pool: database files, ports, tokens. Starts nothing.
 * @throws Error for an unknown defect, a port in use, a database that cannot be reached or is in use by another testbed.
 */
export async function cocoonTestbed(options: CocoonOptions): Promise<PreparedTestbed> {
  defectsNamed(planted, options.defects)
  if (options.port !== undefined) await requireFreePort(options.port)
  const [first = 0, second = 0, payout = 0, database = 0, own = 0, chainPort = 0] = await freePorts(6)
  const sessions = sessionsOf(randomBytes(6).toString('hex'))
  const { databaseUrl, services, dispose, folders } = await prepareDatabase(options, {
    port: database,
    sessions,
    schema,
  })
  const { disturbed = [], means = noMeans } = options
  const isolation = new Isolation(disturbed, options.stateDir, means)
  const links = await Links.of(isolation.targetsOf('link'))
  const secrets = { POOL_ENROL_TOKEN: randomToken(), POOL_CLIENT_TOKEN: randomToken() }
  const bed: Bed = {
    options,
    links,
    isolation,
    databaseUrl,
    shared: { ...sharedEnvironment(options), DATABASE_SESSIONS: sessions, ...secrets },
    secretNames: ['DATABASE_URL', ...Object.keys(secrets)],
  }
  const chain = options.history === true ? ownChain(chainPort) : null
  const base = local(options.port ?? own)
  const all = await servicesInOrder(bed, {
    databases: services.map((spec) => ({ spec, url: `postgres://127.0.0.1:${database}` })),
    chain,
    payout: local(payout),
    gatewayPorts: [first, second],
    base,
  })
  const baseUrl = await links.routeTo('clients', base, { look: '/balancer/health' })
  // After all proxied addresses exist; started before everything that is reached through it.
  const toxiproxy = links.service(means.toxiproxy)
  const proxies = [
    ...(toxiproxy === null ? [] : [toxiproxy]),
    ...isolation.proxies(join(options.programsDir, 'lossy-proxy/programs/main.js')),
  ]
  return {
    services: [...proxies, ...all],
    target: targetOf(all, isolation, {
      system: 'cocoon',
      baseUrl,
      credentials: { enrol: 'POOL_ENROL_TOKEN', client: 'POOL_CLIENT_TOKEN' },
      endpoints: chain === null ? {} : { chain: `${chain.url}/api/v2` },
      links: links.parts,
      databases: { pool: { url: 'TESTBED_DATABASE_URL', sessions } },
      chains: chain === null ? {} : { chain: { control: chain.url, token: 'CHAIN_CONTROL_TOKEN' } },
    }),
    secrets,
    faultSecrets: {
      TESTBED_DATABASE_URL: databaseUrl,
      ...(chain === null ? {} : { CHAIN_CONTROL_TOKEN: chain.token }),
    },
    folders,
    isolations: isolation.specs,
    whenReady: { toxiproxy: () => links.open() },
    dispose,
  }
}

/** What the services of one testbed are made from. */
interface Bed {
  options: CocoonOptions
  links: Links
  isolation: Isolation
  databaseUrl: string
  shared: Record<string, string>
  secretNames: string[]
}

interface OwnChain {
  url: string
  token: string
  /** The secret of the wallet that pays. */
  seed: string
}

const sharedEnvironment = ({ sourceDir, defects, seed = 1 }: CocoonOptions): Record<string, string> => ({
  NODE_ENV: 'production',
  MIGRATIONS_DIR: join(sourceDir, 'migrations'),
  DEFECTS: defects.join(','),
  SEED: String(seed),
})

const ownChain = (port: number): OwnChain => ({
  url: local(port),
  token: randomToken(),
  seed: randomBytes(32).toString('hex'),
})

/** All services of the pool in the order of their start, behind one address (`base`). */
async function servicesInOrder(
  bed: Bed,
  {
    databases,
    chain,
    payout,
    gatewayPorts,
    base,
  }: {
    databases: { spec: ServiceSpec; url: string }[]
    chain: OwnChain | null
    payout: string
    gatewayPorts: number[]
    base: string
  },
): Promise<ServiceSpec[]> {
  const all: ServiceSpec[] = []
  const add = async (spec: ServiceSpec, health: string): Promise<void> => {
    all.push(await bed.isolation.prepared(spec, health))
  }
  const readyAt = (url: string): string => `${url}/health/ready`
  for (const { spec, url } of databases) await add(spec, url)
  if (chain !== null) await add(await chainService(chain, bed), readyAt(chain.url))
  await add(await payoutService(payout, chain, bed), readyAt(payout))
  const upstreams: string[] = []
  for (const { spec, url } of await gatewayServices(gatewayPorts, bed)) {
    upstreams.push(url)
    await add(spec, readyAt(url))
  }
  await add(balancerService(base, upstreams, payout, bed), `${base}/balancer/health`)
  return all
}

async function payoutService(url: string, chain: OwnChain | null, bed: Bed): Promise<ServiceSpec> {
  const paying =
    chain === null
      ? {}
      : {
          CHAIN_URL: `${await bed.links.routeTo('payout-chain', chain.url, { look: '/health/ready' })}/api/v2/jsonRPC`,
          TREASURY_SEED: chain.seed,
        }
  return {
    ...nodeService('payout', 'cocoon/programs/payout', url, bed.options.programsDir),
    env: {
      ...bed.shared,
      DATABASE_URL: await bed.links.routeTo('payout-database', bed.databaseUrl),
      PORT: new URL(url).port,
      UNIT_NANOTON: String(unitNanoton),
      ...paying,
    },
    secrets: [...bed.secretNames, ...(chain === null ? [] : ['TREASURY_SEED'])],
  }
}

/** The gateways, each with the address at which others reach it. */
async function gatewayServices(ports: number[], bed: Bed): Promise<{ spec: ServiceSpec; url: string }[]> {
  const tokenSecret = randomToken()
  const made: { spec: ServiceSpec; url: string }[] = []
  for (const [index, port] of ports.entries()) {
    const name = gatewayNames[index]!
    const host = bed.isolation.network(name)?.inside ?? '127.0.0.1'
    const own = `http://${host}:${port}`
    const url = await bed.isolation.routeTo(name, own)
    made.push({ spec: await gatewayService({ name, index, url: own }, tokenSecret, bed), url })
  }
  return made
}

async function gatewayService(
  { name, index, url }: { name: string; index: number; url: string },
  tokenSecret: string,
  bed: Bed,
): Promise<ServiceSpec> {
  const { options, links, isolation } = bed
  const outside = isolation.network(name)?.outside
  const linked = await links.routeTo(
    `${name}-database`,
    bed.databaseUrl,
    outside === undefined ? {} : { host: outside },
  )
  const databaseUrl = await isolation.routeTo(name, linked)
  return {
    ...nodeService(name, 'cocoon/programs/gateway', url, bed.options.programsDir),
    env: {
      ...bed.shared,
      DATABASE_URL: databaseUrl,
      TESTBED_ROUTES: '1',
      ...options.gatewayEnv,
      SERVICE_NAME: name,
      PORT: new URL(url).port,
      POOL_TOKEN_SECRET: tokenSecret,
      SEED: String((options.seed ?? 1) * gatewayNames.length + index),
    },
    secrets: [...bed.secretNames, 'POOL_TOKEN_SECRET'],
  }
}

function balancerService(url: string, gateways: string[], payout: string, bed: Bed): ServiceSpec {
  const { metricsUrl: _, ...service } = nodeService(
    'balancer',
    'cocoon/programs/balancer',
    url,
    bed.options.programsDir,
  )
  const { NODE_ENV = '', DEFECTS = '' } = bed.shared
  return {
    ...service,
    env: {
      NODE_ENV,
      DEFECTS,
      PORT: new URL(url).port,
      UPSTREAMS: gateways.join(','),
      PAYOUT_URL: payout,
    },
  }
}

/** A chain whose treasury has more than any run can pay. */
async function chainService(chain: OwnChain, bed: Bed): Promise<ServiceSpec> {
  // Only here, because the libraries of TON take their time to load.
  const { Treasury } = await import('./treasury.ts')
  const { address } = new Treasury({
    chainUrl: chain.url,
    apiKey: undefined,
    seed: chain.seed,
    network: -3,
  })
  const folder = join(bed.options.stateDir, 'chain')
  await mkdir(folder, { recursive: true })
  return {
    ...nodeService('chain', 'chain/programs/node', chain.url, bed.options.programsDir),
    env: {
      NODE_ENV: 'production',
      PORT: new URL(chain.url).port,
      STATE_DIR: folder,
      CONTROL_TOKEN: chain.token,
      FUND: `${address}:${treasuryNanoton}`,
    },
    secrets: ['CONTROL_TOKEN'],
  }
}

const randomToken = (): string => randomBytes(24).toString('base64url')

export const testbed: TestbedDefinition = {
  about: ({ history }) => `Postgres, ${history === true ? 'chain, ' : ''}payout, two gateways, balancer`,
  prepare: cocoonTestbed,
  defects: planted,
  schema,
  programs: () => [postgresProgram()],
  foldersOutside,
  deathCases: ['cocoon/F6', 'cocoon/F7', 'cocoon/F8'],
}
