// Connections of a testbed that a case disturbs go through Toxiproxy; all others stay direct.
import type { Link } from '../../faults/parts.ts'
import type { ServiceSpec } from '../../keeper/service.ts'
import { freePorts, hostAndPort } from './ports.ts'

interface Proxy {
  name: string
  listen: string
  upstream: string
  enabled: true
}

const loopback = '127.0.0.1'
const populateMs = 5000

export class Links {
  readonly parts: Record<string, Link> = {}
  readonly #wanted: Set<string>
  readonly #proxies: Proxy[] = []
  readonly #port: number

  private constructor(wanted: Set<string>, port: number) {
    this.#wanted = wanted
    this.#port = port
  }

  /** `wanted` are the names of those links that are to be disturbed. */
  static async of(wanted: Set<string>): Promise<Links> {
    const [port = 0] = await freePorts(1)
    return new Links(wanted, port)
  }

  get #control(): string {
    return `http://${loopback}:${this.#port}`
  }

  /**
   * The address to use for a link in place of its own one: the same, unless somebody wants to disturb it, or whoever
   * uses it can only reach `host`. A path is kept: what is looked at is `look`, below either address.
   */
  async routeTo(
    name: string,
    address: string,
    options: { look?: string; host?: string } = {},
  ): Promise<string> {
    const { look = '', host } = options
    if (!this.#wanted.has(name) && host === undefined) return address
    const own = new URL(address)
    const [port] = await freePorts(1)
    const through = new URL(address)
    through.host = `${host ?? loopback}:${port}`
    this.#proxies.push({
      name,
      listen: `${host ?? loopback}:${port}`,
      upstream: hostAndPort(own),
      enabled: true,
    })
    // A look needs no password.
    const bare = (url: URL): string => `${url.protocol}//${url.host}${look}`
    this.parts[name] = { control: this.#control, proxy: name, through: bare(through), around: bare(own) }
    return through.href.replace(/\/$/, '')
  }

  /** Toxiproxy itself; null where no link goes through it. */
  service(program: string | null): ServiceSpec | null {
    if (this.#proxies.length === 0) return null
    if (program === null) throw new Error('this needs bin/toxiproxy, which was not built')
    return {
      name: 'toxiproxy',
      command: program,
      args: ['--host', loopback, '--port', String(this.#port)],
      env: {},
      ready: { url: `${this.#control}/version` },
    }
  }

  /** Makes the proxies, once Toxiproxy is there. */
  async open(): Promise<void> {
    const response = await fetch(`${this.#control}/populate`, {
      method: 'POST',
      body: JSON.stringify(this.#proxies),
      signal: AbortSignal.timeout(populateMs),
    })
    if (!response.ok)
      throw new Error(`Toxiproxy made no proxies: ${response.status} ${await response.text()}`)
  }
}
