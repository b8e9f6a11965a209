// What the source of the service expects, by its own names: every figure is one that a run can measure.
import { expect, test } from 'vitest'
import { plannedExpectations } from '../../../../lib/plan/planned-expectations.ts'
import type { Case, System } from '../../../../lib/plan/system.ts'
import baseline from '../../../../systems/truthsync/cases/baseline.ts'
import peak from '../../../../systems/truthsync/cases/peak.ts'
import { names } from '../../../../systems/truthsync/names.ts'
import { criteria, errors, percent } from '../../../../thresholds/limits.ts'
import { requestsOf, truthsyncExpectations } from '../../../../thresholds/truthsync-expectations.ts'
import { rangeText } from '../../../../verdict/expectations.ts'

const system = {
  names,
  expectations: truthsyncExpectations,
  criteria: criteria('truthsync.md', {
    'baseline.cache-hit': ['', errors({ of: 'cached', under: percent(20), in: 'normal' })],
  }),
} as unknown as System

const rowsOf = (definition: unknown) =>
  Object.values(
    plannedExpectations({
      systemName: 'truthsync',
      system,
      definition: definition as Case,
      clock: 'wall',
    }).expectations!,
  ).flatMap(({ rows }) => rows.map((row) => [row.text, rangeText(row)]))

test('the baseline and the stress test expect what the source says', () => {
  expect(rowsOf(baseline)).toEqual([
    ['RPS: 10,000-50,000', '10,000 to 50,000 per second'],
    ['P50 latency: 0.5-1ms', '0.5 to 1 ms'],
    ['P99 latency: 2-5ms', '2 to 5 ms'],
    ['Cache hit rate: 80-85%', '80 to 85 %'],
    ['Network: 10-50 Mbps', '10 to 50 Mbit/s'],
    ['90.5x speedup', 'at least 90.5 times'],
  ])
  expect(rowsOf(peak)).toEqual([
    ['RPS: 50,000-100,000', '50,000 to 100,000 per second'],
    ['P50 latency: 1-2ms', '1 to 2 ms'],
    ['P99 latency: 5-10ms', '5 to 10 ms'],
    ['Cache hit rate: 75-80%', '75 to 80 %'],
    ['CPU: 40-60%', '40 to 60 %'],
    ['Memory: 512MB-1GB', '512 to 1,000 MB'],
  ])
})

test('the load that the source speaks of is that of its users', () => {
  expect(truthsyncExpectations['baseline.expected'].level).toBe(requestsOf(50))
  expect(truthsyncExpectations['stress.expected'].level).toBe(requestsOf(200))
})
