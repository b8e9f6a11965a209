// The routes to and from a service that is to lose packets, where the kernel cannot be told to lose them: through a proxy.
import type { ServiceSpec } from '../../keeper/service.ts'
import { freePorts, hostAndPort } from './ports.ts'

export class LossyLinks {
  readonly #service: string
  readonly #port: number
  readonly #routes: string[] = []

  private constructor(service: string, port: number) {
    this.#service = service
    this.#port = port
  }

  static async of(service: string): Promise<LossyLinks> {
    const [port = 0] = await freePorts(1)
    return new LossyLinks(service, port)
  }

  /** Where the proxy is told what to lose. */
  get control(): string {
    return `http://127.0.0.1:${this.#port}/loss`
  }

  /** The address to use in place of this one. */
  async routeTo(address: string): Promise<string> {
    const [port] = await freePorts(1)
    const through = new URL(address)
    this.#routes.push(`${port}=${hostAndPort(through)}`)
    through.host = `127.0.0.1:${port}`
    return through.href.replace(/\/$/, '')
  }

  /** The proxy itself, once all routes are known; `program` is its main module. */
  proxy(program: string): ServiceSpec {
    return {
      name: `lossy-${this.#service}`,
      command: process.execPath,
      args: [program],
      env: { NODE_ENV: 'production', PORT: String(this.#port), ROUTES: this.#routes.join(',') },
      ready: { url: this.control },
      stopSignal: 'SIGTERM',
    }
  }
}
