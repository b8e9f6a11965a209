// A share that holds in each step of a ramp: where it breaks, with what certainty, and what is no break.
import { expect, test } from 'vitest'
import type { Rule } from '../../../verdict/criterion.ts'
import { fold } from '../../../verdict/evidence-sum.ts'
import type { Counts } from '../../../verdict/evidence.ts'
import { judgeRule } from '../../../verdict/rules.ts'

const rule: Rule = {
  judge: 'share',
  of: ['api'],
  in: ['normal'],
  limit: 0.01,
  overMs: 10,
  percentile: 99,
  eachStep: true,
}
const t0 = 1_700_000_000

/** Steps of ten seconds at levels 100, 200 and so on, with as many requests a second; so many of them bad, by step. */
function ramp(badBySteps: number[], perSecond = (level: number) => level): Counts {
  const found: Counts = { type: 'counts', n: 0, bad: 0, blocks: {}, steps: [] }
  for (const [index, bad] of badBySteps.entries()) {
    const level = 100 * (index + 1)
    const start = t0 + 20 * index
    found.steps!.push({ level, start: start * 1000, end: (start + 10) * 1000 })
    for (let second = start; second < start + 10; second++)
      found.blocks![second] = [perSecond(level), bad / 10]
    found.n += 10 * perSecond(level)
    found.bad += bad
  }
  return found
}
const judged = (found: Counts) => judgeRule(rule, found, 1)

test('holds where each step does', () => {
  expect(judged(ramp([0, 0, 10]))).toMatchObject({
    status: 'PASS',
    observed:
      'holds in each of 3 steps up to a level of 300; worst: 0.3333 % over 10 ms or failed at a level of 300 (10 of 3,000)',
    samples: 6000,
  })
})

test('breaks between the last step that held and the first that does not, though all together would hold', () => {
  const found = ramp([0, 0, 0, 0, 0, 0, 0, 0, 0, 200])
  const pooled: Rule = { ...rule }
  delete (pooled as { eachStep?: true }).eachStep
  expect(judgeRule(pooled, found, 1).status).toBe('PASS')
  expect(judged(found)).toMatchObject({
    status: 'FAIL',
    observed: expect.stringMatching(/^breaks between a level of 900 and one of 1000: 2 %/) as string,
  })
  expect(judged(ramp([0, 0, 10, 200]))).toMatchObject({
    status: 'FAIL',
    observed:
      'breaks between a level of 300 and one of 400: 5 % over 10 ms or failed at a level of 400 (200 of 4,000)',
  })
  expect(judged(ramp([100, 200]))).toMatchObject({
    status: 'FAIL',
    observed: expect.stringMatching(/^breaks at a level of 100 or below/) as string,
  })
})

test('is not known while a step may break, and a later one that breaks decides all the same', () => {
  expect(judged(ramp([0, 22, 0]))).toMatchObject({
    status: 'UNDECIDED',
    reason: expect.stringMatching(
      /at a level of 200, allowed 1 %: [\d,]+ samples in this step would decide/,
    ) as string,
  })
  expect(judged(ramp([0, 22, 300])).observed).toMatch(/^breaks between a level of 100 and one of 300/)
})

test('takes more certainty to break, the more steps there are', () => {
  // 32 of 2,000 are just over the bound of one step.
  const alone = { ...ramp([0, 29]), steps: ramp([0, 29]).steps!.slice(1) }
  expect(judged(alone).status).toBe('FAIL')
  expect(judged(ramp([0, 29, 0, 0, 0, 0])).status).toBe('UNDECIDED')
})

test('has the steps of all processes of a run once, and those of each epoch', () => {
  const one = ramp([0, 4], (level) => level / 2)
  const both = fold(one, one) as Counts
  expect(both.steps).toEqual(one.steps)
  expect(judged(both)).toMatchObject({ status: 'PASS', samples: 3000 })
  const later = {
    ...one,
    steps: one.steps!.map((step) => ({ ...step, start: step.start + 1e6, end: step.end + 1e6 })),
  }
  expect((fold(later, one) as Counts).steps).toEqual([...one.steps!, ...later.steps])
})

test('says nothing without seconds, and nothing of nothing', () => {
  const { blocks: _, ...bare } = ramp([0])
  expect(judged(bare).status).toBe('INVALID')
  expect(judged({ ...ramp([]), steps: [] }).status).toBe('UNDECIDED')
})
