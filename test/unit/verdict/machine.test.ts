// The machine belongs to the measurement: services that waited for cores that others had make a run INVALID, nothing else does.
import { describe, expect, test } from 'vitest'
import type { PhaseSpan, RunEvidence } from '../../../verdict/evidence.ts'
import type { MachineEvidence } from '../../../verdict/machine-evidence.ts'
import { judgeRun } from '../../../verdict/judge.ts'
import { machineFaults, machineOf, worstWait } from '../../../verdict/machine.ts'
import type { ProcessorUse, ServiceUse } from '../../../verdict/machine.ts'
import { counts, healthy, inputOf } from './verdict-run.ts'

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
      'the machine was busy with other things: in 12 of 12 stretches of 5 s other programs or its host took 45 % of its 2 cores, and gateway-1 ' +
        'waited for a core for 62.5 % of the time it wanted one (limits 15 % and 40 %)',
    ])
  })

  test('counts what the host withholds like what other programs take', () => {
    expect(faultsOf({ waited: () => 0.5, processors: { busy: 1, stolen: 0.9 } })).toHaveLength(1)
  })

  test('is seen in one stretch of a minute', () => {
    const burst = { taken: between(20, 25, 0.9), waited: between(20, 25, 0.5) }
    expect(faultsOf(burst)[0]).toContain('in 1 of 12 stretches')
  })

  test('counts what adds up over a stretch, not the unevenness of single seconds', () => {
    const uneven = (second: number): number => (second % 2 === 0 ? 0.9 : -0.9)
    expect(faultsOf({ taken: uneven, waited: () => 0.5 })).toEqual([])
  })

  test('leaves out samples that cannot be true, while most can', () => {
    const { services, processors } = samples(starved)
    const some = processors.map((one, second) => ({ ...one, plausible: second % 5 !== 0 }))
    expect(machineFaults(machineOf(services, some, aMinute, null))).toHaveLength(1)
  })

  test('names a service over the limit before one that waits longer and gets more', () => {
    const services = { postgres: { ran: 50, waited: 30 }, 'gateway-1': { ran: 10, waited: 25 } }
    expect(worstWait({ seconds: 60, taken: 54, services })?.service).toBe('gateway-1')
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
  test('on a target that is not ours', () => {
    const { services, processors } = samples(starved)
    const machine = machineOf(services, processors, aMinute, 'the services are not ours')
    expect(machine).toMatchObject({ starvedStretches: 12, unjudged: 'the services are not ours' })
    expect(machineFaults(machine)).toEqual([])
  })

  test('where the figures are not of this machine', () => {
    const { services, processors } = samples({ ...starved, processors: { busy: 1.9, plausible: false } })
    const machine = machineOf(services, processors, aMinute, null)
    expect(machine.unjudged).toBe('what the system says of its processors is not about this machine alone')
    expect(machineFaults(machine)).toEqual([])
  })

  test('where a control group had used up its budget all the time', () => {
    const { services, processors } = samples({ ...starved, processors: { throttled: 0.3 } })
    expect(machineOf(services, processors, aMinute, null)).toMatchObject({
      stretches: 0,
      unjudged: 'a control group around the run had used up its budget most of the time',
    })
  })

  test('where nobody sampled the processors', () => {
    expect(machineOf([], [], aMinute, null).unjudged).toBe('the processors were not sampled')
    expect(machineFaults(undefined)).toEqual([])
  })
})

describe('the verdict of a run whose machine other programs had', () => {
  const use = { seconds: 60, taken: 60, services: { 'gateway-1': { ran: 10, waited: 20 } } }
  const busy = (machine: Partial<MachineEvidence> = {}): RunEvidence => ({
    ...healthy(),
    machine: {
      cores: 2,
      stretches: 12,
      starvedStretches: 12,
      all: use,
      starved: use,
      unjudged: null,
      ...machine,
    },
  })

  test('makes load and latency INVALID, PASS or FAIL alike, and says who waited', () => {
    const evidence = busy()
    evidence.rules['latency'] = counts(5000, 2000)
    const verdict = judgeRun(inputOf(evidence))
    expect(verdict.line).toMatch(
      /^INVALID 4 of 5: the machine was busy with other things: .* gateway-1 waited/,
    )
    expect(verdict.criteria.map(({ status }) => status)).toEqual([
      'INVALID',
      'INVALID',
      'PASS',
      'INVALID',
      'INVALID',
    ])
    expect(verdict.machine).toMatchObject({ taken: 0.5, starved: 12, spoils: true })
    expect(verdict.machine?.waiting).toEqual({ service: 'gateway-1', share: 2 / 3 })
  })

  test('does not excuse a broken correctness rule', () => {
    const evidence = busy()
    evidence.rules['starvation#1'] = counts(1500, 1)
    expect(judgeRun(inputOf(evidence)).line).toBe('FAIL 1 of 5: starvation')
  })

  test('is shown and changes nothing where it is not judged, or was not starved for long', () => {
    for (const machine of [{ unjudged: 'not ours' }, { stretches: 1200 }]) {
      const verdict = judgeRun(inputOf(busy(machine)))
      expect(verdict.verdict).toBe('PASS')
      expect(verdict.machine).toMatchObject({ starved: 12, spoils: false })
    }
  })
})
