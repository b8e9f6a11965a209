// The deployment under test: read from a target file, or from BASE_URL alone.
import { hostOf, isLoopback } from './address.ts'
import { confirmable, requireConfirmed, type FaultParts, type Reached } from './confirmation.ts'
import type { Plan } from '../plan/plan.ts'
import { isOfKit, isVariableName, type Variables } from './variables.ts'

/** Parts that faults may be done to, by kind and by name; whoever does it looks at what they hold. */
export interface Target extends FaultParts {
  name: string
  /** The system that the file says it is, or null where it says nothing. */
  system: string | null
  baseUrl: string
  /** Folder below targets/ whose adapter translates, or null for a target that speaks the contract itself. */
  adapter: string | null
  /** Use -> name of the variable that holds the value. Never a value. */
  credentials: Record<string, string>
  /** Whether nobody else uses it while a run goes on: then its own figures have to be those of the run. */
  alone: boolean
  /** Addresses besides the base one, by what is there: the system's adapter says what it asks for. */
  endpoints: Record<string, string>
  /** What it consists of. */
  services: TargetService[]
}

/** A service of the target, as far as a run that watches it has to know it. */
export interface TargetService {
  name: string
  /** How many processors it may use; all of the machine when left out. */
  cores?: number
}

const known = [
  'name',
  'system',
  'baseUrl',
  'adapter',
  'alone',
  'credentials',
  'endpoints',
  'services',
  'links',
  'processes',
  'databases',
  'chains',
  'selectors',
]

/**
 * A target from the text of its file. Unknown fields and wrong types are errors that name the file. `standard` are the
 * credentials of the system by their use: the file may name variables for these uses. Where it names none, no token is
 * sent, because the usual variable may hold the token of another target.
 */
export function parseTarget(text: string, file: string, standard: Record<string, string>): Target {
  let json: Record<string, unknown>
  try {
    json = JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    throw new Error(`target file ${file} is not JSON: ${(error as Error).message}`)
  }
  if (!isObject(json)) throw new Error(`target file ${file} must hold one JSON object`)
  const unknown = Object.keys(json).filter((field) => !known.includes(field))
  if (unknown.length > 0)
    throw new Error(`target file ${file}: unknown field ${unknown.join(', ')}; valid: ${known.join(', ')}`)
  const { baseUrl, adapter, name, system, alone = false } = json
  if (system !== undefined && typeof system !== 'string')
    throw new Error(`target file ${file}: system must be the name of a system`)
  if (typeof baseUrl !== 'string') throw new Error(`target file ${file}: baseUrl is missing`)
  checkAddress(baseUrl, `target file ${file}: baseUrl`)
  if (adapter !== undefined && typeof adapter !== 'string')
    throw new Error(`target file ${file}: adapter must be a folder's name`)
  if (typeof alone !== 'boolean')
    throw new Error(
      `target file ${file}: alone must be true where nobody else uses the target while a run goes on, else false; got ${JSON.stringify(alone)}`,
    )
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
    alone,
    credentials: credentialsIn(json, file, Object.keys(standard)),
    endpoints: endpoints as Record<string, string>,
    links: partsIn(json, 'links', file),
    processes: partsIn(json, 'processes', file),
    databases: partsIn(json, 'databases', file),
    chains: partsIn(json, 'chains', file),
    selectors: partsIn(json, 'selectors', file),
    services: servicesIn(json, file),
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function credentialsIn(json: Record<string, unknown>, file: string, uses: string[]): Record<string, string> {
  const named = json['credentials'] ?? {}
  if (!isObject(named)) throw new Error(`target file ${file}: credentials must be an object`)
  for (const [use, variable] of Object.entries(named)) {
    const where = `credentials.${use}`
    if (!uses.includes(use))
      throw new Error(`target file ${file}: unknown use ${where}; valid: ${uses.join(', ')}`)
    if (typeof variable !== 'string' || !isVariableName(variable)) {
      throw new Error(
        `target file ${file}: ${where} must be the name of a variable such as TARGET_TOKEN, never a value`,
      )
    }
    if (isOfKit(variable))
      throw new Error(`target file ${file}: ${where} names ${variable}, which is a setting of the run`)
  }
  return named as Record<string, string>
}

/** Of each service what concerns a run: a testbed's file, which may be given as well, says more of them. */
function servicesIn({ services = [] }: Record<string, unknown>, file: string): TargetService[] {
  if (!Array.isArray(services)) throw new Error(`target file ${file}: services must be a list`)
  const known = services.map((one: unknown, index): TargetService => {
    const where = `target file ${file}: services[${index}]`
    if (!isObject(one) || typeof one['name'] !== 'string' || one['name'] === '')
      throw new Error(`${where} must be an object with a name; got ${JSON.stringify(one)}`)
    const { name, cores } = one
    if (cores === undefined) return { name }
    if (typeof cores === 'number' && cores > 0) return { name, cores }
    throw new Error(
      `${where}.cores must be how many processors ${name} may use, a number over 0 such as 1 or 0.5; got ${JSON.stringify(cores)}`,
    )
  })
  const twice = known.find(({ name }, index) => known.findIndex((one) => one.name === name) !== index)
  if (twice !== undefined) throw new Error(`target file ${file}: services name "${twice.name}" twice`)
  return known
}

function partsIn(
  json: Record<string, unknown>,
  kind: keyof FaultParts,
  file: string,
): Record<string, object> {
  const named = json[kind] ?? {}
  if (!isObject(named)) throw new Error(`${kind} of the target file ${file} must be an object`)
  for (const [name, part] of Object.entries(named))
    if (!isObject(part)) throw new Error(`${kind}.${name} of the target file ${file} must be an object`)
  return named as Record<string, object>
}

function checkAddress(address: string, where: string): void {
  try {
    hostOf(address)
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`)
  }
}

/**
 * Without a token that is wanted, every answer would be a refusal, which is no failure of the target.
 * @throws Error that names a variable which the target file, or else the system, names for a token, and which is not set.
 */
export function checkCredentials(
  { credentials }: Target,
  { TARGET: file }: Variables,
  environment: Record<string, string | undefined>,
): void {
  for (const [use, name] of Object.entries(credentials)) {
    if (environment[name] !== undefined) continue
    throw new Error(
      file === undefined
        ? `the credential ${name} (${use}) is not set; set it in the environment, to nothing where the target wants no token`
        : `${file} names the credential ${name}; set it in the environment`,
    )
  }
}

/**
 * The target of a run. `read` opens the target file. BASE_URL, ADAPTER and variables of the system that are addresses win over the
 * file's own words, so that one file serves several addresses; its tokens go to the address that was given. An address without a
 * file gets the system's usual credentials.
 */
export function chooseTarget(
  variables: Variables,
  plan: Pick<Plan, 'credentials' | 'endpoints'>,
  read: (file: string) => string,
): Target {
  const standard = plan.credentials
  const { TARGET: file, BASE_URL: baseUrl, ADAPTER: adapter, ENDPOINTS: others } = variables
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
          alone: false,
          credentials: standard,
          endpoints: {},
          links: {},
          processes: {},
          databases: {},
          chains: {},
          selectors: {},
          services: [],
        }
      : parseTarget(read(file), file, standard)
  return {
    ...target,
    baseUrl: baseUrl ?? target.baseUrl,
    adapter: adapter ?? target.adapter,
    alone: variables.ALONE ?? target.alone,
    endpoints: { ...target.endpoints, ...others, ...plan.endpoints },
  }
}

/** An endpoint that nobody asks for is a misspelt one. @throws Error that names it, and those that there are */
export function checkEndpoints(
  { endpoints }: Pick<Target, 'endpoints'>,
  known: Record<string, string>,
): void {
  const unknown = Object.keys(endpoints).filter((name) => !Object.hasOwn(known, name))
  if (unknown.length === 0) return
  const valid = Object.keys(known)
  throw new Error(
    `unknown field endpoints.${unknown.join(', endpoints.')}; valid: ${valid.length > 0 ? valid.map((name) => `${name} (${known[name]})`).join(', ') : 'none, for this system has no endpoint besides baseUrl'}`,
  )
}

/** A target of one system judged as another would fail for nothing. */
export function checkSystem(target: Target, system: string): void {
  if (target.system !== null && target.system !== system)
    throw new Error(`the target file says system "${target.system}", and this case is of "${system}"`)
}

/**
 * Load on somebody's host is sent only when that host was named, so that a wrong file cannot hit the wrong people. `others`
 * are hosts that the run would reach besides.
 */
export function checkConfirmed(
  target: Target,
  peakPerSecond: number,
  variables: Variables,
  others: Reached[] = [],
): void {
  const ceiling = ceilingOf(target, peakPerSecond, variables)
  if (peakPerSecond > ceiling) {
    throw new Error(
      `this load peaks at about ${peakPerSecond} requests/s, over the ceiling of ${ceiling}; raise CEILING= or take a smaller PROFILE`,
    )
  }
  const loaded = [target.baseUrl, ...Object.values(target.endpoints)].map(hostOf).map((host) => ({
    host,
    sentence: `${host} is not on loopback; this run would send up to about ${peakPerSecond} requests/s to it`,
  }))
  requireConfirmed([...loaded, ...others.map(confirmable)], variables.CONFIRM)
}

/** Requests a second that a host which is not this machine gets at the most, where nobody says otherwise. */
const usualCeiling = 2000
/** What a plan announces is a mean: so many times as much may come at a moment. */
const overPeak = 2

/**
 * Requests a second that are sent at the most: what CEILING says, else 2,000. On this machine, where nobody else is hit, a plan
 * that announces more gets what it needs.
 */
export function ceilingOf(
  { baseUrl, endpoints }: Pick<Target, 'baseUrl' | 'endpoints'>,
  peakPerSecond: number,
  { CEILING: given }: Variables,
): number {
  if (given !== undefined) return given
  const isHere = [baseUrl, ...Object.values(endpoints)].every(isLoopback)
  return isHere ? Math.max(usualCeiling, overPeak * peakPerSecond) : usualCeiling
}
