// One raw exchange with an address on a connection of its own: slower, cut off, refused or lost, it shows in its bytes
// and in its times.
import net from 'node:net'
import { endpointOf } from './endpoint.ts'
import type { Exchanged } from './fault.ts'

/** Longer than any delay that is injected on purpose, shorter than anybody's patience. */
const patienceMs = 3000

/** What PostgreSQL is asked, before anybody says who he is: whether it speaks TLS. It answers one letter. */
const speaksTls = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** What is said first, and how many bytes of an answer are a whole one, where the other side does not close. */
function opening(address: URL): { say: Buffer; wholeBytes: number } {
  if (address.protocol === 'postgres:') return { say: speaksTls, wholeBytes: 1 }
  const path = `${address.pathname}${address.search}`
  const request = `GET ${path} HTTP/1.1\r\nHost: ${address.host}\r\nConnection: close\r\n\r\n`
  return { say: Buffer.from(request), wholeBytes: Infinity }
}

/**
 * Asks an http:// address for its answer, or a postgres:// one for a letter, and tells what came. Never rejects for
 * what the other side does.
 */
export function exchange(text: string): Promise<Exchanged> {
  const address = new URL(text)
  const { say, wholeBytes } = opening(address)
  const began = performance.now()
  return new Promise((resolve) => {
    const socket = net.connect(endpointOf(address))
    let firstByteMs: number | null = null
    let bytes = 0
    const settle = (end: Exchanged['end']): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ firstByteMs, endMs: performance.now() - began, bytes, end })
    }
    const timer = setTimeout(() => settle('nothing'), patienceMs)
    socket.on('connect', () => socket.write(say))
    socket.on('data', (part) => {
      firstByteMs ??= performance.now() - began
      bytes += part.length
      if (bytes >= wholeBytes) socket.end()
    })
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle(error.code === 'ECONNREFUSED' ? 'refused' : 'reset'),
    )
    // Closed before a single byte came, it was not answered.
    socket.on('close', () => settle(bytes > 0 ? 'closed' : 'refused'))
  })
}
