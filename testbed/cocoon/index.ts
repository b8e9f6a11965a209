// The GPU pool as the keeper starts it: Postgres, the payout service, two gateways, one address in front of them.
import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { ServiceSpec } from '../../keeper/service.ts'
import { freePorts, requireFreePort } from '../ports.ts'
import { embeddedPostgres } from '../postgres.ts'
import { schema } from './database.ts'
import { defectsByName } from './defects/index.ts'

export interface CocoonOptions {
  /** An empty folder of this run's; everything of the testbed lies below it. */
  stateDir: string
  projectRoot: string
  /** Names of planted defects to switch on. */
  defects: string[]
  /** Port of the one address; a free one when left out. */
  port?: number
  /** A Postgres to use instead of the embedded one. What an earlier testbed left in it is removed. */
  databaseUrl?: string
  /** With a chain, so that workers are paid. */
  payments?: boolean
  /** Repeats the random choices of planted defects. */
  seed?: number
  /** Further environment of the gateways, for tests: LEASE_MS, QUEUE_LIMIT and the like. */
  gatewayEnv?: Record<string, string>
}

export interface CocoonTestbed {
  /** In start order. */
  services: ServiceSpec[]
  /** What targets/testbed.json holds; pids are added by whoever starts the services. */
  target: CocoonTarget
  /** Environment variables that the target's credentials name. */
  secrets: Record<string, string>
  /** Folders that dispose removes, so that whoever outlives the caller can do it instead. */
  folders: string[]
  dispose(): Promise<void>
  /** How to make the chain's weather: its own routes and their token; null without a chain. */
  chain: { url: string; token: string } | null
}

export interface CocoonTarget {
  name: 'testbed'
  system: 'cocoon'
  baseUrl: string
  credentials: { enrol: string; client: string }
  endpoints: { chain?: string }
  services: { name: string; pid?: number; health: string }[]
  links: Record<string, never>
  processes: Record<string, never>
  selectors: Record<string, never>
}

/**
 * Garbage is collected often and in small amounts, so that memory which stays shows within minutes. Less than this
 * costs processor time, more lets a young heap rise and fall by tens of megabytes.
 */
const nodeFlags = ['--max-semi-space-size=2']

/** Close to the source's 600,000, and no round number: with a fee in whole percents nothing would ever be left to round. */
const unitNanoton = 600_011
/** A hundred thousand TON. */
const treasuryNanoton = 10n ** 14n

const gatewayNames = ['gateway-1', 'gateway-2']

/**
 * Prepares the pool: database files, ports, tokens. Starts nothing.
 * @throws Error for an unknown defect, a port in use, a database that cannot be reached or is in use by another testbed.
 */
export async function cocoonTestbed(options: CocoonOptions): Promise<CocoonTestbed> {
  defectsByName(options.defects)
  if (options.port !== undefined) await requireFreePort(options.port)
  const [first, second, payout, database, own, chainPort] = (await freePorts(6)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const address = options.port ?? own
  const secrets = { POOL_ENROL_TOKEN: randomToken(), POOL_CLIENT_TOKEN: randomToken() }
  const { databaseUrl, services, dispose, folders } = await prepareDatabase(options, database)
  const common = {
    command: process.execPath,
    cwd: options.projectRoot,
    readyTimeoutMs: 30_000,
    stopSignal: 'SIGTERM' as const,
    stopTimeoutMs: 5_000,
  }
  const shared = {
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    MIGRATIONS_DIR: join(options.projectRoot, 'testbed/cocoon/migrations'),
    DEFECTS: options.defects.join(','),
    SEED: String(options.seed ?? 1),
    ...secrets,
  }
  const program = (name: string) => [
    ...nodeFlags,
    join(options.projectRoot, `dist/node/testbed/cocoon/${name}.js`),
  ]
  const url = (port: number) => `http://127.0.0.1:${port}`
  const secretNames = ['DATABASE_URL', 'POOL_ENROL_TOKEN', 'POOL_CLIENT_TOKEN']
  const treasurySeed = randomBytes(32).toString('hex')
  const chain = options.payments === true ? { url: url(chainPort), token: randomToken() } : null
  if (chain !== null) services.push(await chainService(chain, treasurySeed, options, common))
  services.push({
    ...common,
    name: 'payout',
    args: program('payout'),
    env: {
      ...shared,
      PORT: String(payout),
      UNIT_NANOTON: String(unitNanoton),
      ...(chain === null ? {} : { CHAIN_URL: `${chain.url}/api/v2/jsonRPC`, TREASURY_SEED: treasurySeed }),
    },
    secrets: [...secretNames, ...(chain === null ? [] : ['TREASURY_SEED'])],
    ready: { url: `${url(payout)}/health/ready` },
    metricsUrl: `${url(payout)}/metrics`,
  })
  const tokenSecret = randomToken()
  for (const [index, port] of [first, second].entries())
    services.push({
      ...common,
      name: gatewayNames[index] as string,
      args: program('gateway'),
      env: {
        ...shared,
        TESTBED_ROUTES: '1',
        ...options.gatewayEnv,
        SERVICE_NAME: gatewayNames[index] as string,
        PORT: String(port),
        POOL_TOKEN_SECRET: tokenSecret,
        SEED: String((options.seed ?? 1) * gatewayNames.length + index),
      },
      secrets: [...secretNames, 'POOL_TOKEN_SECRET'],
      ready: { url: `${url(port)}/health/ready` },
      metricsUrl: `${url(port)}/metrics`,
    })
  services.push({
    ...common,
    name: 'balancer',
    args: program('balancer'),
    env: {
      NODE_ENV: 'production',
      PORT: String(address),
      UPSTREAMS: [first, second].map(url).join(','),
      PAYOUT_URL: url(payout),
    },
    ready: { url: `${url(address)}/health/ready` },
  })
  return {
    services,
    target: target(url(address), [url(first), url(second)], url(payout), chain?.url),
    secrets,
    folders,
    dispose,
    chain,
  }
}

/** A chain whose treasury has more than any run can pay. */
async function chainService(
  chain: { url: string; token: string },
  treasurySeed: string,
  { projectRoot, stateDir }: CocoonOptions,
  common: Pick<ServiceSpec, 'command' | 'cwd' | 'readyTimeoutMs' | 'stopSignal' | 'stopTimeoutMs'>,
): Promise<ServiceSpec> {
  // Only here, because the libraries of TON take their time to load.
  const { Treasury } = await import('./treasury.ts')
  const { address } = new Treasury({
    chainUrl: chain.url,
    apiKey: undefined,
    seed: treasurySeed,
    network: -3,
  })
  const folder = join(stateDir, 'chain')
  await mkdir(folder, { recursive: true })
  return {
    ...common,
    name: 'chain',
    args: [...nodeFlags, join(projectRoot, 'dist/node/testbed/chain/node.js')],
    env: {
      NODE_ENV: 'production',
      PORT: new URL(chain.url).port,
      STATE_DIR: folder,
      CONTROL_TOKEN: chain.token,
      FUND: `${address}:${treasuryNanoton}`,
    },
    secrets: ['CONTROL_TOKEN'],
    ready: { url: `${chain.url}/health/ready` },
    metricsUrl: `${chain.url}/metrics`,
  }
}

function target(
  baseUrl: string,
  gateways: string[],
  payout: string,
  chain: string | undefined,
): CocoonTarget {
  return {
    name: 'testbed',
    system: 'cocoon',
    baseUrl,
    credentials: { enrol: 'POOL_ENROL_TOKEN', client: 'POOL_CLIENT_TOKEN' },
    endpoints: chain === undefined ? {} : { chain: `${chain}/api/v2` },
    services: [
      ...(chain === undefined ? [] : [{ name: 'chain', health: `${chain}/health/ready` }]),
      { name: 'payout', health: `${payout}/health/ready` },
      ...gateways.map((url, index) => ({
        name: gatewayNames[index] as string,
        health: `${url}/health/ready`,
      })),
      { name: 'balancer', health: `${baseUrl}/balancer/health` },
    ],
    links: {},
    processes: {},
    selectors: {},
  }
}

function randomToken(): string {
  return randomBytes(24).toString('base64url')
}

interface PreparedDatabase {
  databaseUrl: string
  services: ServiceSpec[]
  folders: string[]
  dispose: () => Promise<void>
}

async function prepareDatabase(options: CocoonOptions, port: number): Promise<PreparedDatabase> {
  const { databaseUrl, stateDir } = options
  if (databaseUrl !== undefined) {
    await clearSchema(databaseUrl)
    return { databaseUrl, services: [], folders: [], dispose: () => clearSchema(databaseUrl) }
  }
  const embedded = await embeddedPostgres({ stateDir, port })
  const dispose = async () => {
    for (const folder of embedded.folders) await rm(folder, { recursive: true, force: true })
  }
  return {
    databaseUrl: embedded.databaseUrl,
    services: [embedded.service],
    folders: embedded.folders,
    dispose,
  }
}

/** Removes what a testbed left in a database of the user's, which is one schema. */
async function clearSchema(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
  } catch (error) {
    throw new Error(
      `The database of DATABASE_URL cannot be reached: ${(error as Error).message}. ` +
        'Start it or correct the address; without DATABASE_URL an embedded Postgres is used.',
    )
  }
  try {
    const { rows } = await client.query(
      `SELECT application_name FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'assay-%' AND pid <> pg_backend_pid()`,
    )
    if (rows.length > 0)
      throw new Error(
        'Another testbed is using the database of DATABASE_URL. Wait for its end, or give this one a database of its own.',
      )
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  } finally {
    await client.end()
  }
}
