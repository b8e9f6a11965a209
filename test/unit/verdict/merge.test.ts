import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fold } from '../../../verdict/evidence-sum.ts'
import type { Evidence, ProcessEvidence } from '../../../verdict/evidence.ts'
import { judgeRun } from '../../../verdict/judge.ts'
import { join, mergeOf, mergeReasons, type Merge } from '../../../verdict/merge.ts'
import { begin, completed, counted, inputOf, merged } from './verdict-run.ts'

interface Observation {
  second: number
  late: boolean
  failed: boolean
  worker: number
  /** A violation is rare, else every run would fail at once. */
  starved: boolean
}
const observation: fc.Arbitrary<Observation> = fc.record({
  second: fc.integer({ min: 0, max: 59 }),
  late: fc.integer({ min: 0, max: 19 }).map((value) => value === 0),
  failed: fc.integer({ min: 0, max: 99 }).map((value) => value === 0),
  worker: fc.integer({ min: 0, max: 5 }),
  starved: fc.integer({ min: 0, max: 299 }).map((value) => value === 0),
})

/** What one k6 process records of its observations; capacities in quarters, so that their sums are exact. */
function recorded(
  observations: Observation[],
  shard: number,
  of: number,
  wholeCapacity: number,
): ProcessEvidence {
  const countsOf = (isBad: (one: Observation) => boolean): Evidence => {
    const blocks: Record<string, [number, number]> = {}
    for (const one of observations) {
      const block = (blocks[begin + one.second] ??= [0, 0])
      block[0]++
      if (isBad(one)) block[1]++
    }
    return { type: 'counts', n: observations.length, bad: observations.filter(isBad).length, blocks }
  }
  const units: Record<string, { quantity: number; capacity: number }> = {}
  for (let worker = 0; worker < 6; worker++)
    units[`worker-${worker}`] = {
      quantity: observations.filter((one) => one.worker === worker).length,
      capacity: wholeCapacity / of,
    }
  const base = counted()
  return {
    ...base,
    shard,
    of,
    rules: {
      errors: countsOf(({ failed }) => failed),
      latency: countsOf(({ late, failed }) => late || failed),
      starvation: countsOf(({ starved }) => starved),
      'starvation#1': countsOf(() => false),
      fairness: { type: 'units', units },
      recovery: base.rules['recovery']!,
    },
    generator: {
      planned: observations.length,
      started: observations.length,
      dropped: 0,
      lag: { n: 1000 / of, over: 0, p99Ms: 6 },
      cpu: null,
      exceptions: 0,
    },
    steps: [
      {
        step: 'submit',
        requests: observations.length,
        failed: 0,
        refused: 0,
        p50: 5,
        p95: 5,
        p99: 5,
        max: 600,
      },
    ],
  }
}

/** One of the ways to put a list of merges together: any order, any grouping. */
function joinedAnyhow(merges: Merge[], choices: number[]): Merge {
  const left = [...merges]
  for (let step = 0; left.length > 1; step++) {
    const [one] = left.splice((choices[2 * step] ?? 0) % left.length, 1)
    const [two] = left.splice((choices[2 * step + 1] ?? 0) % left.length, 1)
    left.push(join(one!, two!))
  }
  return left[0]!
}

describe('merging shards', () => {
  it('in any order and grouping gives the same verdict as one run', () => {
    const observations = fc.array(observation, { minLength: 1, maxLength: 600 })
    const choices = fc.array(fc.nat(100), { minLength: 8, maxLength: 8 })
    const shardOf = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 600, maxLength: 600 })
    const seen = new Set<string>()
    fc.assert(
      fc.property(observations, shardOf, choices, (all, owner, order) => {
        const one = recorded(all, 1, 1, 1)
        const shards = [0, 1, 2, 3].map((shard) =>
          recorded(
            all.filter((_, index) => owner[index] === shard),
            shard + 1,
            4,
            1,
          ),
        )
        const merge = joinedAnyhow(shards.map(mergeOf), order)
        expect(mergeReasons(merge)).toEqual([])
        const whole = judgeRun(inputOf(merged([one]).evidence))
        const together = judgeRun(inputOf(completed(merge.evidence), { mergeReasons: mergeReasons(merge) }))
        seen.add(whole.verdict)
        expect(together).toEqual(whole)
      }),
      { numRuns: 60, seed: 1 },
    )
    // The property would say nothing if all runs were alike.
    expect([...seen].sort()).toEqual(['FAIL', 'UNDECIDED'])
  })

  it('decides what no shard could decide alone', () => {
    const good = Array.from({ length: 750 }, (_, index): Observation => ({
      second: index % 60,
      late: false,
      failed: false,
      worker: index % 6,
      starved: false,
    }))
    const shards = [1, 2, 3, 4].map((shard) => recorded(good, shard, 4, 1))
    for (const shard of shards)
      expect(judgeRun(inputOf(completed({ ...shard, shard: 1, of: 1 }))).criteria[0]?.status).toBe(
        'UNDECIDED',
      )
    const { evidence, reasons } = merged(shards)
    expect(judgeRun(inputOf(evidence, { mergeReasons: reasons })).line).toBe('PASS 5 of 5')
  })

  it('keeps the generator of the worst shard in sight, however many good ones there are', () => {
    const shards = Array.from({ length: 20 }, (_, index) => ({ ...counted(), shard: index + 1, of: 20 }))
    shards[7]!.generator.lag = { n: 1200, over: 60, p99Ms: 80 }
    const { evidence } = merged(shards)
    expect(judgeRun(inputOf(evidence)).verdict).toBe('INVALID')
    expect(evidence.generator).toMatchObject({
      planned: 100_000,
      started: 100_000,
      lag: { n: 24_000, over: 98, p99Ms: 80 },
    })
  })

  it('adds up the repeated requests, and says how many there were', () => {
    const shards = [3, undefined, 4].map((repeated, index) => ({
      ...counted(),
      shard: index + 1,
      of: 3,
      ...(repeated === undefined ? {} : { repeated }),
    }))
    const { evidence } = merged(shards)
    expect(judgeRun(inputOf(evidence)).reasons).toEqual([
      'k6 silently repeated at least 7 requests whose connection was reset or closed; each counts as failed',
    ])
    expect(merged(shards.slice(1, 2)).evidence).not.toHaveProperty('repeated')
  })

  it('adds up the bytes of all processes, and says none where one did not say its own', () => {
    const bytes = [1, 2, 4].map((count) => ({ sentBytes: count, receivedBytes: 10 * count }))
    const shards = bytes.map((network, index) => ({ ...counted(), shard: index + 1, of: 3, network }))
    expect(merged(shards).evidence.network).toEqual({ sentBytes: 7, receivedBytes: 70 })
    expect(merged(shards.toReversed()).evidence.network).toEqual({ sentBytes: 7, receivedBytes: 70 })
    const { network: _, ...silent } = shards[1]!
    const parts = [shards[0]!, silent, shards[2]!].map(mergeOf) as [Merge, Merge, Merge]
    for (const all of [join(join(parts[0], parts[1]), parts[2]), join(parts[0], join(parts[1], parts[2]))])
      expect(all.evidence).not.toHaveProperty('network')
  })

  it('adds up what each phase had', () => {
    const [one, two, three] = [1, 2, 3].map((shard) => ({ ...counted(), shard, of: 3 }))
    const row = (phase: string, requests: number) => ({
      phase,
      kind: 'normal' as const,
      groups: { api: { requests, dropped: 1 } },
      dropped: 2,
    })
    one!.byPhase = [row('step 2', 10), row('step 10', 20)]
    two!.byPhase = [row('step 10', 2)]
    three!.byPhase = [row('step 1', 1)]
    for (const order of [
      [one!, two!, three!],
      [three!, two!, one!],
      [two!, three!, one!],
    ])
      expect(order.map(mergeOf).reduce(join).evidence.byPhase).toEqual([
        row('step 1', 1),
        { ...row('step 10', 22), groups: { api: { requests: 22, dropped: 2 } }, dropped: 4 },
        row('step 2', 10),
      ])
  })

  it('is complete only when every shard is, and has no percentile in words of its own', () => {
    const shards = [1, 2].map((shard) => ({
      ...counted(),
      shard,
      of: 2,
      shown: { latency: 'k6: P95 41 ms' },
    }))
    expect(merged(shards).evidence).toMatchObject({ complete: true })
    expect(merged(shards).evidence.shown).toBeUndefined()
    for (const cut of [0, 1]) {
      const { evidence } = merged(shards.map((shard, index) => ({ ...shard, complete: index !== cut })))
      expect(evidence.complete).toBe(false)
    }
  })

  it('adds step counts up and keeps the largest percentile, which bounds that of all together', () => {
    const [one, two] = [
      { ...counted(), of: 2 },
      { ...counted(), shard: 2, of: 2 },
    ]
    two.steps = [
      { step: 'submit', requests: 10, failed: 1, refused: 2, p50: 20, p95: 30, p99: 200, max: 300 },
    ]
    expect(merged([one, two]).evidence.steps).toEqual([
      { step: 'submit', requests: 5010, failed: 1, refused: 2, p50: 20, p95: 40, p99: 200, max: 300 },
    ])
  })
})

describe('a merge that is not to be trusted', () => {
  const shard = (number: number, of = 2): ProcessEvidence => ({ ...counted(), shard: number, of })
  const reasonsOf = (...runs: ProcessEvidence[]): string => merged(runs).reasons.join('; ')
  it.each([
    ['missing', [shard(1)], 'shard 2 of 2 brought no evidence'],
    ['doubled', [shard(1), shard(2), shard(2)], 'shard 2 of 2 brought evidence 2 times'],
    ['cut off', [shard(1), { ...shard(2), complete: false }], 'shard 2 of 2 was cut off before its end'],
    ['of another plan', [shard(1), { ...shard(2), plan: 'other' }], 'shards differ in their plan'],
    [
      'of another run',
      [shard(1), { ...shard(2), run: 'run-2' }],
      'shards differ in their run: run-1 and run-2',
    ],
    ['of another count', [shard(1), shard(2, 3)], 'shards differ in their number of shards: 2 and 3'],
    ['out of range', [shard(1), shard(2), shard(3)], 'shard 3 does not exist: expected 1 to 2'],
    ['malformed', [{ ...shard(1), of: Number.NaN }], 'the number of shards is malformed'],
  ] as const)('%s', (_, runs, reason) => {
    expect(reasonsOf(...runs)).toContain(reason)
    const { evidence, reasons } = merged(runs)
    expect(judgeRun(inputOf(evidence, { mergeReasons: reasons })).verdict).toBe('INVALID')
  })

  it('holds evidence of two kinds for one rule, in any order', () => {
    const kinds: ProcessEvidence[] = [shard(1, 3), shard(2, 3), shard(3, 3)]
    kinds[1]!.rules['errors'] = { type: 'histogram', growth: 1.1, buckets: {} }
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const { evidence, reasons } = merged(order.map((index) => kinds[index]!))
      expect(reasons).toEqual(['errors: shards bring evidence of different types: counts and histogram'])
      expect(evidence.rules['errors']).toBeUndefined()
    }
  })

  it('holds histograms of different growth', () => {
    const kinds = [shard(1), shard(2)]
    for (const [index, one] of kinds.entries())
      one.rules['errors'] = { type: 'histogram', growth: [1.1, 1.2][index] ?? 0, buckets: {} }
    expect(reasonsOf(...kinds)).toBe('errors: shards bring histograms of different growth: 1.1 and 1.2')
  })

  it('is not a run of one shard that was interrupted', () => {
    expect(merged([{ ...counted(), complete: false }]).reasons).toEqual([])
  })
})

describe('evidence of each type', () => {
  const amount = fc.nat(1000)
  const block = fc.tuple(amount, amount)
  const wait = fc.record({
    from: amount,
    at: fc.option(fc.integer({ min: 1000, max: 3000 })),
    watchedUntil: fc.integer({ min: 3000, max: 4000 }),
  })
  const events = fc.record({ events: amount, exposure: amount })
  const buckets = fc
    .dictionary(fc.constantFrom('zero', '1', '-2'), amount)
    .map((all) => ({ growth: 1.1, buckets: all }))
  const sums = fc.tuple(fc.integer(), fc.integer())
  const kinds: Record<string, fc.Arbitrary<Evidence>> = {
    counts: fc
      .record({ n: amount, bad: amount, blocks: fc.dictionary(fc.constantFrom('1', '2', '3'), block) })
      .map((fields) => ({ type: 'counts', ...fields })),
    histogram: buckets.map((fields) => ({ type: 'histogram', ...fields })),
    moments: fc
      .record({ n: amount, sum: amount, seconds: fc.dictionary(fc.constantFrom('1', '2', '3'), block) })
      .map((fields) => ({ type: 'moments', ...fields })),
    units: fc
      .dictionary(fc.constantFrom('a', 'b'), fc.record({ quantity: amount, capacity: amount }))
      .map((units) => ({ type: 'units', units })),
    series: fc
      .array(block, { maxLength: 4 })
      .map((points) => ({ type: 'series', points: points.sort(([t, x], [u, y]) => t - u || x - y) })),
    account: fc
      .record({
        n: amount,
        bad: amount,
        account: fc.record(
          { promised: amount, unsure: amount, keys: fc.record({ open: sums, unsure: sums }) },
          { requiredKeys: ['promised', 'unsure'] },
        ),
      })
      .map((fields) => ({ type: 'counts', ...fields })),
    rate: events.map((fields) => ({ type: 'rate', ...fields })),
    'rate-pair': fc
      .record({ now: events, before: events })
      .map((fields) => ({ type: 'rate-pair', ...fields })),
    'histogram-pair': fc
      .record({ now: buckets, before: buckets })
      .map((fields) => ({ type: 'histogram-pair', ...fields })),
    event: wait.map((fields) => ({ type: 'event', ...fields })),
  }
  const both = (a: Evidence, b: Evidence): Evidence => {
    const sum = fold(a, b)
    if (typeof sum === 'string') throw new Error(sum)
    return sum
  }

  it.each(Object.entries(kinds))('%s adds up in any order and grouping', (_, kind) => {
    fc.assert(
      fc.property(kind, kind, kind, (a, b, c) => {
        expect(both(a, b)).toEqual(both(b, a))
        expect(both(both(a, b), c)).toEqual(both(a, both(b, c)))
      }),
    )
  })

  it('what one of them observed is observed', () => {
    const part = (...unobserved: string[]): Evidence => ({ type: 'counts', n: 1, bad: 0, unobserved })
    expect(fold(part('a', 'b'), part('b'))).toEqual({ type: 'counts', n: 2, bad: 0, unobserved: ['b'] })
    expect(fold(part('a'), part('b'))).toEqual({ type: 'counts', n: 2, bad: 0 })
  })

  it('of rates and pairs adds side by side, and of an account what was promised and what is unsure', () => {
    const counts: Evidence = { type: 'counts', n: 5, bad: 0, account: { promised: 7, unsure: 1 } }
    expect(both(counts, { type: 'counts', n: 3, bad: 1 })).toEqual({
      ...counts,
      n: 8,
      bad: 1,
    })
    expect(both(counts, counts)).toMatchObject({ account: { promised: 14, unsure: 2 } })
    const rate = { events: 5, exposure: 10 }
    expect(both({ type: 'rate', ...rate }, { type: 'rate', events: 1, exposure: 2 })).toEqual({
      type: 'rate',
      events: 6,
      exposure: 12,
    })
    const pair: Evidence = { type: 'rate-pair', now: rate, before: { events: 1, exposure: 1 } }
    expect(both(pair, pair)).toEqual({
      type: 'rate-pair',
      now: { events: 10, exposure: 20 },
      before: { events: 2, exposure: 2 },
    })
    const [now, before] = [
      { growth: 2, buckets: { 1: 1 } },
      { growth: 2, buckets: { zero: 2 } },
    ]
    expect(
      both({ type: 'histogram-pair', now, before }, { type: 'histogram-pair', now: before, before }),
    ).toEqual({
      type: 'histogram-pair',
      now: { growth: 2, buckets: { 1: 1, zero: 2 } },
      before: { growth: 2, buckets: { zero: 4 } },
    })
    const wide = { growth: 3, buckets: {} }
    expect(fold({ type: 'histogram-pair', now, before }, { type: 'histogram-pair', now, before: wide })).toBe(
      'shards bring histograms of different growth: 2 and 3',
    )
  })

  it('of event times keeps those that decide under any limit', () => {
    const seen = (at: number): Evidence => ({ type: 'event', from: 0, at, watchedUntil: at })
    const censored = (watchedUntil: number): Evidence => ({ type: 'event', from: 0, at: null, watchedUntil })
    const all = [seen(10), censored(5), seen(70), censored(20)].reduce(both)
    expect(all).toEqual({
      type: 'event',
      from: 0,
      at: null,
      watchedUntil: 20,
      other: { from: 0, at: 70, watchedUntil: 70 },
    })
  })
})
