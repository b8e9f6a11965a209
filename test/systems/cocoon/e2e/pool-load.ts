// A little load for tests of the pool: workers that work, and clients that come at a steady pace.
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import type { ErrorAnswer, SubmitRequest, Task } from '../../../../systems/cocoon/api.ts'
import type { Answer, PoolClient } from './pool-client.ts'

export interface Crew {
  count: number
  /** Tasks that these workers have completed. */
  completed(): number
  /** Resolves when every worker has left. */
  stop(): Promise<void>
}

/** Workers that take what comes, and work on each for so many milliseconds, until they are stopped or the test ends. */
export function crew(client: PoolClient, workers: number, workMs: number, { pollMs = 1_500 } = {}): Crew {
  const leaving = new AbortController()
  let completed = 0
  const work = async () => {
    const worker = await client.register(24_576)
    while (!leaving.signal.aborted) {
      const answer = await client.poll(worker, pollMs, leaving.signal).catch((error: Error) => {
        // Whoever hangs up has no answer.
        if (leaving.signal.aborted) return null
        throw error
      })
      const body = answer?.body
      if (!body?.task_id) continue
      await delay(workMs)
      if ((await client.result(worker, body)).status === 200) completed++
    }
    await client.leave(worker)
  }
  const all = Promise.all(Array.from({ length: workers }, work))
  // Of a test that has failed the pool may be gone before they are: what becomes of them then is nobody's concern.
  onTestFinished(async () => {
    leaving.abort()
    await Promise.allSettled([all])
  })
  all.catch(() => {})
  return {
    count: workers,
    completed: () => completed,
    stop: async () => {
      leaving.abort()
      await all
    },
  }
}

export interface Submitted {
  key: string
  answer: Answer<Task & ErrorAnswer>
}

/** Submits so many tasks at a steady pace, whatever becomes of them; resolves when all are answered. */
export async function submitSteadily(
  client: PoolClient,
  { tasks, perSecond }: { tasks: number; perSecond: number },
  keyPrefix: string,
  more: Partial<SubmitRequest> = {},
): Promise<Submitted[]> {
  const began = performance.now()
  const answers: Promise<Submitted>[] = []
  for (let index = 0; index < tasks; index++) {
    await delay(Math.max(0, began + (1_000 * index) / perSecond - performance.now()))
    const key = `${keyPrefix}-${index}`
    answers.push(client.submit(more, key).then((answer) => ({ key, answer })))
  }
  return Promise.all(answers)
}

/** The value that a share of the values does not exceed. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
}
