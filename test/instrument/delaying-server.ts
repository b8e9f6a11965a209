// A server that answers each request after a delay that its path says, exact to some microseconds, and keeps how long it really took.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface DelayingServer {
  port: number
  /** By the number in the path: ms from the request's arrival in this process until its answer was let go. */
  tookMs: Map<number, number>
  close: () => void
}

/** A timer fires up to so many ms late; the rest of a delay is spent in a loop that looks at the clock. */
const timerSlackMs = 2

/** @param delayMs of the request with this number */
export async function startDelayingServer(delayMs: (index: number) => number): Promise<DelayingServer> {
  const tookMs = new Map<number, number>()
  const server = createServer((request, response) => {
    const began = performance.now()
    const index = Number(request.url!.slice(1))
    const whole = delayMs(index)
    const body = JSON.stringify({ index })
    response.setHeader('Content-Type', 'application/json')
    const answer = (): void => {
      let passedMs = performance.now() - began
      while (passedMs < whole) passedMs = performance.now() - began
      response.end(body)
      tookMs.set(index, passedMs)
    }
    if (whole > timerSlackMs) setTimeout(answer, whole - timerSlackMs)
    else answer()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    tookMs,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
