// The parts of a target that faults are done to, pods above all: what works in them, and what is refused.
import { describe, expect, test } from 'vitest'
import type { FaultSpec } from '../../../faults/fault.ts'
import { drivers } from '../../../faults/drivers/index.ts'
import { unproven } from '../../../faults/life-cycle.ts'
import { partsOf } from '../../../faults/parts.ts'
import { bitesPods, healsPods, podFaultOf, type PodReading } from '../../../faults/pod-faults.ts'
import type { PlannedFault } from '../../../lib/plan/plan.ts'
import { EventLog } from '../../../scripts/evidence/events.ts'
import { actionsOf } from '../../../keeper/actions.ts'
import { checkDrivers } from '../../../scripts/run/disturbances.ts'
import { toldFaults } from '../../../scripts/run/told-faults.ts'
import { WrongUse } from '../../../scripts/wrong-use.ts'
import { spec } from './test-fault.ts'

describe('pods', () => {
  const part = { namespace: 'pool', labels: { app: 'gateway' }, port: 8081, health: 'http://10.0.0.1/' }
  const grpcService = { service: 'x', health: 'grpc://10.0.0.1:1' }
  const inPods = (driver: string, settings: FaultSpec['settings'], more: object = {}, seconds = 5) =>
    podFaultOf({ ...spec, driver, settings, seconds, part: { ...part, ...more } })
  const reading = (more: Partial<PodReading> = {}): PodReading => ({
    names: ['a', 'b'],
    status: 200,
    ms: 5,
    ...more,
  })

  test('take what works in them, in place of what works elsewhere', () => {
    expect(inPods('process', { kind: 'kill' })).toEqual({ kind: 'kill', count: '100%' })
    expect(inPods('toxiproxy', { kind: 'latency', latencyMs: 200, jitterMs: 50 })).toEqual({
      kind: 'http',
      delayMs: 200,
      jitterMs: 50,
    })
    expect(inPods('pods', { kind: 'http', errorShare: 0.5, errorCode: 503 })).toEqual({
      kind: 'http',
      errorShare: 0.5,
      errorCode: 503,
    })
    expect(inPods('toxiproxy', { kind: 'partition' }, { hostNetwork: false })).toEqual({ kind: 'drop' })
  })

  test.each([
    ['clock', { kind: 'skew' }, {}, 5, 'cannot be done to pods'],
    ['toxiproxy', { kind: 'partition' }, {}, 5, 'does not say "hostNetwork": false'],
    ['toxiproxy', { kind: 'latency', latencyMs: 1, jitterMs: 0 }, { port: undefined }, 5, 'names no port'],
    ['pods', { kind: 'grpc', delayMs: 5 }, grpcService, 5, 'go to pods chosen by labels'],
    ['pods', { kind: 'grpc', delayMs: 5 }, {}, 5, 'which the health of it in the target file'],
    ['pods', { kind: 'http', delayMs: 5 }, { health: 'grpc://10.0.0.1:1' }, 5, 'is none of'],
    ['pods', { kind: 'http' }, {}, 5, 'neither delays nor fails'],
    ['pods', { kind: 'http', delayMs: 5, jitterMs: 6 }, {}, 5, 'more jitterMs (6) than delayMs (5)'],
    ['pods', { kind: 'http', errorShare: 1.5 }, {}, 5, 'goes from 0 to 1'],
    ['pods', { kind: 'http', delayMs: 5 }, {}, 0.5, 'shorter than a second'],
    ['toxiproxy', { kind: 'latency', latencyMs: 'x' }, {}, 5, 'needs the number latencyMs'],
  ])('%s %o is refused where it does not work', (driver, settings, more, seconds, why) => {
    expect(() => inPods(driver, settings as never, more, seconds)).toThrow(why)
  })

  test('that are killed are others afterwards, as many as before', () => {
    const kill = inPods('process', { kind: 'kill' })
    expect(bitesPods(kill, reading(), reading())).toBe(false)
    expect(bitesPods(kill, reading(), reading({ names: ['a'] }))).toBe(true)
    expect(healsPods(kill, reading(), reading({ names: ['a'] }))).toBe(false)
    expect(healsPods(kill, reading(), reading({ names: ['a', 'c'] }))).toBe(true)
    expect(healsPods(kill, reading(), reading({ names: ['a', 'c'], status: 503 }))).toBe(false)
  })

  test('that are slow, fail or answer nobody show it, and no longer when it is over', () => {
    const slow = inPods('toxiproxy', { kind: 'latency', latencyMs: 200, jitterMs: 100 })
    expect(bitesPods(slow, reading(), reading({ ms: 20 }))).toBe(false)
    expect(bitesPods(slow, reading(), reading({ ms: 120 }))).toBe(true)
    expect(healsPods(slow, reading(), reading({ ms: 120 }))).toBe(false)
    expect(healsPods(slow, reading(), reading({ ms: 8 }))).toBe(true)
    const failing = inPods('pods', { kind: 'http', errorShare: 1, errorCode: 503 })
    expect(bitesPods(failing, reading(), reading({ status: 503 }))).toBe(true)
    const lost = inPods('pods', { kind: 'drop' }, { hostNetwork: false })
    expect(bitesPods(lost, reading(), reading({ status: 0 }))).toBe(true)
    expect(healsPods(lost, reading(), reading({ status: 0 }))).toBe(false)
  })

  test('are for k6 to break, and what it tells of them is taken over', () => {
    const log = new EventLog([])
    const parts = partsOf({ selectors: { a: part } })
    const planned: PlannedFault = { ...spec, id: 'kill a', driver: 'process', target: 'a', start: 1 }
    expect(toldFaults([planned], parts, log)[0]).toMatchObject({
      bite: false,
      problem: 'k6 told nothing of it',
    })
    log.faults.push({ ...unproven({ ...spec, id: 'kill a' }), bite: true })
    expect(toldFaults([planned], parts, log)).toMatchObject([{ id: 'kill a', bite: true }])
    // What actors commit is not done to pods, whatever their target is called.
    const byActors = { what: 'tasks', during: 'lost', after: 'elsewhere' }
    expect(toldFaults([{ ...planned, byActors }], parts, log)).toMatchObject([
      { bite: false, effect: { what: 'tasks' } },
    ])
  })
})

describe('before the load', () => {
  const planned: PlannedFault = { ...spec, driver: 'vanihs', target: 'workers', start: 1 }
  const checked = (fault: PlannedFault, parts = partsOf({})) =>
    checkDrivers({ case: 'shop/F1', faults: [fault] }, parts)

  test('a fault of an unknown driver is wrong use, unless actors commit it or it is done to pods', () => {
    expect(() => checked(planned)).toThrow(WrongUse)
    expect(() => checked(planned)).toThrow('unknown fault driver of shop/F1 "vanihs"; valid: chain, clock')
    expect(() => checked({ ...planned, driver: 'process' })).not.toThrow()
    expect(() => checked({ ...planned, byActors: { what: '', during: '', after: '' } })).not.toThrow()
    const labels = { namespace: 'shop', labels: {}, port: 1, health: 'http://10.0.0.1/' }
    expect(() => checked(planned, partsOf({ selectors: { workers: labels } }))).not.toThrow()
  })
})

describe('what a process is short of', () => {
  const driver = drivers['resource']!
  const faultOf = (kind: string, part: object) => ({
    ...spec,
    driver: 'resource',
    part: { health: 'http://127.0.0.1:9/', ...part },
    settings: { kind, workers: 1, megabytes: 1 },
  })

  test('is taken from no control group but its own', async () => {
    const remember = driver.remember!(faultOf('cpu', { cgroup: 'assay/no/such' }), actionsOf({}, null))
    await expect(remember).rejects.toThrow(
      'processes.it.cgroup (assay/no/such) holds 0 processes, and none that listens on port 9',
    )
  })

  test('is no disk that others use, too', () => {
    expect(() => driver.check(faultOf('disk', { disk: import.meta.dirname }))).toThrow(
      /processes.it.disk \(.*\) is no file system of its own/,
    )
    expect(() => driver.check(faultOf('disk', { disk: '/no/such' }))).toThrow('/no/such) is not there')
  })
})

describe('a database', () => {
  const driver = drivers['database']!
  const ending = (part: object) => () =>
    driver.check({
      ...spec,
      driver: 'database',
      target: 'pool',
      settings: { kind: 'terminate', everyMs: 200 },
      part,
    })

  test('has only those sessions ended that the target file names', () => {
    const why = 'give databases.pool.sessions, what their application_name begins with'
    expect(ending({ url: 'A' })).toThrow(why)
    expect(ending({ url: 'A', sessions: '' })).toThrow(why)
    expect(ending({ url: 'A', sessions: 'pool-' })).not.toThrow()
    expect(() => partsOf({ databases: { pool: { url: 'A', sessions: '' } } })).toThrow(
      '/databases/pool/sessions',
    )
  })

  test('needs no such name where a table is locked', () =>
    expect(() =>
      driver.check({ ...spec, settings: { kind: 'hot-row', table: 'rows' }, part: { url: 'A' } }),
    ).not.toThrow())
})

describe('the parts of a target', () => {
  test('are none where it names none', () => {
    expect(partsOf({ name: 'mine', baseUrl: 'x' })).toEqual({
      links: {},
      processes: {},
      databases: {},
      chains: {},
      selectors: {},
    })
  })

  test.each([
    [{ links: { a: { control: 'http://x' } } }, '/links/a must have required properties'],
    [{ processes: { a: { health: 'http://x', pid: 7 } } }, '/processes/a/pid is not known'],
    [{ databases: { a: { url: 'postgres://user:secret@x' } } }, '/databases/a/url must match pattern'],
    [
      { processes: { a: { health: 'http://x', network: 'somebody-elses' } } },
      '/processes/a/network must match',
    ],
  ])('are refused where something is wrong: %o', (target, why) => {
    expect(() => partsOf(target)).toThrow(why)
  })
})

test('every driver objects to a kind that it does not know, and names those that it does', () => {
  for (const [name, driver] of Object.entries(drivers)) {
    const wrong = { ...spec, driver: name, settings: { kind: 'melt' } }
    // Pods take what other drivers know, as far as it can be done in them.
    const why = name === 'pods' ? 'cannot be done to pods' : `valid: ${Object.keys(driver.kinds).join(', ')}`
    expect(() => driver.check(wrong)).toThrow(why)
  }
})
