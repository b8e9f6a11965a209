// The cases of the GPU pool, at every profile: what they load, and what they can decide.
import { describe, expect, test } from 'vitest'
import { epochPlan } from '../../../../lib/plan/epochs.ts'
import { thresholdsOf } from '../../../../lib/summary/k6-thresholds.ts'
import type { Plan } from '../../../../lib/plan/plan.ts'
import { hold, phase, reach } from '../../../../lib/plan/phase.ts'
import { profiles } from '../../../../lib/plan/profiles.ts'
import { system } from '../../../../systems/cocoon/system.ts'
import type { PoolPhase } from '../../../../systems/cocoon/names.ts'
import { queueSecondsOf } from '../../../../lib/plan/queue.ts'
import { checkLaws } from '../../../../scripts/evidence/oracles.ts'
import { allPlans, readManifest } from '../../../../scripts/run/plans.ts'
import { oracles } from '../../../../systems/cocoon/oracles.ts'
import { askedAgainMost } from '../../../../systems/cocoon/late/asking-again.ts'
import { isJoined, ruleKey } from '../../../../verdict/criterion.ts'
import { caseOf, planOf } from './plan-of.ts'

const { scenarios } = readManifest()
const plans = allPlans({ scenarios }).filter((plan) => plan.system === 'cocoon')
const of = (id: string, profile: string): Plan =>
  plans.find((plan) => plan.case === id && plan.profile === profile)!

describe('cases', () => {
  test('every case has every profile', () => {
    for (const { id, scenario } of system.cases)
      expect(
        scenarios[scenario]!.plans.filter((plan) => plan.case === id).map(({ profile }) => profile),
      ).toEqual(Object.keys(profiles))
  })

  test('the smoke of each offers load for under two minutes', () => {
    for (const { profile, driveSeconds } of plans.filter(({ profile }) => profile === 'smoke'))
      expect([profile, driveSeconds < 120]).toEqual(['smoke', true])
  })

  test('every law that a criterion names is one of an oracle that the system has', () => {
    for (const plan of plans) expect(() => checkLaws(plan, oracles)).not.toThrow()
  })

  test('every criterion is claimed by a kill run, so that its defect can turn it red', () => {
    const claimed = new Set(
      plans.filter(({ profile }) => profile === 'kill').flatMap((plan) => Object.keys(plan.claimed)),
    )
    expect(Object.keys(system.criteria).filter((id) => !claimed.has(`cocoon.${id}`))).toEqual([])
  })

  test("at the source's own size every criterion of a case is claimed", () => {
    for (const plan of plans.filter(({ profile }) => profile === 'full'))
      expect([plan.case, plan.notClaimed]).toEqual([plan.case, []])
  })

  test('required criteria are claimed at every profile but those that the smoke cannot show', () => {
    for (const plan of plans) {
      const missing = plan.required.filter((id) => plan.claimed[id] === undefined)
      expect([plan.case, plan.profile, missing]).toEqual([plan.case, plan.profile, []])
    }
  })

  test('the sizes are those of the source', () => {
    expect(of('cocoon/S2', 'full')).toMatchObject({ peakLevel: 1000, driveSeconds: 3 * 3600 })
    expect(of('cocoon/S3', 'full').peakLevel).toBe(1050)
    expect(of('cocoon/S3', 'full').phases.at(-1)).toMatchObject({ kind: 'peak' })
    expect(of('cocoon/S4', 'full')).toMatchObject({ peakLevel: 2000 })
    expect(of('cocoon/S4', 'full').driveSeconds).toBeCloseTo(1805)
    expect(of('cocoon/S5', 'full').peakLevel).toBe(1500)
    expect(of('cocoon/S5', 'full').driveSeconds).toBeGreaterThanOrEqual(24 * 3600)
    expect(of('cocoon/S5', 'full').epochs).toHaveLength(24)
    expect(of('cocoon/C1', 'kill').residents).toContainEqual({ actor: 'session', virtualUsers: 10_050 })
  })

  test('overload asks for twice what the workers can do', () => {
    const plan = of('cocoon/S2', 'smoke')
    const offered = plan.segments.find(({ actor, phase }) => actor === 'client' && phase === 'overload')!.from
    const { workSeconds } = plan.phases.find(({ kind }) => kind === 'overload')!.added as PoolPhase
    expect(offered).toBeCloseTo((2 * plan.peakLevel) / workSeconds)
  })

  test('no process has more than 200 tagged series, which k6 would pay for', () => {
    for (const plan of plans) {
      const one = epochPlan(plan, plan.epochs.length)
      const tagged = Object.keys(thresholdsOf(one, system.names)).filter((metric) => metric.includes('{'))
      expect([plan.case, plan.profile, tagged.length <= 200]).toEqual([plan.case, plan.profile, true])
    }
  })

  test('of what is asked again at the end there is a sample of one size, whatever the profile, and the floor is within it', () => {
    for (const { claimed, expected, case: id, profile } of plans) {
      for (const [own, { rules }] of Object.entries(claimed)) {
        const index = rules.findIndex(({ of }) => of === 'asked-again')
        const followed = rules.some(({ of }) => of === 'accepted-task')
        // In each criterion that promises something about tasks to their end; k6 counts nothing of the rules behind it.
        const last = rules.filter((rule) => !isJoined(rule)).length - 1
        expect([id, profile, own, index]).toEqual([id, profile, own, followed ? last : -1])
        const rule = rules[index]
        if (rule?.judge !== 'never') continue
        const { samples } = expected[ruleKey(own, index)]!
        expect(samples).toBeLessThanOrEqual(askedAgainMost * rule.in.length)
        expect(rule.floor).toBeLessThanOrEqual(0.9 * samples)
        // Of four kinds two have a floor: what is refused in overload, or broken by a fault, nobody can ask for again.
        expect(rule.floor).toBeGreaterThanOrEqual(0.45 * samples)
      }
    }
  })

  test('a rate that the load does not offer is not claimed', () => {
    expect(of('cocoon/S3', 'smoke').notClaimed.map(({ id }) => id)).toEqual([
      'cocoon.load.concurrent-workers',
      'cocoon.allocation.no-starvation',
      'cocoon.target.tasks-rate',
      'cocoon.target.registrations-rate',
      'cocoon.target.requests-rate',
    ])
  })

  test('growth is claimed only where the workers grow tenfold', () => {
    expect(of('cocoon/S2', 'smoke').notClaimed).toContainEqual({
      id: 'cocoon.target.scaling',
      why: 'needs 10 times the workers; this load goes to 5 times',
    })
  })

  test('nothing that ages is claimed at smoke', () => {
    expect(Object.keys(of('cocoon/S5', 'smoke').claimed).filter((id) => id.includes('soak.'))).toEqual([])
  })
})

describe('a rule in a plan', () => {
  const definition = caseOf('cocoon/S4')
  const shapes = [
    phase('before', 'normal', hold(10, '30s')),
    phase('rise', 'peak', reach(80, '20s'), { arrivals: 2 }),
    phase('after', 'recovery', hold(10, '30s')),
  ]

  test('is left out where no phase is of its kind, and not claimed where DURATION cut that phase off', () => {
    const whole = planOf(definition, shapes).claimed['cocoon.allocation.no-starvation']!
    const [waited, lost, ended, asked, seen] = [
      ['normal', 'peak'],
      ['normal', 'peak', 'recovery'],
      ['normal', 'peak', 'recovery'],
      ['normal', 'peak', 'recovery'],
      ['normal', 'peak'],
    ]
    expect(whole.rules.flatMap((rule) => ('in' in rule ? rule.in : []))).toEqual(
      [waited, lost, ended, asked, seen].flat(),
    )
    expect(planOf(definition, shapes, { cut: 31 }).notClaimed.map(({ id }) => id)).toContain(
      'cocoon.allocation.no-starvation',
    )
  })

  test('that would compare a phase with itself is not claimed', () => {
    const growth = plans.find((plan) => plan.case === 'cocoon/D1' && plan.profile === 'smoke')!
    expect(growth.claimed['cocoon.target.storage']).toBeDefined()
    const cut = planOf(caseOf('cocoon/D1'), [
      phase('fill', 'warmup', hold(10, '8s'), { history: 500 }),
      phase('small', 'normal', hold(10, '28s')),
    ])
    expect(cut.notClaimed).toContainEqual({
      id: 'cocoon.target.storage',
      why: 'needs two phases of kind normal to compare',
    })
  })

  test('knows how long the queue gets where more is offered than can be served', () => {
    const { phases, levels, segments } = planOf(definition, shapes)
    const capacityOf = (level: number): number => definition.capacity!(level, 80)
    // Twice 0.7 of the capacity is offered: 0.4 of it is left over each second, weighed by how it grows.
    const [before, rise] = queueSecondsOf({ phases, shapes, levels, segments }, capacityOf)
    expect(before).toBe(0)
    expect(rise).toBeGreaterThan(3)
    expect(rise).toBeLessThan(8)
    expect(phases[1]!.queueSeconds).toBe(rise)
  })
})
