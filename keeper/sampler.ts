// Once a second: what each service uses, as one line of services/resources.ndjson, and what became of the machine's
// processors, as one line of services/machine.ndjson.
import http from 'node:http'
import { throttledSecondsOf } from '../faults/control-groups.ts'
import { Machine, rounded } from './machine.ts'
import { childrenByParent, hasProc } from './processes.ts'
import type { ResourceSample } from './service.ts'
import type { ServiceLog } from './service-log.ts'
import { usageOf, waitedSeconds, type Usage } from './usage.ts'

const periodMs = 1000
/** A service that answers its metrics later than this has none in this sample. */
const metricsTimeoutMs = 800
/** Processor time comes in coarse ticks: over less than this it says nothing. */
const shortestSeconds = 0.5

interface Watched {
  service: string
  pid: number
  metricsUrl: string | undefined
  last: { at: number; usage: Usage; throttledSeconds: number } | null
}

export class Sampler {
  readonly #log: ServiceLog
  readonly #machineLog: ServiceLog
  readonly #machine: Machine
  readonly #watched = new Map<number, Watched>()
  readonly #connections = new http.Agent({ keepAlive: true })
  #timer: NodeJS.Timeout | null = null

  /** `roots` are the processes that, with all below them, are the run's own. */
  constructor(log: ServiceLog, machineLog: ServiceLog, roots: readonly number[]) {
    this.#log = log
    this.#machineLog = machineLog
    this.#machine = new Machine(roots)
  }

  /** From now on the process and everything below it are sampled under this name. Does nothing without /proc. */
  watch(service: string, pid: number, metricsUrl?: string): void {
    if (!hasProc) return
    const watched: Watched = { service, pid, metricsUrl, last: null }
    this.#sample(watched, new Map())
    this.#watched.set(pid, watched)
    this.#timer ??= setInterval(() => void this.#sampleAll(), periodMs)
  }

  forget(pid: number): void {
    this.#watched.delete(pid)
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#watched.clear()
    this.#connections.destroy()
    await Promise.all([this.#log.close(), this.#machineLog.close()])
  }

  async #sampleAll(): Promise<void> {
    const children = childrenByParent()
    const machine = this.#machine.sample(children)
    if (machine !== null) this.#machineLog.write(`${JSON.stringify(machine)}\n`)
    const samples = [...this.#watched.values()].flatMap((one) => {
      const sample = this.#sample(one, children)
      return sample === null ? [] : [this.#withConnections(sample, one.metricsUrl)]
    })
    const lines = (await Promise.all(samples)).map((sample) => `${JSON.stringify(sample)}\n`)
    this.#log.write(lines.join(''))
  }

  /** The first reading is only what the next is compared with. */
  #sample(watched: Watched, children: Map<number, number[]>): ResourceSample | null {
    const usage = usageOf(watched.pid, children)
    const before = watched.last
    const at = performance.now()
    if (usage === null) {
      this.forget(watched.pid)
      return null
    }
    const seconds = before === null ? 0 : (at - before.at) / 1000
    if (before !== null && seconds < shortestSeconds) return null
    const throttledSeconds = throttledSecondsOf(watched.pid)
    watched.last = { at, usage, throttledSeconds }
    if (before === null) return null
    const throttled = throttledSeconds - before.throttledSeconds
    const waited = waitedSeconds(before.usage, usage)
    return {
      t: Date.now(),
      service: watched.service,
      cpu: rounded(Math.max(0, usage.cpuSeconds - before.usage.cpuSeconds) / seconds),
      ...(waited === null ? {} : { cpuWait: rounded(waited / seconds) }),
      ...(throttled > 0 ? { throttled: rounded(throttled / seconds) } : {}),
      privateBytes: usage.privateBytes,
      rssBytes: usage.rssBytes,
      diskReadBytes: usage.diskReadBytes,
      diskWriteBytes: usage.diskWriteBytes,
      openFiles: usage.openFiles,
    }
  }

  async #withConnections(sample: ResourceSample, metricsUrl: string | undefined): Promise<ResourceSample> {
    if (metricsUrl === undefined) return sample
    const databaseConnections = databaseConnectionsIn(await this.#read(metricsUrl))
    return databaseConnections === null ? sample : { ...sample, databaseConnections }
  }

  /** The body of a 200 answer in time, else ''. */
  #read(url: string): Promise<string> {
    return new Promise((resolve) => {
      const signal = AbortSignal.timeout(metricsTimeoutMs)
      const request = http.get(url, { agent: this.#connections, signal }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', () => resolve(''))
        response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(parts).toString() : ''))
      })
      request.on('error', () => resolve(''))
    })
  }
}

/** The gauge database_connections in Prometheus text, added up over its labels; null when it is not there. */
export function databaseConnectionsIn(text: string): number | null {
  let sum: number | null = null
  for (const [, value] of text.matchAll(/^database_connections(?:\{[^}]*\})? (\S+)/gm)) {
    if (Number.isFinite(Number(value))) sum = (sum ?? 0) + Number(value)
  }
  return sum
}
