// Whether the load goes through a link: what is done to a connection that nobody uses takes effect and tries nothing.
import { isLoopbackHost } from '../lib/input/address.ts'
import type { Link } from './parts.ts'

/** Without the class URL, which k6 does not have. */
const parts = /^([a-z]+):\/\/(\[[^\]]+\]|[^:/?#]+)(?::(\d+))?/
const usualPorts: Record<string, string> = { http: '80', https: '443' }

/** The same for every name of this machine. */
function placeOf(address: string): string {
  const [, scheme = '', host = '', port = usualPorts[scheme] ?? ''] = parts.exec(address) ?? []
  return `${isLoopbackHost(host) ? 'localhost' : host.toLowerCase()}:${port}`
}

/**
 * Why a fault on this link would be done to nobody's connection; null where the load uses it, and where that cannot be known:
 * of links between parts of the target, which are those that are not http, or that the target file calls internal.
 */
export function unusedLink(
  name: string,
  { through, internal }: Pick<Link, 'through' | 'internal'>,
  { baseUrl, endpoints }: { baseUrl: string; endpoints: Record<string, string> },
): string | null {
  if (internal === true || !through.startsWith('http')) return null
  const used = [baseUrl, ...Object.values(endpoints)]
  if (used.some((address) => placeOf(address) === placeOf(through))) return null
  return (
    `links.${name}.through (${through}) is no address that the load uses, which is ${used.join(', ')}: a fault there would change nothing. ` +
    `Give BASE_URL or the target file's baseUrl the address of the proxy, or say "internal": true of a link that only parts of the target use`
  )
}
