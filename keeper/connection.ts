// The client's line to one keeper: requests with its token, and the news that it is gone.
import { Agent, request } from 'undici'
import { KeeperError, keeperErrors, reasonOf, type KeeperErrorCode } from './keeper-error.ts'

/** A lease is renewed or the attempt is given up; the next one comes soon. */
const renewTimeoutMs = 2000

export class Connection {
  readonly #origin: string
  readonly #token: string
  /** Held requests last as long as the service that they wait for. */
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connections: null, pipelining: 1 })
  readonly #whyLost: () => KeeperError

  /** `whyLost` makes the error for a keeper that does not answer any more. */
  constructor(port: number, token: string, whyLost: () => KeeperError) {
    this.#origin = `http://127.0.0.1:${port}`
    this.#token = token
    this.#whyLost = whyLost
  }

  /** @throws KeeperError with the keeper's own code, or keeper_lost. */
  async call<T>(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const response = await this.#request(method, path, body, signal)
    const answer: unknown = await response.body.json().catch(() => {
      throw this.#whyLost()
    })
    if (response.statusCode < 400) return answer as T
    const { error } = answer as { error: { code: KeeperErrorCode; message: string } }
    throw new KeeperError(error.code in keeperErrors ? error.code : 'internal', error.message)
  }

  /** Calls back with every line of the answer, until it ends, the keeper is gone or the signal says so. */
  async lines(path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    const response = await this.#request('GET', path, undefined, signal)
    response.body.setEncoding('utf8')
    let rest = ''
    for await (const chunk of response.body) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(onLine)
    }
  }

  /** @returns false when the keeper is certainly gone; a slow answer is no answer yet. */
  async renew(): Promise<boolean> {
    try {
      await this.call('POST', '/lease', undefined, AbortSignal.timeout(renewTimeoutMs))
      return true
    } catch (thrown) {
      return !(thrown instanceof KeeperError)
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #request(
    method: 'GET' | 'POST',
    path: string,
    body: unknown,
    signal?: AbortSignal,
  ): ReturnType<typeof request> {
    try {
      return await request(`${this.#origin}${path}`, {
        method,
        dispatcher: this.#agent,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      })
    } catch (thrown) {
      if (signal?.aborted === true)
        throw new Error(`the keeper did not answer ${path} in time: ${reasonOf(thrown)}`)
      throw this.#whyLost()
    }
  }
}
