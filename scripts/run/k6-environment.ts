// What k6 gets of the user's environment: a closed list. k6 takes settings from variables, and one that changed the load, its
// times or its limits behind the plan's back would make the verdict one of another run.
import { statSync } from 'node:fs'
import path from 'node:path'
import { callersPath } from '../project.ts'
import { WrongUse } from '../wrong-use.ts'
import { outputVariables, type Output } from './k6-outputs.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Whose signature counts. Go's programs read them, and so k6 does. */
const certificates = ['SSL_CERT_FILE', 'SSL_CERT_DIR']
/**
 * Go goes to loopback without any proxy (net/http, ProxyFromEnvironment), so no testbed is reached through one. The runner and the
 * keeper never use one: Node does only where it is told to, and `assay` takes that back.
 */
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()])
/** Means the same in every run, whatever the environment says. */
export const alwaysSet = { K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' }
/** Of `k6 cloud`, which a run has nothing to do with: many people have its token in their shell. */
const ofCloud = 'K6_CLOUD_'

const instead: Record<string, string> = {
  K6_VUS: 'the load is the plan of the case: PROFILE= says how much of it',
  K6_ITERATIONS: 'the load is the plan of the case: PROFILE= says how much of it',
  K6_STAGES: 'the load is the plan of the case: PROFILE= says how much of it',
  K6_RPS: 'CEILING= says how much may be sent',
  K6_DURATION: 'DURATION= cuts a run short',
  K6_OUT: 'write OUT=',
  K6_CSV_FILENAME: 'write OUT=csv=file',
  K6_INSECURE_SKIP_TLS_VERIFY:
    'SSL_CERT_FILE= names the authority that signed the certificate of your target',
  K6_WEB_DASHBOARD: 'every run has the dashboard: see k6-dashboard.html in its folder',
}

const isIn = (families: string[], name: string): boolean =>
  families.some((family) => (family.endsWith('_') ? name.startsWith(family) : name === family))

const isSet = (value: string | undefined): value is string => value !== undefined && value !== ''

/** @throws WrongUse that names a variable of k6 which would be ignored. */
export function checkK6Variables(environment: Environment): void {
  const known = [...Object.keys(alwaysSet), ofCloud, ...outputVariables()]
  const odd = Object.keys(environment).find(
    (name) => name.startsWith('K6_') && isSet(environment[name]) && !isIn(known, name),
  )
  if (odd === undefined) return
  const advice = Object.entries(instead).find(([name]) => odd === name || odd.startsWith(`${name}_`))
  throw new WrongUse(
    `${odd} in the environment would change what k6 does, and a run sets all of that itself: unset it` +
      (advice === undefined ? '' : ` (${advice[1]})`),
  )
}

/** Files are seen from the caller's folder, and k6 works in that of the run. */
const isFile = /^SSL_CERT_FILE$|CERTIFICATE(_KEY)?$|CLIENT_KEY$/
/** A path, or several with colons between them. */
const arePaths = ['SSL_CERT_DIR', 'KUBECONFIG']

const absolute = (name: string, value: string): string => {
  if (arePaths.includes(name))
    return value
      .split(path.delimiter)
      .map((one) => (one === '' ? one : callersPath(one)))
      .join(path.delimiter)
  return isFile.test(name) ? callersPath(value) : value
}

/** By its name, or because it is an address with a user or with a query, which may hold a token. */
const isSecret = (name: string, value: string): boolean =>
  !isFile.test(name) &&
  (/PASSWORD|TOKEN|SECRET|HEADERS|ACCESS_KEY/i.test(name) || /@|:\/\/[^\s]*\?/.test(value))

export interface PassedOn {
  values: Record<string, string>
  /** Which of them are never logged or shown. */
  secrets: string[]
}

/** What k6 gets of the environment for these outputs, and of the cluster where pods are disturbed. */
export function passedOn(environment: Environment, outputs: Output[], { inPods = false } = {}): PassedOn {
  const families = [
    ...certificates,
    ...proxies,
    ...outputVariables(outputs.map(({ kind }) => kind)),
    ...(inPods ? ['KUBECONFIG'] : []),
  ]
  const values = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      isSet(value) && isIn(families, name) ? [[name, absolute(name, value)]] : [],
    ),
  )
  const secrets = Object.entries(values).flatMap(([name, value]) => (isSecret(name, value) ? [name] : []))
  return { values, secrets }
}

/**
 * What is said at the start of the way to somebody's own target, by names alone.
 * @throws WrongUse where SSL_CERT_FILE names no file: k6 would trust nobody, and say nothing of the file.
 */
export function wayNotes({ values }: PassedOn, isOnLoopback: boolean): string[] {
  const file = values['SSL_CERT_FILE']
  if (file !== undefined && statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new WrongUse(`SSL_CERT_FILE: there is no file ${file}; name the certificates to trust, or unset it`)
  const used = proxies.filter((name) => name in values && !/^no_/i.test(name))
  return used.length === 0 || isOnLoopback
    ? []
    : [`k6 reaches the target through the proxy of ${used.join(' and ')}, unless NO_PROXY names its host`]
}
