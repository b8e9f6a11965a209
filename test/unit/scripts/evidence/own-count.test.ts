// The target's own count of what was done, held against what actors did.
import { describe, expect, test } from 'vitest'
import { completeEvidence } from '../../../../scripts/evidence/evidence.ts'
import { nothingBrought } from '../nothing-brought.ts'
import { EventLog } from '../../../../scripts/evidence/events.ts'
import { Points } from '../../../../scripts/evidence/points.ts'
import { agrees, check } from '../../../../thresholds/limits.ts'
import type { Agreement, Evidence, ProcessEvidence } from '../../../../verdict/evidence.ts'
import { judgeRule } from '../../../../verdict/rules.ts'
import { counted, merged } from '../../verdict/verdict-run.ts'
import { planOf } from '../runner-plan.ts'

const t0 = 1_700_000_000_000
const rule = check({ of: 'figures', what: 'wrong', counted: { tally: 'done', point: 'at-rest' } })
/** A load of 30 s; all have left 2 s later. */
const [before, after] = [t0 - 1000, t0 + 32_000]

/** The rule's evidence where actors did 1,200, in two phases, and the target told its count at some times. */
function evidenceOf(told: [t: number, value: number][], endedAt = t0 + 33_000) {
  const steps = [10, 20].map((seconds) => ({ kind: 'normal' as const, seconds, workers: 2, perSecond: 5 }))
  const plan = planOf(steps, { one: { text: 'test', source: 'test', rules: [rule] } })
  const log = new EventLog([])
  log.t0 = t0
  const own = ([1, 2] as const).map(
    (n) => [`normal-${n}`, { growth: 1.05, buckets: { [n]: 400 * n } }] as const,
  )
  log.tallies.set('done', new Map(own))
  const points = new Points()
  for (const [t, value] of told) points.add({ t, value })
  if (told.length > 0) log.points.set('at-rest', points)
  const made = { type: 'counts', n: 1, bad: 0 } as const
  const found = completeEvidence(
    { ...counted(), ended: endedAt, rules: { one: made } },
    plan,
    log,
    nothingBrought,
  )
  expect(found.misfits).toBeUndefined()
  return found.rules['one'] as Evidence
}

const kept = { type: 'counts', n: 2, bad: 0 }
const unjudged = { type: 'counts', n: 1, bad: 0 }

test('it rises by as much, or by more, where answers were lost', () => {
  expect(
    evidenceOf([
      [before, 7],
      [after, 1207],
    ]),
  ).toEqual(kept)
  expect(
    evidenceOf([
      [before, 7],
      [after, 1300],
    ]),
  ).toEqual(kept)
})

test('one that rises by less is a violation, and says by how much', () => {
  expect(
    evidenceOf([
      [before, 7],
      [t0 + 5000, 500],
      [after, 1206],
    ]),
  ).toEqual({
    type: 'counts',
    n: 2,
    bad: 1,
    imbalance: 'actors saw 1,200 done, and the target counted 1,199 more than before',
  })
})

test('nothing is said of a count that was not told both before the load and after it, nor of a run that was cut short', () => {
  expect(evidenceOf([])).toEqual(unjudged)
  expect(evidenceOf([[before, 7]])).toEqual(unjudged)
  expect(evidenceOf([[after, 7]])).toEqual(unjudged)
  expect(
    evidenceOf([
      [before, 7],
      [t0 + 20_000, 100],
    ]),
  ).toEqual(unjudged)
  expect(
    evidenceOf(
      [
        [before, 7],
        [t0 + 20_000, 100],
      ],
      t0 + 20_100,
    ),
  ).toEqual(unjudged)
})

describe('an agreement', () => {
  const agreed = agrees({ of: 'api', count: 'all', point: 'served', within: 0, what: 'wrong' })
  const saw = (n: number, asked = 0): Agreement => ({
    type: 'agreement',
    are: 'requests',
    n,
    bad: 0,
    unanswered: 0,
    repeated: 0,
    asked,
  })
  const figureIn = (evidence: Evidence) => (evidence as Agreement).figure

  /** Two epochs of 30 s, 10 s of which are both there; each process saw so much, and told of the figure at some times. */
  function ofEpochs(parts: Agreement[], told: [t: number, value: number][], endedAt = t0 + 60_000): Evidence {
    const kinds = ['normal', 'handover', 'normal'] as const
    const stretches = kinds.map((kind) => ({ kind, seconds: kind === 'handover' ? 10 : 20 }))
    const plan = planOf(stretches, { one: { text: '', source: '', rules: [agreed] } })
    const log = new EventLog([])
    log.t0 = t0
    const points = new Points()
    for (const [t, value] of told) points.add({ t, value })
    log.points.set('served', points)
    const written = parts.map((one, index): ProcessEvidence => ({
      ...counted(),
      shard: index + 1,
      of: parts.length,
      ended: endedAt,
      rules: { one },
    }))
    const whole = written.length === 1 ? written[0]! : { ...merged(written).evidence, byPhase: [] }
    return completeEvidence(whole, plan, log, nothingBrought).rules['one']!
  }
  const statusOf = (evidence: Evidence) => judgeRule(agreed, evidence, 1).status

  test('of one process is by the last figure before the load, and the last of all', () => {
    const found = ofEpochs(
      [saw(500, 2)],
      [
        [before - 500, 3],
        [before, 5],
        [t0 + 20_000, 200],
        [t0 + 52_000, 505],
        [t0 + 53_000, 507],
      ],
    )
    expect(figureIn(found)).toEqual({ before: { t: before, value: 5 }, last: { t: t0 + 53_000, value: 507 } })
    // Two more were asked while it waited until all had left.
    expect(statusOf(found)).toBe('PASS')
  })

  test('of epochs is from before the first to after the last, whichever console was read first', () => {
    const first: [number, number][] = [
      [before, 100],
      [t0 + 33_000, 420],
    ]
    const second: [number, number][] = [
      [t0 + 25_000, 300],
      [t0 + 53_000, 602],
    ]
    for (const told of [
      [...first, ...second],
      [...second, ...first],
    ]) {
      const found = ofEpochs([saw(300, 2), saw(200, 3)], told)
      expect(found).toMatchObject({ n: 500, asked: 5 })
      expect(figureIn(found)).toEqual({
        before: { t: before, value: 100 },
        last: { t: t0 + 53_000, value: 602 },
      })
      // What the first epoch asked at its end was counted before the second one told.
      expect(statusOf(found)).toBe('PASS')
    }
    expect(statusOf(ofEpochs([saw(300), saw(200)], [...first, ...second]))).toBe('FAIL')
  })

  test('is not known where the figure was not told before the load, or not after the end of it', () => {
    for (const told of [
      [],
      [[before, 5]],
      [[t0 + 51_000, 505]],
      [
        [before, 5],
        [t0 + 49_000, 505],
      ],
    ]) {
      const found = ofEpochs([saw(500)], told as [number, number][])
      expect(statusOf(found)).toBe('UNDECIDED')
    }
  })

  test('does not lose what was told before the load among very many points', () => {
    const many = Array.from({ length: 60_000 }, (_, index): [number, number] => [t0 + index, index])
    const found = ofEpochs([saw(500)], [[before, 5], ...many, [t0 + 70_000, 505]])
    expect(statusOf(found)).toBe('PASS')
  })
})
