// The target's own count of what was done, held against what actors did.
import { expect, test } from 'vitest'
import { completeEvidence } from '../../../../scripts/evidence/evidence.ts'
import { nothingBrought } from '../nothing-brought.ts'
import { EventLog } from '../../../../scripts/evidence/events.ts'
import { Points } from '../../../../scripts/evidence/points.ts'
import { check } from '../../../../thresholds/limits.ts'
import type { Evidence } from '../../../../verdict/evidence.ts'
import { counted } from '../../verdict/verdict-run.ts'
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
