// Passes connections on, and loses a share of their segments: for machines on which the kernel cannot be told to.
import net from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { lateMs, reconnectMs, resendMs, segments } from './losses.ts'

/** One address of the proxy, and where it leads to. */
export interface Route {
  port: number
  to: { host: string; port: number }
}

export class LossyProxy {
  /** Of the segments either way that are lost, each time they are sent. */
  share = 0
  readonly #servers: net.Server[] = []
  readonly #sockets = new Set<net.Socket>()

  async open(routes: Route[]): Promise<void> {
    for (const { port, to } of routes) {
      const server = net.createServer({ allowHalfOpen: true }, (client) => void this.#passOn(client, to))
      this.#servers.push(server)
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ port, host: '127.0.0.1', backlog: 4096 }, resolve)
      })
    }
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  async #passOn(client: net.Socket, to: Route['to']): Promise<void> {
    this.#keep(client)
    if (!(await this.#arrives(reconnectMs)) || client.destroyed) return void client.destroy()
    const upstream = net.connect({ ...to, allowHalfOpen: true, noDelay: true })
    this.#keep(upstream)
    client.setNoDelay(true)
    const both = [this.#relay(client, upstream), this.#relay(upstream, client)]
    // One that broke off takes the other one with it.
    await Promise.all(both).catch(() => [client, upstream].forEach((socket) => socket.destroy()))
  }

  #keep(socket: net.Socket): void {
    this.#sockets.add(socket)
    // Whoever relays it hears of the error, too.
    socket.on('error', () => undefined)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #relay(from: net.Socket, to: net.Socket): Promise<void> {
    const late = async function* (this: LossyProxy, chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks)
        for (const segment of segments(chunk)) {
          if (!(await this.#arrives(resendMs))) throw new Error('a segment never arrived')
          yield segment
        }
    }
    return pipeline(from, late.bind(this), to)
  }

  /** Resolves when a segment that is sent now gets through; false: it never does. */
  async #arrives(firstMs: number): Promise<boolean> {
    const late = lateMs(this.share, firstMs, Math.random)
    if (late !== null && late > 0) await pause(late)
    return late !== null
  }
}
