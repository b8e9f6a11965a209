// F1 to F10: ten faults under live traffic. What is broken, when, and for how long is the same at every profile but the
// smallest; workers and the time around it are not.
import type { FaultShape } from '../../../lib/plan/phase.ts'
import type { Yields } from '../../../lib/plan/vocabulary.ts'
import type { Chaos, ChaosPart } from '../../../scenarios/chaos.ts'
import type { Names, PoolCase, PoolLoad } from '../names.ts'
import { client, follower, observer, tasksOf, workerWith, workSeconds } from '../loads.ts'
import { paymentLoad } from './payments.ts'

type Around = Pick<Chaos['numbers'], 'level' | 'join' | 'steady' | 'rest'>

/** A recovery may take a minute, and is seen in ten seconds of normal service. */
const watched = '80s'
const around: Record<string, Around> = {
  smoke: { level: 10, join: '5s', steady: '20s', rest: '30s' },
  kill: { level: 10, join: '5s', steady: '20s', rest: watched },
  daily: { level: 100, join: '10s', steady: '3m', rest: '4m' },
  weekly: { level: 500, join: '30s', steady: '20m', rest: '30m' },
  monthly: { level: 1000, join: '1m', steady: '1h', rest: '1h' },
  quarterly: { level: 1000, join: '1m', steady: '12h', rest: '11h' },
  full: { level: 1000, join: '1m', steady: '5m', rest: '5m' },
}

const fault = (name: string, time: string, ...faults: FaultShape[]): ChaosPart => ({
  name,
  kind: 'fault',
  time,
  faults,
})
const pause = (name: string, time: string): ChaosPart => ({ name, kind: 'recovery', time, faults: [] })

interface FaultCase {
  id: string
  source: string
  parts: ChaosPart[]
  /** Besides what every case promises. */
  criteria?: string[]
  /** Who takes part besides. */
  actors?: PoolLoad[]
  /** What each worker observes in a second, besides what it observes in every case. */
  observedByWorkers?: Yields<Names>
  /** Payouts go on meanwhile. */
  paid?: boolean
  /** Work offered, as a share of what all workers can do. */
  ofCapacity?: number
  /** Another time for coming back, at some profiles. */
  rest?: Record<string, string>
}

/** Half of what the workers can do: the rest of them can do it when some are gone. */
const usualShare = 0.5
const looksPerTask = 1.5
/** A client that does not know what became of its submission asks again, for as long. */
const holdSeconds = 40

function faultCase(fault: FaultCase): PoolCase<Chaos> {
  const { id, source, parts, criteria = [], actors = [], observedByWorkers = {} } = fault
  const { paid, ofCapacity = usualShare, rest } = fault
  const own = ['fault.bite', 'fault.heal', 'fault.recovery', 'fault.no-data-loss', ...criteria]
  return {
    id,
    scenario: 'chaos',
    source,
    ...tasksOf(workSeconds),
    ...(paid === true ? { history: true } : {}),
    numbers: (profile) => {
      const numbers = around[profile]
      if (numbers === undefined) return undefined
      const { rates } = paymentLoad
      return { ...numbers, rest: rest?.[profile] ?? numbers.rest, parts, rates: paid === true ? rates : {} }
    },
    actors: () => [
      // Each remembers what was acknowledged to it.
      workerWith({ 'acknowledged-result': 1, ...observedByWorkers }),
      follower,
      client(ofCapacity, looksPerTask, holdSeconds),
      observer,
      ...actors,
      ...(paid === true ? paymentLoad.actors : []),
    ],
    criteria: ['load.latency-p95', ...own],
    required: ['fault.bite', 'fault.heal', ...criteria],
  }
}

const gateways = ['gateway-1', 'gateway-2']
const tasks = 'assay_cocoon.tasks'

/** Asks all the time whether the pool answers. */
const lookout: PoolLoad = { actor: 'lookout', residents: 1, yieldsPerSecond: { stats: 5 } }

const kill = (target: string | string[], lasts: string, after?: string): FaultShape => ({
  driver: 'process',
  target,
  settings: { kind: 'kill' },
  ...(after === undefined ? {} : { after }),
  lasts,
})
const lostConnections = (everyMs: number): FaultShape => ({
  driver: 'database',
  target: 'pool',
  settings: { kind: 'terminate', everyMs },
  lasts: '6s',
})
const latency = (target: string, latencyMs: number, jitterMs: number, lasts: string): FaultShape => ({
  driver: 'toxiproxy',
  target,
  settings: { kind: 'latency', latencyMs, jitterMs },
  jitter: '2s',
  lasts,
})
const partition = (target: string | string[], lasts: string): FaultShape => ({
  driver: 'toxiproxy',
  target,
  settings: { kind: 'partition' },
  lasts,
})
const skew = (offsetSeconds: number): FaultShape => ({
  driver: 'clock',
  target: 'gateway-1',
  settings: { kind: 'skew', offsetSeconds },
  lasts: '15s',
})

const crashPhaseSeconds = 40

const faultCases: PoolCase<Chaos>[] = [
  faultCase({
    id: 'cocoon/F1',
    source: 'Worker crash: in the middle of a task, and at registration',
    // A lease lasts half a minute. Until then half of them have to do what takes more than that, and a queue grows, which
    // has to be gone within a minute of the crash.
    parts: [
      fault('crash', `${crashPhaseSeconds}s`, {
        driver: 'vanish',
        target: 'workers',
        settings: { kind: 'crash', oneIn: 2 },
        lasts: '5s',
      }),
    ],
    criteria: ['fault.worker-recovery'],
    // Half of them, once.
    observedByWorkers: { 'worker-recovery': 0.5 / crashPhaseSeconds },
    ofCapacity: 0.55,
    rest: { smoke: '45s' },
  }),
  faultCase({
    id: 'cocoon/F2',
    source: 'Gateway kill: one of two, then both',
    parts: [
      // Clients may notice for ten seconds; from then on the other one does the work.
      fault('one-down', '10s', kill(gateways, '40s')),
      { name: 'alone', kind: 'degraded', time: '30s', faults: [] },
      pause('again', '15s'),
      fault('both-down', '5s', kill('gateway-1', '2s'), kill('gateway-2', '2s')),
    ],
    criteria: ['fault.gateway-recovery', 'fault.failover'],
    actors: [lookout],
    // A recovery may take five minutes.
    rest: { kill: '335s', full: '335s' },
  }),
  faultCase({
    id: 'cocoon/F3',
    source: 'Database connection loss and slow queries',
    parts: [
      fault('connections-lost', '10s', lostConnections(500)),
      fault('slow-queries', '16s', {
        driver: 'database',
        target: 'pool',
        settings: { kind: 'slow', table: tasks, heldMs: 400 },
        lasts: '12s',
      }),
      fault('database-down', '16s', kill('postgres', '5s')),
    ],
    criteria: ['fault.no-payment-loss'],
    paid: true,
  }),
  faultCase({
    id: 'cocoon/F4',
    source: 'Network partition between gateways and database, and between gateways',
    // Gateways hear of each other by the database alone: one that cannot reach it hears nothing of the other.
    parts: [
      fault(
        'one-cut-off',
        '16s',
        partition(
          gateways.map((name) => `${name}-database`),
          '12s',
        ),
      ),
      pause('joined', '10s'),
      fault('both-cut-off', '12s', ...gateways.map((name) => partition(`${name}-database`, '8s'))),
    ],
  }),
  faultCase({
    id: 'cocoon/F5',
    source: 'Blockchain unavailable',
    parts: [
      fault(
        'chain-away',
        '28s',
        { driver: 'chain', target: 'chain', settings: { kind: 'unavailable' }, lasts: '20s' },
        // When it is back it loses the next message, and the same one sent again.
        { driver: 'chain', target: 'chain', settings: { kind: 'drop', drop: 2 }, after: '20s', lasts: '5s' },
      ),
    ],
    criteria: ['fault.no-payment-loss'],
    paid: true,
  }),
  faultCase({
    id: 'cocoon/F6',
    source: 'Random latency',
    parts: [
      fault(
        'slow-links',
        '25s',
        latency('clients', 200, 100, '20s'),
        latency('gateway-1-database', 40, 20, '20s'),
      ),
    ],
  }),
  faultCase({
    id: 'cocoon/F7',
    source: 'Packet loss 30 %',
    parts: [
      fault('lossy', '25s', {
        driver: 'network',
        target: 'gateway-2',
        settings: { kind: 'loss', share: 0.3 },
        lasts: '20s',
      }),
    ],
  }),
  faultCase({
    id: 'cocoon/F8',
    source: 'CPU and memory saturation',
    parts: [
      fault('cpu', '18s', {
        driver: 'resource',
        target: 'gateway-1',
        settings: { kind: 'cpu', workers: 3 },
        lasts: '15s',
      }),
      fault('memory', '18s', {
        driver: 'resource',
        target: 'gateway-1',
        // More than there is for it: testbed/service/isolation.ts gives a gateway a gigabyte.
        settings: { kind: 'memory', megabytes: 1100 },
        lasts: '15s',
      }),
    ],
  }),
  faultCase({
    id: 'cocoon/F9',
    source: 'Clock skew of 5 seconds either way on one gateway',
    parts: [fault('ahead', '20s', skew(5)), fault('behind', '20s', skew(-5))],
  }),
  faultCase({
    id: 'cocoon/F10',
    source: 'Cascading: three overlapping faults',
    parts: [
      fault(
        'cascade',
        '25s',
        latency('clients', 100, 50, '20s'),
        { ...lostConnections(1000), after: '4s' },
        kill('gateway-2', '6s', '8s'),
      ),
    ],
  }),
]

export default faultCases
