// How the test of the hot path decides: by the noise that was measured it fails on a large mistake, and on nothing else.
import { describe, expect, test } from 'vitest'
import { seeded } from '../../../verdict/random.ts'
import { medianSays, ratiosUntil } from '../../instrument/speed.ts'

const least = 0.75
const rounds = 3
const seconds = 5

const ratios = (below: number, above: number): number[] => [
  ...Array.from({ length: below }, () => 0.6),
  ...Array.from({ length: above }, () => 0.9),
]

describe('seconds say of their median', () => {
  test.each([
    [ratios(0, 4), 'nothing yet'],
    [ratios(0, 5), 'enough'],
    [ratios(5, 0), 'too little'],
    [ratios(3, 12), 'enough'],
    [ratios(4, 11), 'nothing yet'],
    [ratios(11, 4), 'nothing yet'],
    [ratios(12, 3), 'too little'],
  ])('%j: %s', (values, says) => {
    expect(medianSays(values, least)).toBe(says)
  })

  test('the same however far off some of them are', () => {
    expect(medianSays([...ratios(0, 12), 0.01, 0.01, 0.01], least)).toBe('enough')
    expect(medianSays([...ratios(12, 0), 40, 40, 40], least)).toBe('too little')
  })
})

describe('rounds are measured', () => {
  const played = async (...planted: number[][]): Promise<number> => {
    let played = 0
    await ratiosUntil(least, rounds, async () => planted[played++]!)
    return played
  }

  test('until they show that it is enough', async () => {
    expect(await played(ratios(0, 5))).toBe(1)
    expect(await played(ratios(2, 3), ratios(0, 5), ratios(0, 5))).toBe(3)
  })

  test('all, where they do not, because one may have had bad luck', async () => {
    expect(await played(ratios(5, 0), ratios(5, 0), ratios(5, 0))).toBe(rounds)
    expect(await played(ratios(5, 0), ratios(0, 5), ratios(0, 5))).toBe(rounds)
  })
})

/**
 * The share of tests that fail. Logarithms of ratios spread by 0.08 over the seconds of a round and by 0.065 over rounds where
 * ten programs want two cores, and by less where fewer do.
 */
async function failures(ratio: number, tests: number): Promise<number> {
  const random = seeded(1)
  const normal = (deviation: number): number =>
    deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const round = async (): Promise<number[]> => {
    const ofRound = normal(0.065)
    return Array.from({ length: seconds }, () => ratio * Math.exp(ofRound + normal(0.08)))
  }
  let failed = 0
  for (let n = 0; n < tests; n++)
    if (medianSays(await ratiosUntil(least, rounds, round), least) === 'too little') failed++
  return failed / tests
}

describe('on a machine that is as busy as any that was measured', () => {
  test('a hot path that is fast enough fails less than once in 1,000 tests', async () => {
    expect(await failures(0.85, 10_000)).toBeLessThan(0.001)
  })

  test('one that makes 0.6 of the requests is caught', async () => {
    expect(await failures(0.6, 2_000)).toBeGreaterThan(0.99)
  })
})
