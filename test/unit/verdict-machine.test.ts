// The machine belongs to the measurement: services that waited for cores that others had make a run INVALID, nothing else does.
import { describe, expect, test } from 'vitest'
import type { PhaseSpan } from '../../verdict/evidence.ts'
import { foldMachines, machineFaults, machineOf, worstWait } from '../../verdict/machine.ts'
import type { ProcessorUse, ServiceUse } from '../../verdict/machine.ts'

const start = 1_000_000_000_000
const phase = (kind: PhaseSpan['kind'], from: number, until: number): PhaseSpan => ({
  name: kind,
  kind,
  start: start + from * 1000,
  end: start + until * 1000,
})
const aMinute = [phase('normal', 0, 60)]

/** Samples of a minute: what others take of two cores, and how one gateway works and waits. */
interface Shape {
  taken?: (second: number) => number
  waited?: (second: number) => number
  processors?: Partial<ProcessorUse>
  service?: Partial<ServiceUse>
}

function samples({ taken = () => 0, waited = () => 0, processors = {}, service = {} }: Shape) {
  const seconds = Array.from({ length: 60 }, (_, second) => second)
  const t = (second: number): number => start + second * 1000 + 500
  return {
    services: seconds.map((second) => ({
      t: t(second),
      service: 'gateway-1',
      cpu: 0.3,
      cpuWait: waited(second),
      ...service,
    })),
    processors: seconds.map((second) => ({
      t: t(second),
      cores: 2,
      busy: 1 + taken(second),
      stolen: 0,
      own: 1,
      throttled: 0,
      plausible: true,
      ...processors,
    })),
  }
}

function faultsOf(shape: Shape, phases = aMinute, unjudged: string | null = null): string[] {
  const { services, processors } = samples(shape)
  return machineFaults(machineOf(services, processors, phases, unjudged))
}

const starved: Shape = { taken: () => 0.9, waited: () => 0.5 }
const between = (from: number, until: number, value: number) => (second: number) =>
  second >= from && second < until ? value : 0

describe('a machine that others have', () => {
  test('is a fault that names the service, its share and theirs', () => {
    expect(faultsOf(starved)).toEqual([
      'the machine was busy with other programs: in 12 of 12 stretches of 5 s they took 45 % of its 2 cores, and gateway-1 ' +
        'waited for a core for 62.5 % of the time it wanted one (limits 10 % and 40 %)',
    ])
  })

  test('counts what the host withholds like what other programs take', () => {
    expect(faultsOf({ waited: () => 0.5, processors: { busy: 1, stolen: 0.9 } })).toHaveLength(1)
  })

  test('is seen in one stretch of a minute', () => {
    const burst = { taken: between(20, 25, 0.9), waited: between(20, 25, 0.5) }
    expect(faultsOf(burst)[0]).toContain('in 1 of 12 stretches')
  })

  test('names the service that waited longest, whatever small ones waited', () => {
    const use = {
      seconds: 60,
      taken: 54,
      services: {
        'gateway-1': { ran: 10, waited: 10 },
        'gateway-2': { ran: 10, waited: 20 },
        sleepy: { ran: 0.1, waited: 2 },
      },
    }
    expect(worstWait(use)).toEqual({ service: 'gateway-2', share: 2 / 3 })
  })
})

describe('it is no fault', () => {
  test.each<[string, Shape]>([
    ['when services wait for each other and for k6: the run itself has the cores', { waited: () => 2 }],
    ['when others have the cores that nobody of the run waits for', { taken: () => 0.9, waited: () => 0.1 }],
    ['when a control group has used up the budget of a service', { ...starved, service: { throttled: 0.3 } }],
    [
      'when a control group has used up the budget of the run',
      { ...starved, processors: { throttled: 0.3, busy: 1.9 } },
    ],
  ])('%s', (_, shape) => expect(faultsOf(shape)).toEqual([]))

  test.each(['fault', 'degraded', 'warmup', 'handover'] as const)('in a phase of kind %s', (kind) => {
    expect(faultsOf(starved, [phase(kind, 0, 60)])).toEqual([])
    expect(faultsOf(starved, [phase(kind, 0, 30), phase('normal', 30, 60)])).toHaveLength(1)
  })
})

describe('it is shown and not judged', () => {
  test.each<[string, Shape, string | null, string]>([
    ['on a target that is not ours', starved, 'the services are not ours', 'the services are not ours'],
    [
      'where the figures are not of this machine',
      { ...starved, processors: { busy: 1.9, plausible: false } },
      null,
      'what the system says of its processors is not about this machine alone',
    ],
  ])('%s', (_, shape, unjudged, why) => {
    const { services, processors } = samples(shape)
    const machine = machineOf(services, processors, aMinute, unjudged)
    expect(machine.unjudged).toBe(why)
    expect(machine.starvedStretches).toBe(12)
    expect(machineFaults(machine)).toEqual([])
  })

  test('where nobody sampled the processors', () => {
    expect(machineOf([], [], aMinute, null).unjudged).toBe('the processors were not sampled')
    expect(machineFaults(undefined)).toEqual([])
  })
})

test('two parts of a run add up', () => {
  const { services, processors } = samples(starved)
  const whole = machineOf(services, processors, aMinute, null)
  const half = (from: number, until: number) =>
    machineOf(services, processors, [phase('normal', from, until)], null)
  const sum = foldMachines(half(0, 30), half(30, 60))
  expect(sum.starvedStretches).toBe(whole.starvedStretches)
  expect(sum.starved.taken).toBeCloseTo(whole.starved.taken)
  expect(sum.all.services['gateway-1']!.waited).toBeCloseTo(whole.all.services['gateway-1']!.waited)
  expect(foldMachines(half(30, 60), half(0, 30)).stretches).toBe(sum.stretches)
})
