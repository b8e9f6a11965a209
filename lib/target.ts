// The deployment under test: read from a target file, or from BASE_URL alone.
import { hostOf, isLoopback } from './address.ts'
import type { Variables } from './variables.ts'

export interface Target {
  name: string
  /** The system that the file says it is, or null where it says nothing. */
  system: string | null
  baseUrl: string
  /** Folder below targets/ whose adapter translates, or null for a target that speaks the contract itself. */
  adapter: string | null
  /** Use -> name of the variable that holds the value. Never a value. */
  credentials: Record<string, string>
  /** Addresses besides the base one, by what is there: `chain` is an HTTP API v2 of TON, up to and with /api/v2. */
  endpoints: Record<string, string>
  /** Connections that faults may be done to, by name; whoever does it looks at what they hold. */
  links: Record<string, object>
  /** Pods, the same way. */
  selectors: Record<string, object>
}

const known = [
  'name',
  'system',
  'baseUrl',
  'adapter',
  'credentials',
  'endpoints',
  'services',
  'links',
  'processes',
  'databases',
  'chains',
  'selectors',
]

/** A target from the text of its file. Unknown fields and wrong types are errors that name the file. */
export function parseTarget(text: string, file: string, credentials: Record<string, string>): Target {
  let json: Record<string, unknown>
  try {
    json = JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    throw new Error(`target file ${file} is not JSON: ${(error as Error).message}`)
  }
  const unknown = Object.keys(json).filter((field) => !known.includes(field))
  if (unknown.length > 0)
    throw new Error(`target file ${file}: unknown field ${unknown.join(', ')}; valid: ${known.join(', ')}`)
  const { baseUrl, adapter, name, system } = json
  if (system !== undefined && typeof system !== 'string')
    throw new Error(`target file ${file}: system must be a name such as cocoon`)
  if (typeof baseUrl !== 'string') throw new Error(`target file ${file}: baseUrl is missing`)
  checkAddress(baseUrl, `target file ${file}: baseUrl`)
  if (adapter !== undefined && typeof adapter !== 'string')
    throw new Error(`target file ${file}: adapter must be a folder's name`)
  const own = (json['credentials'] ?? {}) as Record<string, unknown>
  for (const [use, variable] of Object.entries(own)) {
    if (typeof variable !== 'string' || !/^[A-Z][A-Z0-9_]*$/.test(variable)) {
      throw new Error(
        `target file ${file}: credentials.${use} must be the name of a variable such as POOL_TOKEN, never a value`,
      )
    }
  }
  const endpoints = (json['endpoints'] ?? {}) as Record<string, unknown>
  for (const [what, address] of Object.entries(endpoints)) {
    if (typeof address !== 'string') throw new Error(`target file ${file}: endpoints.${what} is no address`)
    checkAddress(address, `target file ${file}: endpoints.${what}`)
  }
  return {
    name: typeof name === 'string' ? name : hostOf(baseUrl),
    system: system ?? null,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    adapter: adapter ?? null,
    credentials: { ...credentials, ...(own as Record<string, string>) },
    endpoints: endpoints as Record<string, string>,
    links: (json['links'] ?? {}) as Record<string, object>,
    selectors: (json['selectors'] ?? {}) as Record<string, object>,
  }
}

function checkAddress(address: string, where: string): void {
  try {
    hostOf(address)
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`)
  }
}

/** Names of the variables that a target file itself wants. */
export const credentialsIn = (text: string): string[] =>
  Object.values((JSON.parse(text) as { credentials?: Record<string, string> }).credentials ?? {})

/**
 * The target of a run. `read` opens the target file. BASE_URL, CHAIN_URL and ADAPTER win over the file's own words, so that one
 * file serves several addresses.
 */
export function chooseTarget(
  variables: Variables,
  credentials: Record<string, string>,
  read: (file: string) => string,
): Target {
  const { TARGET: file, BASE_URL: baseUrl, ADAPTER: adapter, CHAIN_URL: chain } = variables
  if (file === undefined && baseUrl === undefined) {
    throw new Error(
      'no target: give BASE_URL=http://host:port or TARGET=targets/mine.json (make run starts a testbed by itself)',
    )
  }
  const target =
    file === undefined
      ? {
          name: hostOf(baseUrl ?? ''),
          system: null,
          baseUrl: baseUrl ?? '',
          adapter: null,
          credentials,
          endpoints: {},
          links: {},
          selectors: {},
        }
      : parseTarget(read(file), file, credentials)
  return {
    ...target,
    baseUrl: baseUrl ?? target.baseUrl,
    adapter: adapter ?? target.adapter,
    endpoints: { ...target.endpoints, ...(chain === undefined ? {} : { chain }) },
  }
}

/** A target of one system judged as another would fail for nothing. */
export function checkSystem(target: Target, system: string): void {
  if (target.system !== null && target.system !== system)
    throw new Error(`the target file says system "${target.system}", and this case is of "${system}"`)
}

/** Load on somebody's host is sent only when that host was named, so that a wrong file cannot hit the wrong people. */
export function checkConfirmed(target: Target, peakPerSecond: number, variables: Variables): void {
  const ceiling = ceilingOf(variables)
  if (peakPerSecond > ceiling) {
    throw new Error(
      `this load peaks at about ${peakPerSecond} requests/s, over the ceiling of ${ceiling}; raise CEILING= or take a smaller PROFILE`,
    )
  }
  const confirmed = variables.CONFIRM?.split(',') ?? []
  for (const url of [target.baseUrl, ...Object.values(target.endpoints)]) {
    const host = hostOf(url)
    if (isLoopback(url) || confirmed.includes(host)) continue
    throw new Error(
      `${host} is not on loopback; this run would send up to about ${peakPerSecond} requests/s to it. Confirm with CONFIRM=${[...confirmed, host].join()}` +
        (variables.CONFIRM === undefined ? '' : ` (CONFIRM is "${variables.CONFIRM}")`),
    )
  }
}

export const ceilingOf = (variables: Variables): number => variables.CEILING ?? 2000
