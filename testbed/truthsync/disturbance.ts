// What planted defects do to requests, whatever is asked for.
import { Worker } from 'node:worker_threads'
import type { FastifyInstance } from 'fastify'
import { commonError, ServiceError } from '../service/errors.ts'
import type { Defect, Moment } from './defect.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export class Disturbance {
  readonly #begun = performance.now()
  #second = 0
  #thisSecond = 0
  #busiestSecond = 0
  #lock: Promise<void> = Promise.resolve()

  constructor(
    readonly defects: readonly Defect[],
    readonly random: () => number,
  ) {}

  /** Lets them act on requests to be verified. */
  plant(app: FastifyInstance): void {
    app.addHook('preHandler', async (request, reply) => {
      const { step } = request.routeOptions.config
      if (step !== 'verify' && step !== 'batch') return
      const moment = this.#moment()
      for (const defect of this.defects) {
        const delayMs = defect.delayMs?.(moment) ?? 0
        if (delayMs > 0) await pause(delayMs)
        if (defect.lockMs !== undefined) await this.#locked(defect.lockMs)
        if (defect.refuses?.(moment) === true)
          throw new ServiceError('busy', 503, 'a planted defect', { retryAfterSeconds: 1 })
        const end = defect.ends?.(moment) ?? null
        if (end === 'error') throw commonError('internal', 'a planted defect')
        if (end === null) continue
        reply.hijack()
        if (end === 'closed') request.raw.socket.destroy()
        return
      }
    })
    const spin = Math.max(0, ...this.defects.map(({ spinShare = 0 }) => spinShare))
    if (spin > 0) startSpinning(app, spin)
  }

  #moment(): Moment {
    const age = (performance.now() - this.#begun) / 1000
    const second = Math.floor(age)
    if (second !== this.#second) {
      this.#second = second
      this.#thisSecond = 0
    }
    this.#thisSecond++
    this.#busiestSecond = Math.max(this.#busiestSecond, this.#thisSecond)
    return {
      thisSecond: this.#thisSecond,
      busiestSecond: this.#busiestSecond,
      age,
      random: this.random,
    }
  }

  /** Waits for whoever came before, and holds the lock for so long. */
  #locked(ms: number): Promise<void> {
    this.#lock = this.#lock.then(() => pause(ms))
    return this.#lock
  }
}

/** A thread that works for so large a share of each 20 ms, and sleeps for the rest. */
function startSpinning(app: FastifyInstance, share: number): void {
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads')
     const sleeper = new Int32Array(new SharedArrayBuffer(4))
     for (;;) {
       const until = performance.now() + 20 * workerData
       while (performance.now() < until);
       Atomics.wait(sleeper, 0, 0, 20 * (1 - workerData))
     }`,
    { eval: true, workerData: share },
  )
  worker.unref()
  app.addHook('onClose', async () => void (await worker.terminate()))
}
