// Hosts that a run would reach besides those that it loads: each is confirmed by name before anything is sent.
import { hostOfAny, isLoopbackHost } from './address.ts'

/** Parts of a target that faults are done to, by kind and by name, as the target file has them. */
export interface FaultParts {
  links: Record<string, object>
  processes: Record<string, object>
  databases: Record<string, object>
  chains: Record<string, object>
  selectors: Record<string, object>
}

/** One host that the run would reach, which field or variable names it, and what would be done there. */
export interface Reached {
  field: string
  host: string
  deed: string
}

/** The addresses of each kind of part, and what a run does there. A database's address is in a variable. */
const addressFields: Record<Exclude<keyof FaultParts, 'databases'>, Record<string, string>> = {
  links: {
    control: 'faults would disturb the connections of a proxy there',
    through: 'it would be asked again and again for what a fault does',
    around: 'it would be asked again and again for what a fault does',
  },
  processes: {
    health: 'it would be asked again and again for what a fault does',
    segments: 'faults would make a proxy there lose packets',
  },
  chains: { control: 'faults would disturb the chain there' },
  selectors: { health: 'it would be asked again and again for what faults in pods do' },
}

/** Everything of these kinds that the target file names. @throws Error that names a field which is no address. */
export function faultAddresses(
  target: FaultParts,
  kinds: readonly (keyof typeof addressFields)[],
): Reached[] {
  return kinds.flatMap((kind) =>
    Object.entries(target[kind]).flatMap(([name, part]) =>
      Object.entries(addressFields[kind]).flatMap(([field, deed]) => {
        const address = (part as Record<string, unknown>)[field]
        const where = `${kind}.${name}.${field} of the target file`
        return address === undefined ? [] : [{ field: where, host: hostIn(address, where), deed }]
      }),
    ),
  )
}

/**
 * The cluster that the pods of selectors are in, which KUBECONFIG names and not the target file. `host` is that of its API
 * server; null where it is not known: then the word kubernetes confirms it.
 */
export const clusterReached = (host: string | null): Reached => ({
  field:
    host === null
      ? 'KUBECONFIG (its address cannot be read here, so the word kubernetes stands for it)'
      : 'KUBECONFIG',
  host: host ?? 'kubernetes',
  deed: 'faults would be done to pods of the cluster there, as the selectors of the target file say',
})

function hostIn(address: unknown, field: string): string {
  try {
    return hostOfAny(typeof address === 'string' ? address : '')
  } catch (error) {
    throw new Error(`${field}: ${(error as Error).message}`)
  }
}

/** The hosts that CONFIRM= names. */
const confirmedHosts = (confirm: string | undefined): string[] =>
  (confirm ?? '')
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '')

const isNamed = (host: string, confirmed: string[]): boolean =>
  confirmed.some((name) => name.toLowerCase() === host.toLowerCase())

/**
 * Whole names are compared, never parts of them.
 * @throws Error that names every host which is neither on loopback nor confirmed, and what would be done there.
 */
export function requireConfirmed(reached: { host: string; sentence: string }[], confirm?: string): void {
  const confirmed = confirmedHosts(confirm)
  const missing = reached.filter(({ host }) => !isLoopbackHost(host) && !isNamed(host, confirmed))
  if (missing.length === 0) return
  const sentences = [...new Set(missing.map(({ sentence }) => sentence))]
  const hosts = [...new Set([...confirmed, ...missing.map(({ host }) => host)])]
  throw new Error(
    `${sentences.join('.\n')}. Confirm with CONFIRM=${hosts.join()}` +
      (confirm === undefined ? '' : ` (CONFIRM is "${confirm}")`),
  )
}

/** What requireConfirmed asks of it. */
export const confirmable = ({ field, host, deed }: Reached): { host: string; sentence: string } => ({
  host,
  sentence: `${field} leads to ${host}, which is not on loopback; ${deed}`,
})
