// Free ports for services.
import { createServer } from 'node:net'
import { randomInt } from 'node:crypto'

// Below the range from which systems take the local ports of outgoing connections: a service that is killed and started
// again under load must not find its port taken by somebody's client connection.
const lowestPort = 20_000
const highestPort = 31_999

/** True when nothing listens on the port of this host's loopback address. */
async function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Whoever got one may not listen on it yet. */
const handedOut = new Set<number>()

/**
 * Finds `count` different free ports on loopback, none of which this process was given before.
 * @throws Error when no free port turns up, which means that something holds nearly all of them.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  for (let attempt = 0; found.length < count; attempt++) {
    if (attempt > 1_000)
      throw new Error(
        `No free port found between ${lowestPort} and ${highestPort} on 127.0.0.1 after ${attempt} attempts. ` +
          'End the processes that hold them and try again.',
      )
    const port = randomInt(lowestPort, highestPort + 1)
    if (handedOut.has(port) || !(await portIsFree(port)) || handedOut.has(port)) continue
    handedOut.add(port)
    found.push(port)
  }
  return found
}

/** @throws Error that names the port when it is taken. */
export async function requireFreePort(port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`Port must be a whole number from 1 to 65535, but it is ${port}.`)
  if (await portIsFree(port)) return
  throw new Error(
    `Port ${port} on 127.0.0.1 is in use. End the program that listens there, or choose another port.`,
  )
}

/** Ports of addresses that name none. */
const usualPorts: Record<string, string> = {
  'postgres:': '5432',
  'postgresql:': '5432',
  'http:': '80',
  'https:': '443',
}

/** Where an address leads to, always with its port. @throws Error for a database's socket, which no proxy stands in front of. */
export function hostAndPort({ hostname, port, protocol, searchParams }: URL): string {
  if (searchParams.has('host'))
    throw new Error(
      'no fault can be done to a connection by a socket; give the database by the address of a port, as in postgres://127.0.0.1:5432/database',
    )
  return `${hostname}:${port === '' ? usualPorts[protocol] : port}`
}
