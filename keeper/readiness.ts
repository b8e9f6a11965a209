// Learns whether a service is ready: an address that answers 200, or a port that accepts.
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { endpointOf } from '../faults/endpoint.ts'
import { reasonOf } from './keeper-error.ts'
import type { Readiness } from './service.ts'

/** Longest wait for one attempt; the service may hang without refusing. */
const attemptMs = 1000

/** One attempt: null when ready, else why not. */
export function notReadyBecause(ready: Readiness): Promise<string | null> {
  return 'url' in ready ? answers(ready.url) : accepts(ready.host, ready.port)
}

/** In words, for messages. */
export function readinessText(ready: Readiness): string {
  return 'url' in ready ? `${ready.url} answering 200` : `${ready.host}:${ready.port} accepting connections`
}

/** Whether somebody already listens where the service is to become ready. */
export async function isTaken(ready: Readiness): Promise<boolean> {
  if (!('url' in ready)) return (await accepts(ready.host, ready.port)) === null
  const { host, port } = endpointOf(new URL(ready.url))
  return (await accepts(host, port)) === null
}

function accepts(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port })
    const settle = (reason: string | null): void => {
      socket.destroy()
      resolve(reason)
    }
    socket.setTimeout(attemptMs, () => settle('no connection in time'))
    socket.once('connect', () => settle(null))
    socket.once('error', (thrown) => settle(reasonOf(thrown)))
  })
}

function answers(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const get = url.startsWith('https:') ? https.get : http.get
    const request = get(url, { agent: false, signal: AbortSignal.timeout(attemptMs) }, (response) => {
      response.resume()
      resolve(response.statusCode === 200 ? null : `it answered ${response.statusCode}`)
    })
    request.once('error', (thrown) => resolve(reasonOf(thrown)))
  })
}
