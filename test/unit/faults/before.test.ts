// What every driver says of a part that is broken, absent or elsewhere before its fault: it is named by its field, and left alone,
// so that a mistake in a target file is never the system's failure.
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Exchanged, FaultSpec, Observer } from '../../../faults/fault.ts'
import { drivers } from '../../../faults/drivers/index.ts'
import { live, unproven } from '../../../faults/life-cycle.ts'
import { observerOf } from '../../../faults/observer.ts'
import { unwellPods } from '../../../faults/pod-faults.ts'
import { spec } from './test-fault.ts'

const answer = { status: 200, text: '', date: Date.now() }
const exchanged = (more: Partial<Exchanged> = {}): Exchanged => ({
  firstByteMs: 1,
  endMs: 1,
  bytes: 100,
  end: 'closed',
  ...more,
})

interface Seen {
  ask?: (url: string) => Partial<Awaited<ReturnType<Observer['ask']>>>
  exchange?: (address: string) => Partial<Exchanged>
  pid?: number | null
}

/** What becomes of a fault on a part of which this is seen, and whether anything was done to it. */
async function lived(
  driver: string,
  part: object,
  settings: FaultSpec['settings'],
  seen: Seen | Observer = {},
) {
  const fault: FaultSpec = { ...spec, driver, part, settings, seconds: 0.01 }
  const verdict = unproven(fault)
  let isTouched = false
  const observer: Observer =
    'secret' in seen
      ? seen
      : {
          ask: async (url) => ({ ...answer, ...seen.ask?.(url) }),
          exchange: async (address) => exchanged(seen.exchange?.(address)),
          pidOf: async () => seen.pid ?? null,
          secret: () => 'postgres://127.0.0.1:9/pool',
        }
  const touch = async (): Promise<void> => void (isTouched = true)
  await live(fault, verdict, {
    driver: drivers[driver]!,
    injector: { inject: touch, clear: touch, residue: async () => [] },
    observer,
    patience: { biteMs: 5, lastMs: 5, healMs: 5, everyMs: 1 },
    hold: async () => undefined,
    pause: async (ms) => void (await new Promise((resolve) => setTimeout(resolve, ms))),
    say: () => undefined,
  })
  return { verdict, isTouched }
}

async function expectLeftAlone(life: ReturnType<typeof lived>, why: string | RegExp): Promise<void> {
  const { verdict, isTouched } = await life
  expect(verdict.problem).toMatch(why)
  expect(verdict).toMatchObject({ bite: false, healed: true, heal_ms: null, residue: [] })
  expect(isTouched).toBe(false)
}

const refused = { firstByteMs: null, bytes: 0, end: 'refused' } as const

describe('a link', () => {
  const link = { control: 'http://proxy', proxy: 'it', through: 'http://through', around: 'http://around' }
  const latency = { kind: 'latency', latencyMs: 200, jitterMs: 0 }
  const at = (place: string, how: Partial<Exchanged>) => (address: string) =>
    address.includes(place) ? how : {}

  test.each([
    ['through', refused, 'links.it.through (http://through) refuses connections'],
    ['through', { firstByteMs: null, end: 'nothing' }, 'links.it.through (http://through) does not answer'],
    ['around', refused, 'links.it.around (http://around) refuses connections'],
    ['around', { end: 'reset' }, 'links.it.around (http://around) cannot be reached'],
    [
      'through',
      { firstByteMs: 90 },
      'looks disturbed before anything is done to it: 90 ms, 100 bytes, and around it 1.0 ms',
    ],
  ] as const)('of which %s brings %o is left alone', (place, how, why) =>
    expectLeftAlone(lived('toxiproxy', link, latency, { exchange: at(place, how) }), why),
  )

  test.each([
    { kind: 'limit', bytes: 10 },
    { kind: 'reset', afterMs: 0 },
  ])('that brings less than the way around it is left alone: %o', (settings) =>
    expectLeftAlone(
      lived('toxiproxy', link, settings as never, { exchange: at('through', { bytes: 50 }) }),
      'looks disturbed',
    ),
  )

  test.each(['bandwidth', 'slow-close', 'partition', 'refused'])(
    'with a wrong port is left alone: %s',
    (kind) =>
      expectLeftAlone(
        lived(
          'toxiproxy',
          link,
          { kind, kilobytesPerSecond: 1, delayMs: 100 },
          { exchange: at('through', refused) },
        ),
        'links.it.through',
      ),
  )

  test('that is well is disturbed', async () =>
    expect((await lived('toxiproxy', link, latency)).isTouched).toBe(true))
})

describe('a process', () => {
  const part = { service: 'it', health: 'http://it' }
  const kill = { kind: 'kill' }

  test('that does not run is left alone', () =>
    expectLeftAlone(lived('process', part, kill, { pid: null }), 'it does not run'))

  test.each([
    [0, 'processes.it.health (http://it) does not answer'],
    [401, 'processes.it.health (http://it) answers 401, and 200 was expected'],
  ])('that answers %i is left alone', async (status, why) => {
    for (const kind of ['kill', 'stop', 'out-of-memory'])
      await expectLeftAlone(
        lived('process', part, { kind }, { pid: process.pid, ask: () => ({ status }) }),
        why,
      )
  })

  test('whose pid file is not there is left alone', () =>
    expectLeftAlone(
      lived('process', { pidFile: '/no/such', health: 'http://it' }, kill),
      /processes\.it\.pidFile \(\/no\/such\) cannot be read: ENOENT/,
    ))

  test('that loses packets already, or does not answer, is left alone', async () => {
    const loss = { kind: 'loss', share: 0.3 }
    await expectLeftAlone(
      lived('network', part, loss, { exchange: () => refused }),
      'processes.it.health (http://it) does not answer',
    )
    await expectLeftAlone(
      lived('network', part, loss, { exchange: () => ({ endMs: 300 }) }),
      '12 of 12 exchanges with processes.it.health',
    )
  })

  test('that takes no connection is not short of files by us', () =>
    expectLeftAlone(
      lived('resource', part, { kind: 'files' }, { exchange: () => refused }),
      'processes.it.health (http://it) is short of it before anything is done to it: takes no connection',
    ))

  test.each(['cpu', 'memory'])('whose control group is not there is left alone: %s', (kind) =>
    expectLeftAlone(
      lived('resource', { ...part, cgroup: 'assay/no/such' }, { kind, workers: 1, megabytes: 1 }),
      'processes.it.cgroup (assay/no/such) holds 0 processes, and none that is it',
    ),
  )
})

describe('a clock', () => {
  let server: Server
  let listener: RequestListener
  const health = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const skew = { kind: 'skew', offsetSeconds: 5 }
  const observer = observerOf({}, async () => null)
  beforeAll(async () => {
    server = createServer((request, response) => listener(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const clock = () => lived('clock', { health: health(), clock: '/no/such' }, skew, observer)

  test('that no Date header tells is left alone', async () => {
    listener = (_, response) => {
      response.sendDate = false
      response.end()
    }
    await expectLeftAlone(clock(), /processes\.it\.health \(.*\) answers without a Date header/)
  })

  test('that is off by two seconds already is left alone', async () => {
    listener = (_, response) => {
      response.setHeader('date', new Date(Date.now() + 2_000).toUTCString())
      response.end()
    }
    await expectLeftAlone(clock(), /is off by [12]\.\d s before anything is done to it/)
  })

  test('that nobody tells is left alone', () =>
    expectLeftAlone(lived('clock', { health: 'http://127.0.0.1:9/' }, skew, observer), 'does not answer'))

  test('that is right is set wrong', async () => {
    listener = (_, response) => void response.end()
    expect((await clock()).isTouched).toBe(true)
  })
})

test('a disk that is not there is left alone', () =>
  expectLeftAlone(lived('resource', { health: 'http://it', disk: '/no/such' }, { kind: 'disk' }), '/no/such'))

describe('a chain', () => {
  const part = { control: 'http://chain', token: 'TOKEN' }
  const masterchain = (seqno: number) => ({ text: `{"seqno": ${seqno}}` })

  test.each(['unavailable', 'stalled', 'behind', 'drop'])('that answers nobody is left alone: %s', (kind) =>
    expectLeftAlone(
      lived('chain', part, { kind, blocks: 5, drop: 2 }, { ask: () => ({ status: 0 }) }),
      /chains\.it\.control \(http:\/\/chain\/api\/v2\/getMasterchainInfo\) does not answer/,
    ),
  )

  test.each([
    [0, 'does not tell its chain_height'],
    [50, 'answers from an old block before anything is done to it'],
  ])('of which the real height is %i is not shown to be behind', (reached, why) =>
    expectLeftAlone(
      lived(
        'chain',
        part,
        { kind: 'behind', blocks: 5 },
        {
          ask: (url) => (url.endsWith('metrics') ? { text: `chain_height ${reached}` } : masterchain(10)),
        },
      ),
      why,
    ),
  )
})

test('a database that nobody reaches is left alone', () =>
  expectLeftAlone(
    lived('database', { url: 'POOL' }, { kind: 'slow', table: 'rows', heldMs: 100 }),
    /databases\.it\.url \(POOL\): .*ECONNREFUSED/,
  ))

test('pods that are not there, or do not answer, are left alone', () => {
  const part = { namespace: 'pool', health: 'http://pods' }
  expect(unwellPods('it', part, { names: [], status: 200, ms: 1 })).toContain('selectors.it')
  expect(unwellPods('it', part, { names: ['a'], status: 503, ms: 1 })).toBe(
    'selectors.it.health (http://pods) answers 503, and 200 was expected',
  )
  expect(unwellPods('it', part, { names: ['a'], status: 200, ms: 1 })).toBeNull()
})
