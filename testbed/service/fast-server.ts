// A server that costs next to nothing, for measuring k6 and not the server. What it answers, the load says.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers one request of a load. */
export type Answerer = (request: IncomingMessage, response: ServerResponse) => void

export function send(response: ServerResponse, status: number, body?: Buffer): void {
  if (body === undefined) response.writeHead(status)
  else response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length })
  response.end(body)
}

/**
 * Starts the server on a free port of loopback. `begun` is called when a script asks for /begin: right before its load.
 * `count` says how many requests of the load were answered so far.
 */
export async function startFastServer(answer: Answerer, begun: () => void) {
  let count = 0
  const server = createServer((request, response) => {
    request.resume()
    if (request.url === '/begin') {
      begun()
      send(response, 204)
    } else {
      count++
      answer(request, response)
    }
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
