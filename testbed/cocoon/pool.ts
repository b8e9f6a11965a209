// The parts of one gateway, put together.
import type { FastifyBaseLogger } from 'fastify'
import type { PollAnswer } from '../../systems/cocoon/api.ts'
import { Allocator } from './allocator.ts'
import type { Database } from '../service/database.ts'
import type { Defect } from './defect.ts'
import { seededRandom } from '../service/random.ts'
import { Results } from './results.ts'
import { ServiceRate } from './service-rate.ts'
import { Statistics } from './statistics.ts'
import { Submissions } from './submissions.ts'
import { WorkerTokens, Workers } from './workers.ts'

/** How often leases are looked through and heartbeats are written. */
const sweepEveryMs = 500
const flushEveryMs = 1_000
const foldEveryMs = 60_000

export interface PoolOptions {
  /** Names this gateway among the others. */
  gateway: string
  enrolToken: string
  clientToken: string
  /** Signs the workers' tokens; the same in every gateway. */
  tokenSecret: string
  heartbeatMs: number
  leaseMs: number
  queueLimit: number
  /** Submissions per client and second, in this gateway. */
  submitsPerSecond: number
  /** Whether the paths that only a testbed has are there. */
  testbedRoutes: boolean
  /** Repeats the random choices of planted defects. */
  seed: number
}

export interface Pool {
  options: PoolOptions
  database: Database
  workerTokens: WorkerTokens
  workers: Workers
  submissions: Submissions
  results: Results
  statistics: Statistics
  allocator: Allocator
  /** Whether there is no room for this client: a planted defect. */
  refusesClient: (clientId: string) => Promise<boolean>
  /** What a worker is given whose poll brought nothing: a planted defect. */
  onEmptyPoll: (workerId: string) => Promise<PollAnswer | null>
  /** Says to all gateways that tasks went back to the queue. */
  tasksWaitAgain(): void
  close(): Promise<void>
}

export function createPool(
  options: PoolOptions,
  database: Database,
  defects: Defect[],
  log: FastifyBaseLogger,
): Pool {
  const { gateway, heartbeatMs, leaseMs, queueLimit } = options
  const longest = (delayMs: (defect: Defect) => number | undefined): number =>
    Math.max(0, ...defects.map((defect) => delayMs(defect) ?? 0))
  const results = new Results(
    database,
    gateway,
    longest((defect) => defect.writesResultsAfterMs),
  )
  const workers = new Workers(database, heartbeatMs, log)
  const rate = new ServiceRate(database)
  const random = seededRandom(options.seed)
  const undo = (taskId: string, leaseId: string) => results.undo(taskId, leaseId)
  const allocator = new Allocator({ database, log, leaseMs, defects, undo })
  const submissions = new Submissions(database, {
    gateway,
    queueLimit: defects.some(({ unbounded }) => unbounded) ? 2 ** 31 - 1 : queueLimit,
    newestFirst: defects.some((defect) => defect.newestFirst),
    ratePerSecond: defects.some(({ unbounded }) => unbounded) ? () => null : () => rate.perSecond(),
    idleWorkers: () => allocator.idleWorkers,
    writesAfterMs: longest((defect) => defect.writesAfterMs),
    loses: () => defects.some((defect) => defect.loses?.(random)),
    runsRefused: () => defects.some((defect) => defect.runsRefused?.(random)),
    scansNext: () => defects.some((defect) => defect.scansNext?.()),
    defects: defects.flatMap((defect) => defect.submissions ?? []),
  })
  const statistics = new Statistics(database, heartbeatMs, (stats) =>
    defects.reduce((shown, defect) => defect.onStats?.(shown) ?? shown, stats),
  )
  const tasksWaitAgain = () => {
    allocator.wake()
    allocator.tellOthers()
  }
  const stop = keepHouse({
    database,
    results,
    workers,
    allocator,
    statistics,
    rate,
    gateway,
    tasksWaitAgain,
    keepsLeases: defects.some((defect) => defect.keepsLeases),
    log,
  })
  return {
    options,
    database,
    workerTokens: new WorkerTokens(options.tokenSecret),
    workers,
    submissions,
    results,
    statistics,
    allocator,
    refusesClient: async (clientId) => {
      for (const defect of defects) if (await defect.refusesClient?.(clientId)) return true
      return false
    },
    onEmptyPoll: (workerId) => givenInVain(defects, database, workerId),
    tasksWaitAgain,
    close: async () => {
      stop()
      allocator.close()
      await workers.flushPresence([])
    },
  }
}

async function givenInVain(
  defects: Defect[],
  database: Database,
  workerId: string,
): Promise<PollAnswer | null> {
  for (const defect of defects) {
    const given = await defect.onEmptyPoll?.(database, workerId)
    if (given) return given
  }
  return null
}

type Household = Pick<
  Pool,
  'database' | 'results' | 'workers' | 'allocator' | 'statistics' | 'tasksWaitAgain'
> & {
  rate: ServiceRate
  gateway: string
  /** Whether nothing is taken back from anybody: a planted defect. */
  keepsLeases: boolean
  log: FastifyBaseLogger
}

function keepHouse(house: Household): () => void {
  const { database, results, workers, allocator, statistics, rate, gateway, tasksWaitAgain, log } = house
  const { keepsLeases } = house
  const sweep = async () => {
    const waiting = keepsLeases ? 0 : await results.takeBackExpired()
    if (waiting > 0) {
      log.info({ tasks: waiting }, 'leases ended; the tasks wait again')
      tasksWaitAgain()
    }
    // Nothing that waits can be older than the oldest queued task, so older spans have been used up.
    await database.queryLazily(
      'forget-spans',
      `DELETE FROM idle_spans WHERE ends < least(clock_timestamp() - interval '1 minute',
         (SELECT min(queued_at) FROM tasks WHERE state = 'queued'))`,
    )
  }
  const every = (ms: number, task: () => Promise<void>) => {
    let busy = false
    return setInterval(() => {
      if (busy) return
      busy = true
      task()
        .catch((error: Error) =>
          log.warn({ reason: error.message }, 'housekeeping failed and is tried again'),
        )
        .finally(() => (busy = false))
    }, ms)
  }
  const timers = [
    every(sweepEveryMs, sweep),
    every(sweepEveryMs, () => rate.look()),
    every(foldEveryMs, () => statistics.foldMinutes(gateway)),
    every(flushEveryMs, () => workers.flushPresence(allocator.idleWorkerIds())),
  ]
  return () => timers.forEach((timer) => clearInterval(timer))
}
