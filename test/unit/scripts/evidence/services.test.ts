// What the keeper sampled of services, as the evidence that rules about them are judged by.
import { expect, test } from 'vitest'
import type { MachineSample, ResourceSample } from '../../../../keeper/service.ts'
import { completeEvidence } from '../../../../scripts/evidence/evidence.ts'
import { EventLog } from '../../../../scripts/evidence/events.ts'
import { bounded, busy } from '../../../../thresholds/limits.ts'
import type { Resources } from '../../../../verdict/evidence.ts'
import { judgeRule } from '../../../../verdict/rules.ts'
import { nothingBrought } from '../nothing-brought.ts'
import { planOf } from '../runner-plan.ts'
import { counted } from '../../verdict/verdict-run.ts'

const t0 = 1_700_000_000_000
const rules = [busy({ in: 'normal', under: 0.7 }), bounded({ in: 'normal' })]

const sampleAt = (second: number, service: string, cpu: number): ResourceSample => ({
  t: t0 + second * 1000 + 500,
  service,
  cpu,
  privateBytes: 1,
  rssBytes: 1,
  diskReadBytes: 0,
  diskWriteBytes: 0,
  openFiles: 1,
})
const machineAt = (second: number): MachineSample => ({
  t: t0 + second * 1000,
  cores: 4,
  busy: 1,
  stolen: 0,
  own: 1,
  throttled: 0,
  plausible: true,
})

/** What the rules are judged by: half a minute of warm-up, then a time that is judged. */
function evidenceOf(seconds: number, cores: Record<string, number>, machine: MachineSample[]): Resources[] {
  const stretches = [
    { kind: 'warmup' as const, seconds: 30 },
    { kind: 'normal' as const, seconds },
  ]
  const plan = planOf(stretches, { one: { text: '', source: '', rules } })
  const log = new EventLog([])
  log.t0 = t0
  const samples = Array.from({ length: 30 + seconds }, (_, second) => [
    // Whatever it did in the warm-up.
    sampleAt(second, 'verifier', second < 30 ? 4 : 0.4),
    sampleAt(second, 'store', 0.2),
    sampleAt(second, 'k6', 2),
  ]).flat()
  const written = { ...counted(), ended: t0 + (30 + seconds) * 1000, rules: {} }
  const found = completeEvidence(written, plan, log, { ...nothingBrought, samples, machine, cores })
  return [found.rules['one'], found.rules['one#1']] as Resources[]
}
const judged = (evidence: Resources) => judgeRule(rules[0]!, evidence, 1)

test('a service may use what the target says of it, and all of the machine where it says nothing', () => {
  const [used] = evidenceOf(30, { verifier: 1, 'no-such-one': 3 }, [machineAt(0)])
  expect(used!.cores).toEqual({ verifier: 1, store: 4, k6: 4 })
  expect(used!.blockSeconds).toBe(5)
  const { status, observed } = judged(used!)
  expect([status, observed]).toEqual(['PASS', 'verifier 40 % of 1 core, at most 40 %'])
})

test('where nobody saw the machine it is not known', () => {
  const { status, reason } = judged(evidenceOf(30, { verifier: 1 }, [])[0]!)
  expect([status, reason]).toEqual([
    'UNDECIDED',
    'store: how many processors it may use is not known (the worst of 2 services)',
  ])
})

test('growth is judged by its own, longer blocks', () => {
  const [used, grown] = evidenceOf(60, {}, [machineAt(0)])
  expect([used!.blockSeconds, grown!.blockSeconds]).toEqual([5, 15])
  expect(grown).not.toHaveProperty('cores')
})
