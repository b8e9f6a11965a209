// Addresses of targets: which host they name, and whether it is this machine. Whatever programs read in different ways is
// refused, or does not count as this machine: k6, Node and Postgres' client would else go to different hosts.

/** A name or an IPv4 address in ASCII, or an IPv6 address in brackets. No user and no password: they would be shown. */
const host = String.raw`(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_][A-Za-z0-9._-]*)(?::\d+)?`
const baseAddress = new RegExp(String.raw`^https?://${host}(?:/[^\s?#\\]*)?$`)
const anyAddress = new RegExp(String.raw`^[a-z]+://${host}(?:[/?][^\s#\\]*)?$`)

/** The host of a base address. @throws Error for what is no address, and for one that carries a user or a password. */
export function hostOf(baseUrl: string): string {
  const [, found] = baseAddress.exec(baseUrl) ?? []
  if (found !== undefined) return found
  throw new Error('expected an address like http://host:port, without user, password, query or blanks')
}

/** The host of an address of any scheme, such as postgres://host:port, which may have a query. @throws Error, as hostOf. */
export function hostOfAny(address: string): string {
  const [, found] = anyAddress.exec(address) ?? []
  if (found !== undefined) return found
  throw new Error('expected an address like scheme://host:port, without user, password or blanks')
}

/** A number of an IPv4 address. With a leading zero some programs read it as octal and others as a name. */
const octet = String.raw`(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])`
const loopback = new RegExp(String.raw`^(localhost|127(\.${octet}){3}|\[?::1\]?)$`)

/** Only what every program understands as this machine: not 127.1, nor LOCALHOST. */
export const isLoopbackHost = (name: string): boolean => loopback.test(name)

export const isLoopback = (baseUrl: string): boolean => isLoopbackHost(hostOf(baseUrl))
