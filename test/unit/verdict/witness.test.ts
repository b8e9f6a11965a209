// The witness of a FAIL, where one of its lines stands for several observations.
import { expect, test } from 'vitest'
import { detailOf, observationsIn } from '../../../scripts/report/criteria.ts'
import { judgeRun } from '../../../verdict/judge.ts'
import { begin, healthy, inputOf } from './verdict-run.ts'

test('a line is counted as often as it says, and says so', () => {
  const evidence = healthy()
  evidence.rules['starvation'] = { type: 'counts', n: 100, bad: 60 }
  const line = { step: 'task-wait', status: 0, ms: 1, correlationId: '', phase: 'steady', detail: 'late' }
  const lines = [{ count: 4 }, { count: 55 }, {}]
  evidence.bad = lines.map((more) => ({ ...line, t: begin * 1000, rules: ['starvation'], ...more }))
  const { criteria } = judgeRun(inputOf(evidence))
  const { perMinute, operations } = criteria.find(({ id }) => id === 'starvation')!.witness!
  expect(perMinute).toEqual({ '2023-11-14T22:13Z': 60 })
  expect(observationsIn(operations)).toBe(60)
  expect(operations.map(detailOf)).toEqual(['late (4 at once)', 'late (55 at once)', 'late'])
  expect(detailOf({ count: 1000 })).toBe('(1,000 at once)')
})
