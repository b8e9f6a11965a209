// What drivers of faults may use to inject and end them: requests, and the keeper's own services where there are any.
import net from 'node:net'
import { endpointOf } from '../faults/endpoint.ts'
import { NobodyListens, secretsOf, type Actions } from '../faults/fault.ts'
import { reasonOf, systemCode } from './keeper-error.ts'

/** Nobody who is asked to break something takes longer than this to do it. */
const requestMs = 5000

/** Whether a new connection is refused. A request may have failed on an old one, or for reasons of its own. */
function refuses(origin: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ ...endpointOf(new URL(origin)), timeout: requestMs })
    const settle = (isRefused: boolean): void => {
      socket.destroy()
      resolve(isRefused)
    }
    socket.once('connect', () => settle(false))
    socket.once('timeout', () => settle(false))
    socket.once('error', (error) => settle(systemCode(error) === 'ECONNREFUSED'))
  })
}

const request: Actions['request'] = async (method, url, body, token) => {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // Another host than the one that was named is sent nothing.
    redirect: 'manual',
    signal: AbortSignal.timeout(requestMs),
  }).catch(async (thrown: unknown) => {
    const { origin } = new URL(url)
    if (await refuses(origin)) throw new NobodyListens(`${origin} refuses connections`)
    throw new Error(`${origin} does not answer: ${reasonOf((thrown as Error).cause ?? thrown)}`)
  })
  const text = await response.text()
  if (!response.ok && response.status !== 404)
    throw new Error(`${method} ${url} answered ${response.status}: ${text.slice(0, 200)}`)
  let json: unknown = null
  try {
    json = JSON.parse(text)
  } catch {
    // Not every answer has a body, and not every body is JSON.
  }
  return { status: response.status, json }
}

/** `secrets` by the names that parts of the target hold; `services` null: they are gone. */
export const actionsOf = (
  secrets: Record<string, string | undefined>,
  services: Actions['services'],
): Actions => ({
  request,
  services,
  secret: secretsOf(secrets),
})
