// Promises held against what was found: which ones they are, and not only how many.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashBits, KeySums } from '../../../lib/drive/key-sums.ts'
import { accounted } from '../../../verdict/accounts.ts'
import type { Criterion } from '../../../verdict/criterion.ts'
import type { Counts, KeySums as Sums, ProcessEvidence } from '../../../verdict/evidence.ts'
import { fold } from '../../../verdict/evidence-sum.ts'
import { judgeRun } from '../../../verdict/judge.ts'
import type { Verdict } from '../../../verdict/verdict.ts'
import { completed, counted, criteria, inputOf, merged } from './verdict-run.ts'

const sumsOf = (keys: readonly string[]): Sums => {
  const sums = new KeySums()
  for (const key of keys) sums.add(key)
  return [sums.first, sums.second]
}
const less = ([a, b]: Sums, [c, d]: Sums): Sums => [a - c, b - d]

interface Story {
  promised?: string[]
  unsure?: string[]
  found?: string[]
  unread?: number
}
/** What k6 counts of promises and of what is found, by their keys. */
const countsOf = ({ promised = [], unsure = [], found = [], unread = 0 }: Story): Counts => ({
  type: 'counts',
  n: found.length,
  bad: 0,
  account: {
    promised: promised.length,
    unsure: unsure.length,
    unread,
    keys: { open: less(sumsOf(promised), sumsOf(found)), unsure: sumsOf(unsure) },
  },
})
const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `run-buyer_steady-${from + index}`)

/** All parts of a run together. */
const together = (...parts: Counts[]): Counts =>
  parts.reduce((a, b) => {
    const sum = fold(a, b)
    if (typeof sum === 'string' || sum.type !== 'counts') throw new Error('expected counts')
    return sum
  })

describe('an account of promises without keys', () => {
  const counts = (n: number, promised: number, unsure: number, bad = 0): Counts => ({
    type: 'counts',
    n,
    bad,
    account: { promised, unsure },
  })

  it.each([
    ['all found', counts(100, 100, 0), { n: 100, bad: 0 }],
    ['one lost', counts(99, 100, 0), { n: 100, bad: 1 }],
    ['one lost and one violation', counts(99, 100, 0, 1), { n: 100, bad: 2 }],
    ['an unsure one kept', counts(101, 100, 1), { n: 101, bad: 0 }],
    ['an unsure one not found', counts(100, 100, 1), { n: 100, bad: 0, unresolved: 1 }],
    ['one of three unsure ones kept', counts(101, 100, 3), { n: 101, bad: 0, unresolved: 2 }],
    ['lost beyond what is unsure', counts(98, 100, 1), { n: 100, bad: 2, unresolved: 1 }],
    ['more found than can have been promised', counts(103, 100, 1), { n: 103, bad: 2 }],
  ] as const)('%s', (_, before, after) => {
    const { imbalance: _words, ...figures } = accounted(before)
    expect(figures).toEqual({ type: 'counts', ...after })
  })

  it('leaves counts without one as they are, and is settled only once', () => {
    expect(accounted({ type: 'counts', n: 5, bad: 1, unresolved: 2 })).toEqual({
      type: 'counts',
      n: 5,
      bad: 1,
      unresolved: 2,
    })
    const once = accounted(counts(99, 100, 0))
    expect(accounted(once)).toEqual(once)
  })
})

describe('an account of promises with keys', () => {
  const promised = range(0, 100)
  const swapped = [...range(1, 100), 'run-buyer_steady-500']

  it.each<[what: string, story: Story, after: Omit<Counts, 'type' | 'imbalance'>, words: string | undefined]>(
    [
      ['all found', { promised, found: promised.toReversed() }, { n: 100, bad: 0 }, undefined],
      [
        'one that was refused found in the place of one that was promised',
        { promised, found: swapped },
        { n: 101, bad: 2 },
        'promised 100, found 100, and by their keys they are not the same ones: at least 1 lost and 1 found that was ' +
          'refused, never promised, or found twice',
      ],
      [
        'one found twice in the place of one that was promised',
        { promised, found: [...range(1, 100), 'run-buyer_steady-7'] },
        { n: 101, bad: 2 },
        expect.stringContaining('at least 1 lost and 1 found that was') as unknown as string,
      ],
      [
        'one lost',
        { promised, found: range(1, 100) },
        { n: 100, bad: 1 },
        'promised 100, found 99: at least 1 lost',
      ],
      [
        'one that was refused found besides',
        { promised, found: range(0, 101) },
        { n: 101, bad: 1 },
        'promised 100, found 101: at least 1 found that was refused, never promised, or found twice',
      ],
      // Nothing that was promised was lost, so none of them hides anything.
      [
        'no unsure one found',
        { promised, unsure: range(200, 203), found: promised },
        { n: 100, bad: 0 },
        undefined,
      ],
      [
        'all unsure ones found',
        { promised, unsure: range(200, 203), found: [...promised, ...range(200, 203)] },
        { n: 103, bad: 0 },
        undefined,
      ],
      [
        'an unsure one found in the place of one that was promised',
        { promised, unsure: ['run-buyer_steady-500'], found: swapped },
        { n: 100, bad: 1, unresolved: 1 },
        'promised 100, 1 more may have been promised, found 100, and by their keys they are not the same ones: at least 1 lost',
      ],
      [
        'as many as there can be, and another one among them',
        { promised, unsure: range(200, 201), found: [...promised, 'run-buyer_steady-500'] },
        { n: 101, bad: 1 },
        expect.stringContaining('at least 1 found that was refused') as unknown as string,
      ],
      // Nobody who looked for them got an answer.
      [
        'as many not there as could not be looked at',
        { promised, found: range(2, 100), unread: 2 },
        { n: 100, bad: 0, unresolved: 2 },
        undefined,
      ],
      [
        'more not there than could not be looked at',
        { promised, found: range(3, 100), unread: 2 },
        { n: 100, bad: 1, unresolved: 2 },
        'promised 100, found 97, 2 could not be looked at: at least 1 lost',
      ],
      // One of the unsure ones may stand in for a lost one.
      [
        'some of the unsure ones found',
        { promised, unsure: range(200, 203), found: [...promised, ...range(200, 201)] },
        { n: 101, bad: 0, unresolved: 2 },
        undefined,
      ],
    ],
  )('%s', (_, story, after, words) => {
    const { imbalance, ...figures } = accounted(countsOf(story))
    expect(figures).toEqual({ type: 'counts', ...after })
    expect(imbalance).toEqual(words)
  })

  it('never passes what is not so, and never fails what is', () => {
    const key = fc.integer({ min: 0, max: 12 }).map((index) => `k-${index}`)
    const keys = fc.uniqueArray(key, { maxLength: 8 })
    fc.assert(
      fc.property(keys, keys, fc.array(key, { maxLength: 8 }), (all, found, more) => {
        const [one, unsure] = [all.slice(0, 4), all.slice(4)]
        for (const seen of [found, [...one, ...unsure.slice(0, 2)], [...one, ...more]]) {
          const { bad, unresolved = 0 } = accounted(countsOf({ promised: one, unsure, found: seen }))
          const isSo =
            new Set(seen).size === seen.length &&
            one.every((each) => seen.includes(each)) &&
            seen.every((each) => all.includes(each))
          if (isSo) expect(bad).toBe(0)
          else expect(bad + unresolved).toBeGreaterThan(0)
        }
      }),
    )
  })

  it('takes nothing for lost that nobody could look at', () => {
    const key = fc.integer({ min: 0, max: 12 }).map((index) => `k-${index}`)
    const cut = fc.nat(8)
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 8 }), cut, cut, cut, (all, first, second, third) => {
        const [one, unsure] = [all.slice(0, first), all.slice(first)]
        const there = [...one, ...unsure.slice(0, second)]
        const found = there.slice(third)
        const counts = countsOf({ promised: one, unsure, found, unread: there.length - found.length })
        expect(accounted(counts).bad).toBe(0)
      }),
    )
  })

  it('is the same however promises and finds are spread over processes', () => {
    const [here, there] = [range(0, 40), range(40, 100)]
    const spread = (found: string[]): Counts =>
      accounted(
        together(
          countsOf({ promised: here, found: found.slice(0, 10) }),
          countsOf({ promised: there, unsure: range(300, 301) }),
          countsOf({ found: found.slice(10) }),
        ),
      )
    expect(spread(promised.toReversed())).toEqual({ type: 'counts', n: 100, bad: 0 })
    expect(spread(swapped)).toMatchObject({ bad: 1, unresolved: 1 })
  })

  it('stays exact over as many parts as there may be', () => {
    const half = 2 ** 52 + 1
    const large = (open: number): Counts => ({
      type: 'counts',
      n: 5,
      bad: 0,
      account: { promised: 5, unsure: 0, keys: { open: [open, -open], unsure: [0, 0] } },
    })
    expect(accounted(together(large(half), large(half), large(-half), large(-half)))).toMatchObject({
      bad: 0,
    })
    expect(accounted(together(large(half), large(half), large(-half), large(1 - half)))).toMatchObject({
      bad: 2,
    })
  })

  it('compares numbers alone where a part kept no keys', () => {
    const { promised: n, unsure } = countsOf({ promised }).account!
    const without: Counts = { type: 'counts', n: 0, bad: 0, account: { promised: n, unsure } }
    expect(accounted(together(without, countsOf({ found: swapped })))).toMatchObject({ n: 100, bad: 0 })
  })
})

describe('the account of a run', () => {
  const part = (shard: number, of = 2): ProcessEvidence => ({ ...counted(), shard, of })
  const claimed: Record<string, Criterion> = { starvation: criteria.starvation }
  /** A run whose first part promised tasks that its second part found, or did not. */
  const judgedParts = (
    found: string[],
    change = (parts: ProcessEvidence[]): ProcessEvidence[] => parts,
  ): Verdict => {
    const [first, second] = [part(1), part(2)]
    first.rules['starvation#1'] = countsOf({ promised: range(0, 100) })
    second.rules['starvation#1'] = countsOf({ found })
    const { evidence, reasons } = merged(change([first, second]))
    return judgeRun(inputOf(evidence, { claimed, required: [], mergeReasons: reasons }))
  }

  it('is settled over all parts: one promises, another finds', () => {
    expect(judgedParts(range(0, 100)).verdict).toBe('PASS')
    const lost = judgedParts(range(0, 99))
    expect(lost.verdict).toBe('FAIL')
    expect(lost.criteria[0]?.reason).toBe(
      'a task never ended: 1 of 100 observed; promised 100, found 99: at least 1 lost',
    )
  })

  it('fails where as many were found as were promised, and not the same', () => {
    const { verdict, criteria: judged } = judgedParts(range(1, 101))
    expect(verdict).toBe('FAIL')
    expect(judged[0]?.reason).toContain(
      'found 100, and by their keys they are not the same ones: at least 1 lost',
    )
  })

  it('takes nothing for lost that a missing part may have found, nor in a run that was cut short', () => {
    expect(judgedParts(range(0, 100), ([first]) => [first!]).verdict).toBe('INVALID')
    const cut = part(1, 1)
    cut.rules['starvation#1'] = countsOf({ promised: range(0, 100), found: range(0, 50) })
    const judged = (complete: boolean): Verdict =>
      judgeRun(inputOf(completed({ ...cut, complete }), { claimed, required: [] }))
    expect(judged(true).verdict).toBe('FAIL')
    expect(judged(false).verdict).toBe('UNDECIDED')
  })
})

describe('sums of keys', () => {
  it('differ between keys that are alike, in both hashes apart', () => {
    const hashes = range(0, 100_000).map((key) => sumsOf([key]))
    // Of so many about 300 have one of the hashes in common with another one by chance, and none has both.
    for (const which of [0, 1] as const)
      expect(new Set(hashes.map((sums) => sums[which])).size).toBeGreaterThan(99_500)
    expect(new Set(hashes.map((sums) => sums.join())).size).toBe(100_000)
    for (const [first, second] of hashes.slice(0, 100)) {
      expect(first).toBeLessThan(2 ** hashBits)
      expect(second).toBeLessThan(2 ** hashBits)
    }
  })

  it('do not depend on what came before', () => {
    const texts = fc.array(fc.stringMatching(/^[ab-]{0,6}$/), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(texts, (keys) => {
        const alone = keys.map((key) => sumsOf([key]))
        expect(sumsOf(keys)).toEqual([
          alone.reduce((sum, [first]) => sum + first, 0),
          alone.reduce((sum, [, second]) => sum + second, 0),
        ])
      }),
    )
  })
})
