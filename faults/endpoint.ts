// Where an address leads to.

/** Ports of addresses that name none; all others mean 80. */
const usualPorts: Record<string, number> = { 'https:': 443, 'postgres:': 5432 }

/** For a socket, which takes an IPv6 address without its brackets. */
export const endpointOf = ({ hostname, port, protocol }: URL): { host: string; port: number } => ({
  host: hostname.replace(/^\[|\]$/g, ''),
  port: port === '' ? (usualPorts[protocol] ?? 80) : Number(port),
})
