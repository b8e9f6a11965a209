// A server that resets some connections when it has read a request, and closes others as it may.
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createServer as createSecureServer } from 'node:tls'
import { fateOf, idleSeconds } from './fates.ts'

const lateMs = 15
const closedAfterMs = (idleSeconds * 1000) / 30

export interface BreakingServer {
  port: number
  /** Ids of requests that were read on a kept connection, which was then reset. */
  broken: Set<string>
  /** How often each request was read, by its id. */
  reads: Map<string, number>
  close: () => void
}

/** The head of the first whole request in a text, and where the next one begins; null where it is not all there. */
function requestIn(text: string): { head: string; end: number } | null {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const head = text.slice(0, headEnd)
  const end = headEnd + 4 + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
  return text.length < end ? null : { head, end }
}

const body = '{"done":true}'
const answer = (more: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`

/** `raw` is the connection itself, `socket` what is said on it. */
type Connect = (raw: Socket, socket: Socket) => void

function connecting(broken: Set<string>, reads: Map<string, number>): Connect {
  return (raw, socket) => {
    let text = ''
    let requests = 0
    const end = (): void => void socket.end()
    const respond = (id: string, isFirst: boolean): void => {
      const fate = fateOf(id)
      if (fate === 'broken' && isFirst && requests > 1) {
        broken.add(id)
        raw.resetAndDestroy()
      } else if (fate === 'closing') socket.end(answer('Connection: close\r\n'))
      else if (fate === 'late') setTimeout(() => socket.write(answer('')), lateMs)
      else socket.write(answer(''), fate === 'idle' ? () => setTimeout(end, closedAfterMs) : undefined)
    }
    socket.on('error', () => undefined)
    socket.on('data', (data: Buffer) => {
      text += data.toString('latin1')
      for (let found = requestIn(text); found !== null; found = requestIn(text)) {
        text = text.slice(found.end)
        requests++
        const id = /^x-correlation-id: *(\S+)/im.exec(found.head)?.[1] ?? ''
        const before = reads.get(id) ?? 0
        reads.set(id, before + 1)
        respond(id, before === 0)
      }
    })
  }
}

/** Starts it on a free port of loopback; with a key and a certificate it talks TLS. */
export async function startBreakingServer(secrets?: { key: Buffer; cert: Buffer }): Promise<BreakingServer> {
  const [broken, reads] = [new Set<string>(), new Map<string, number>()]
  const connect = connecting(broken, reads)
  const open = new Map<number | undefined, Socket>()
  const server: Server =
    secrets === undefined
      ? createServer({ noDelay: true }, (socket) => connect(socket, socket))
      : createSecureServer({ ...secrets, noDelay: true, ALPNProtocols: ['http/1.1'] }, (socket) =>
          connect(open.get(socket.remotePort)!, socket),
        )
  server.on('connection', (raw: Socket) => {
    open.set(raw.remotePort, raw)
    raw.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    broken,
    reads,
    close: () => {
      for (const raw of open.values()) raw.destroy()
      server.close()
    },
  }
}
