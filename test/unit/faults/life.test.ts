// The life of a fault: what is looked at when, and what is said of one that does not bite, does not heal, or leaves
// something. And the plan of faults, and what the runner makes of it.
import { describe, expect, test, vi } from 'vitest'
import type { Driver, FaultSpec, Probe } from '../../../faults/fault.ts'
import { drivers } from '../../../faults/drivers/index.ts'
import { live, ownInjector, unproven } from '../../../faults/life-cycle.ts'
import { partsOf } from '../../../faults/parts.ts'
import type { KeeperClient } from '../../../keeper/client.ts'
import { faultsOf } from '../../../lib/plan/fault-plan.ts'
import { phase, hold, type FaultShape } from '../../../lib/plan/phase.ts'
import type { PlannedFault } from '../../../lib/plan/plan.ts'
import { Disturbances } from '../../../scripts/run/disturbances.ts'
import { EventLog } from '../../../scripts/evidence/events.ts'
import type { RunContext } from '../../../scripts/run/run-context.ts'
import { toldFaults } from '../../../scripts/run/told-faults.ts'
import { planOf } from '../scripts/runner-plan.ts'
import { spec } from './test-fault.ts'

interface Behaviour {
  /** What looks show before, while the fault lasts, and after it. */
  before?: number
  during?: number
  after?: number
  inject?: () => Promise<void>
  clear?: () => Promise<void>
  residue?: string[]
  look?: () => Promise<number>
  biteLooks?: number
  lasts?: null
  isSinceLast?: boolean
  /** How much too early a timer ends, in ms. */
  early?: number
  shownWithinMs?: number
  wellMs?: number
}

/** Lives a fault that does as it is told; what is looked at is broken at 1 and well at 0. */
async function lived(behaviour: Behaviour) {
  const { before = 0, during = 1, after = 0, residue = [], early = 0, shownWithinMs } = behaviour
  const deeds: string[] = []
  let value = before
  const probe: Probe<number> = {
    what: 'a number',
    look: behaviour.look ?? (async () => value),
    text: String,
    ...(behaviour.biteLooks === undefined ? {} : { biteLooks: behaviour.biteLooks }),
    ...(behaviour.lasts === undefined ? {} : { lasts: behaviour.lasts }),
    ...(behaviour.isSinceLast === undefined ? {} : { isSinceLast: behaviour.isSinceLast }),
    unwell: (reading) => (reading === 0 ? null : `it is ${reading}`),
    bites: (_, now) => now === 1,
    heals: (_, now) => now === 0,
  }
  const verdict = unproven(spec)
  const said: string[] = []
  const pause = async (): Promise<void> => void (await new Promise((resolve) => setTimeout(resolve, 1)))
  await live(spec, verdict, {
    driver: { on: 'processes', kinds: { test: [] }, probe: () => probe } as unknown as Driver,
    injector: {
      inject: async () => {
        deeds.push('inject')
        await behaviour.inject?.()
        value = during
      },
      clear: async () => {
        deeds.push('clear')
        value = after
        await behaviour.clear?.()
      },
      residue: async () => residue,
    },
    observer: {} as never,
    patience: {
      biteMs: 20,
      lastMs: 5,
      healMs: 40,
      everyMs: 1,
      ...(shownWithinMs === undefined ? {} : { shownWithinMs }),
      ...(behaviour.wellMs === undefined ? {} : { wellMs: behaviour.wellMs }),
    },
    hold: async (ms) => void (await new Promise((resolve) => setTimeout(resolve, ms - early))),
    pause,
    say: (line) => said.push(line),
  })
  return { verdict, deeds, said }
}

describe('a fault', () => {
  test('that shows, and is over, has bitten and healed', async () => {
    const { verdict, deeds, said } = await lived({})
    expect(deeds).toEqual(['inject', 'clear'])
    expect(verdict).toMatchObject({
      bite: true,
      healed: true,
      effect: { what: 'a number', before: '0', during: '1', after: '0' },
      residue: [],
      problem: null,
    })
    expect(verdict.bite_ms).toBeGreaterThanOrEqual(0)
    expect(verdict.heal_ms).toBeGreaterThanOrEqual(0)
    expect(said).toEqual(['fault: test it took effect: 0 -> 1', 'fault: test it is over: 0'])
  })

  test('that changes nothing has not bitten, and is ended all the same', async () => {
    const { verdict, deeds, said } = await lived({ during: 0 })
    expect(verdict).toMatchObject({ bite: false, bite_ms: null, healed: true })
    expect(deeds).toEqual(['inject', 'clear'])
    expect(said[0]).toContain('did not show any effect')
  })

  test('on something that was broken before is not injected: nothing is tried, and nothing has to heal', async () => {
    const { verdict, deeds, said } = await lived({ before: 1, after: 1 })
    expect(deeds).toEqual([])
    expect(verdict).toMatchObject({
      bite: false,
      healed: true,
      heal_ms: null,
      problem: 'it is 1',
      effect: { before: '1', during: '', after: '' },
    })
    expect(said).toEqual(['fault: test it is not injected: it is 1'])
  })

  test('waits a moment for what is not well yet', async () => {
    let looks = 0
    const look = async (): Promise<number> => [2, 2, 0, 1, 1, 1, 1][looks++] ?? 0
    const { verdict, deeds } = await lived({ look, wellMs: 1_000 })
    expect(deeds).toEqual(['inject', 'clear'])
    expect(verdict).toMatchObject({ bite: true, healed: true, effect: { before: '0' } })
    // And for no longer than that.
    expect((await lived({ before: 1, wellMs: 5 })).verdict).toMatchObject({ bite: false, problem: 'it is 1' })
  })

  test('whose effect stays has not healed', async () => {
    const { verdict, said } = await lived({ after: 1 })
    expect(verdict).toMatchObject({ bite: true, healed: false, heal_ms: null })
    expect(said.at(-1)).toBe('fault: test it has not healed: 1')
  })

  test('whose effect comes and goes has neither bitten for sure nor healed', async () => {
    let looks = 0
    const look = async (): Promise<number> => (looks++ === 0 ? 0 : looks % 2)
    expect((await lived({ look })).verdict).toMatchObject({ bite: false, healed: false })
    looks = 0
    expect((await lived({ look, biteLooks: 1 })).verdict).toMatchObject({ bite: true, healed: false })
  })

  test('whose effect is over before its time has not lasted', async () => {
    let looks = 0
    const { verdict, said } = await lived({ look: async () => [0, 1, 1, 1][looks++] ?? 0 })
    expect(verdict).toMatchObject({ bite: false, healed: true, problem: 'its effect did not last: 0' })
    expect(said).toContain('fault: test it its effect did not last: 0')
    // A timer that ends a little early has not cut it short.
    looks = 0
    const early = await lived({ look: async () => [0, 1, 1, 1][looks++] ?? 0, early: 2 })
    expect(early.verdict).toMatchObject({ bite: false })
    looks = 0
    const { verdict: unlooked } = await lived({ look: async () => [0, 1, 1, 1][looks++] ?? 0, lasts: null })
    expect(unlooked).toMatchObject({ bite: true, healed: true, problem: null })
    expect(unlooked.effect?.during).toBe('1')
  })

  test('that shows too late has not bitten', async () => {
    let looks = 0
    const slowly = async (): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, 3))
      return looks++ < 3 ? 0 : 1
    }
    const { verdict } = await lived({ look: slowly, biteLooks: 1, shownWithinMs: 2 })
    expect(verdict).toMatchObject({ bite: false, problem: expect.stringContaining('came too late') })
    // Looks may take their time, as long as the first that showed it began in time.
    looks = 3
    const before = async (): Promise<number> => (looks++ === 3 ? 0 : slowly())
    expect((await lived({ look: before, biteLooks: 1, shownWithinMs: 2 })).verdict.bite).toBe(true)
  })

  test('that is seen by what came since the last look has to show since shortly before its end', async () => {
    let looks = 0
    // The first look of before, three of the bite, one that takes in all that came until then, and the last one.
    const look = async () => [0, 1, 1, 1, 1][looks++] ?? 0
    expect((await lived({ look, isSinceLast: true })).verdict).toMatchObject({ bite: false, healed: true })
  })

  test('that leaves something has not healed, even where nothing shows', async () => {
    const { verdict, said } = await lived({ residue: ['a rule'] })
    expect(verdict).toMatchObject({ healed: false, residue: ['a rule'] })
    expect(said.at(-1)).toBe('fault: test it left something: a rule: 0')
  })

  test('that cannot be injected has neither bitten nor anything to heal', async () => {
    const inject = () => Promise.reject(new Error('no such thing'))
    const { verdict, deeds } = await lived({ inject })
    // Whoever could not inject it has ended what was begun, and knows what is left.
    expect(deeds).toEqual(['inject'])
    expect((await lived({ inject, residue: ['a rule'] })).verdict).toMatchObject({ healed: false })
    expect(verdict).toMatchObject({
      bite: false,
      healed: true,
      problem: 'could not be injected: no such thing',
    })
  })

  test('that cannot be ended, and lasts, has not healed', async () => {
    const clear = () => Promise.reject(new Error('stuck'))
    const { verdict } = await lived({ clear, after: 1 })
    expect(verdict).toMatchObject({ bite: true, healed: false, problem: 'could not be ended: stuck' })
  })

  test('that nobody can look at is not injected', async () => {
    const look = () => Promise.reject(new Error('blind'))
    const { verdict, deeds } = await lived({ look })
    expect(deeds).toEqual([])
    expect(verdict).toMatchObject({
      bite: false,
      healed: true,
      problem: 'could not be looked at before: blind',
    })
  })
})

describe('without a keeper', () => {
  function injector(behaviour: {
    remember?: () => Promise<Record<string, string>>
    inject?: () => Promise<void>
  }) {
    const deeds: string[] = []
    const driver = {
      ...(behaviour.remember === undefined ? {} : { remember: behaviour.remember }),
      inject: async ({ before }: FaultSpec) => {
        deeds.push(`inject ${before?.['was']}`)
        await behaviour.inject?.()
      },
      clear: async ({ before }: FaultSpec) => void deeds.push(`clear ${before?.['was']}`),
      residue: async () => ['something'],
    } as unknown as Driver
    return { deeds, own: ownInjector(driver, {} as never) }
  }

  test('a fault is ended by what was remembered before it', async () => {
    const { deeds, own } = injector({ remember: async () => ({ was: '7' }) })
    await own.inject(spec)
    await own.clear(spec)
    expect(deeds).toEqual(['inject 7', 'clear 7'])
    expect(await own.residue(spec)).toEqual(['something'])
  })

  test('one that is refused before anything is done is not ended, because nothing of it is there', async () => {
    const { deeds, own } = injector({ remember: () => Promise.reject(new Error('in use')) })
    await expect(own.inject(spec)).rejects.toThrow('in use')
    await own.clear(spec)
    expect(deeds).toEqual([])
    expect(await own.residue(spec)).toEqual([])
  })

  test('one that fails half-way is ended at once', async () => {
    const { deeds, own } = injector({ inject: () => Promise.reject(new Error('half')) })
    await expect(own.inject(spec)).rejects.toThrow('half')
    expect(deeds).toEqual(['inject undefined', 'clear undefined'])
  })
})

describe('the faults of a plan', () => {
  const shapes = (...faults: FaultShape[]) => [
    phase('steady', 'normal', hold(1, '10s')),
    phase('broken', 'fault', hold(1, '20s'), { faults }),
    phase('rest', 'recovery', hold(1, '10s')),
  ]
  const phases = planOf([
    { kind: 'normal', seconds: 10 },
    { kind: 'fault', seconds: 20 },
    { kind: 'recovery', seconds: 10 },
  ]).phases
  const kill = (more: Partial<FaultShape> = {}): FaultShape => ({
    driver: 'process',
    target: 'a',
    settings: { kind: 'kill' },
    ...more,
  })
  const times = (faults: PlannedFault[]) => faults.map(({ id, start, seconds }) => [id, start, seconds])

  test('last as long as their phase, or as they say, but never longer than the plan', () => {
    const all = shapes(
      kill(),
      kill({ target: 'b', after: '5s', lasts: '20s' }),
      kill({ target: 'c', lasts: '99s' }),
    )
    expect(times(faultsOf(all, phases, 1, {}))).toEqual([
      ['kill a', 10, 20],
      ['kill c', 10, 30],
      ['kill b', 15, 20],
    ])
  })

  test('done twice to the same part are told apart', () => {
    const all = shapes(kill({ lasts: '2s' }), kill({ after: '5s', lasts: '2s' }))
    expect(times(faultsOf(all, phases, 1, {}))).toEqual([
      ['kill a', 10, 2],
      ['kill a 2', 15, 2],
    ])
  })

  test('are the same for the same seed, and for another one they are not', () => {
    const chance = shapes(kill({ target: ['a', 'b', 'c', 'd'], jitter: '5s', lasts: '2s' }))
    const drawn = [1, 2, 3, 4, 5, 6].map((seed) => faultsOf(chance, phases, seed, {}))
    expect(faultsOf(chance, phases, 3, {})).toEqual(drawn[2])
    expect(new Set(drawn.map(([one]) => one!.target)).size).toBeGreaterThan(1)
    expect(new Set(drawn.map(([one]) => one!.start)).size).toBe(6)
    for (const [one] of drawn) {
      expect(one!.start).toBeGreaterThanOrEqual(10)
      expect(one!.start).toBeLessThan(15)
    }
  })
})

/** Looks at nothing, and is content with it. */
const blind = {
  what: 'nothing',
  look: async () => null,
  text: () => '',
  unwell: () => null,
  bites: () => true,
  heals: () => true,
}

describe('the runner', () => {
  const fault = (target: string, more: Partial<PlannedFault> = {}): PlannedFault => ({
    id: `stop ${target}`,
    driver: 'process',
    target,
    settings: { kind: 'stop' },
    start: 1,
    seconds: 0.05,
    ...more,
  })

  /** Faults on processes of which nothing has to be seen. */
  async function disturbed(faults: PlannedFault[], names: string[] = ['a', 'b']) {
    const deeds: string[] = []
    const keeper = {
      inject: async ({ id }: { id: string }) => void deeds.push(`inject ${id}`),
      clear: async (id: string) => void deeds.push(`clear ${id}`),
      residue: async () => [],
      status: async () => [],
    } as unknown as KeeperClient
    const part = { pidFile: '/nowhere/at/all', health: 'http://127.0.0.1:9/' }
    const parts = partsOf({ processes: Object.fromEntries(names.map((name) => [name, part])) })
    const said: string[] = []
    const plan = { ...planOf([{ kind: 'fault', seconds: 10 }]), faults }
    const context = { plan, parts, testbed: null, say: (line: string) => said.push(line) }
    const patience = { biteMs: 5, lastMs: 5, healMs: 5, everyMs: 1 }
    const disturbances = new Disturbances(context as unknown as RunContext, keeper, patience)
    vi.spyOn(drivers['process']!, 'probe').mockReturnValue(blind)
    disturbances.follow(null, 5000)
    disturbances.follow(0, 999)
    expect(disturbances.verdicts).toEqual([])
    disturbances.follow(0, 2000)
    await expect.poll(() => deeds.filter((deed) => deed.startsWith('clear')).length).toBe(names.length)
    await disturbances.end()
    vi.restoreAllMocks()
    // The plan is the run's, and is read again at its end.
    expect(plan.faults).toEqual(faults)
    return { verdicts: disturbances.verdicts, deeds, said }
  }

  test('injects those on one part one after the other', async () => {
    const { deeds } = await disturbed([fault('a'), fault('a', { id: 'stop a 2' })], ['a', 'other'])
    expect(deeds).toEqual(['inject stop a', 'clear stop a', 'inject stop a 2', 'clear stop a 2'])
  })

  test('injects nothing into what the target does not name, and says so', async () => {
    const { verdicts, said } = await disturbed([fault('c'), fault('a'), fault('b')])
    expect(verdicts[0]).toMatchObject({ bite: false, healed: true, effect: null })
    expect(verdicts[0]!.problem).toBe('unknown part of the target among its processes "c"; valid: a, b')
    expect(said[0]).toContain('fault: stop c is not injected')
  })

  test('actions on the values of those variables alone that a part names, and the testbed has its own', async () => {
    vi.stubEnv('TESTBED_DATABASE_URL', 'postgres://shop')
    vi.stubEnv('SHOP', 'a secret of somebody else')
    const part = { url: 'TESTBED_DATABASE_URL', sessions: 'SHOP' }
    const handed = async (testbed: object | null): Promise<unknown[]> => {
      const asked: unknown[] = []
      const keeper = {
        inject: async ({ secrets }: { secrets: unknown }) => void asked.push(secrets),
        clear: async () => undefined,
        residue: async () => [],
        status: async () => [],
      } as unknown as KeeperClient
      const hit = fault('pool', {
        driver: 'database',
        settings: { kind: 'terminate', everyMs: 200 },
        seconds: 0.01,
      })
      const plan = { ...planOf([{ kind: 'fault', seconds: 10 }]), faults: [hit] }
      const context = { plan, parts: partsOf({ databases: { pool: part } }), testbed, say: () => undefined }
      const patience = { biteMs: 5, lastMs: 5, healMs: 5, everyMs: 1 }
      const disturbances = new Disturbances(context as unknown as RunContext, keeper, patience)
      disturbances.follow(0, 2000)
      await expect.poll(() => asked.length).toBe(1)
      await disturbances.end()
      return asked
    }
    const closed = 'postgres://me@127.0.0.1:1/pool'
    vi.spyOn(drivers['database']!, 'probe').mockReturnValue(blind)
    expect(await handed(null)).toEqual([{ TESTBED_DATABASE_URL: 'postgres://shop' }])
    expect(await handed({ defects: [], faultSecrets: { TESTBED_DATABASE_URL: closed } })).toEqual([
      { TESTBED_DATABASE_URL: closed },
    ])
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })

  test('takes over what actors told of faults that they committed', async () => {
    const log = new EventLog([])
    const noParts = partsOf({})
    const planned = fault('workers', {
      id: 'crash',
      driver: 'vanish',
      start: 2,
      seconds: 5,
      byActors: { what: 'tasks', during: 'without a worker', after: 'elsewhere' },
    })
    expect(toldFaults([planned], noParts, log)[0]).toMatchObject({ bite: false, healed: true })
    const event = { event: 'actor-fault', fault: 'crash' } as const
    log.actorFaults.push(
      { ...event, stage: 'begun', t: 1000 },
      { ...event, stage: 'begun', t: 1200 },
      { ...event, stage: 'over', t: 9000, seconds: 8 },
    )
    expect(toldFaults([planned], noParts, log)[0]).toMatchObject({
      bite: true,
      healed: false,
      start: 1000,
      end: 6000,
    })
    log.actorFaults.push({ ...event, stage: 'over', t: 9500, seconds: 31 })
    expect(toldFaults([planned, fault('a')], noParts, log)).toMatchObject([
      {
        bite: true,
        healed: true,
        heal_ms: 31_000,
        effect: { during: '2 without a worker', after: '2 elsewhere' },
      },
    ])
  })
})
