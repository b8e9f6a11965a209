// Addresses of targets: which host they name, and whether it is this machine.

/** Scheme, host (in brackets where it is an IPv6 address), port, path. Nobody's name and password: they would be shown. */
const address = /^https?:\/\/(\[[0-9a-fA-F:.]+\]|[^\s/:@?#[\]]+)(?::\d+)?(?:\/[^\s?#]*)?$/

/** The host of an address. @throws Error for what is no address, and for one that carries a user or a password. */
export function hostOf(baseUrl: string): string {
  const [, host] = address.exec(baseUrl) ?? []
  if (host === undefined) {
    throw new Error('expected an address like http://host:port, without user, password, query or blanks')
  }
  return host
}

export const isLoopback = (baseUrl: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostOf(baseUrl))
