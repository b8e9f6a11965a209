// Limits that are too fine for the generator: which are held against its lag, and what becomes of them.
import { describe, expect, it } from 'vitest'
import { errors, latency, ms, never, percent } from '../../../thresholds/limits.ts'
import type { Criterion, Rule } from '../../../verdict/criterion.ts'
import type { Counts, GeneratorEvidence, RunEvidence } from '../../../verdict/evidence.ts'
import { fineLags, fineLimits, tooFine } from '../../../verdict/fine-limits.ts'
import { fold } from '../../../verdict/evidence-sum.ts'
import { judgeRun } from '../../../verdict/judge.ts'
import { counted, healthy, inputOf, merged } from './verdict-run.ts'

const of = (...rules: Rule[]): Criterion => ({ text: 'text', source: 'test', rules })
const submit = (p: number, under: number): Rule =>
  latency({ p, under: ms(under), in: 'normal', of: 'submit' })
const counts = (n: number, bad: number): Counts => ({ type: 'counts', n, bad })

describe('fine limits', () => {
  it('are percentiles of which a fifth is less than every generator may lag', () => {
    const claimed = {
      fine: of(submit(99, 10), submit(50, 1)),
      same: of(submit(95, 10), submit(99, 124.9)),
      coarse: of(submit(99, 125)),
      other: of(
        errors({ under: percent(1), in: 'normal', of: 'submit' }),
        ...never({ what: 'too late', of: 'wait', in: 'normal', floor: 1, over: ms(5) }),
      ),
    }
    // And 5 ms, for what is far over those of 1 and 10 ms.
    expect(fineLags(claimed)).toEqual([0.2, 2, 5, 124.9 / 5])
    expect(fineLags({ one: claimed.coarse, two: of(submit(95, 50)) })).toEqual([10])
  })

  it.each([
    [50, 1, 600, false],
    [50, 1, 601, true],
    [95, 10, 60, false],
    [95, 10, 61, true],
    [99, 10, 12, false],
    [99, 10, 13, true],
  ])(
    'P%d < %d ms with %d of 1,200 probes over a fifth of it: too fine is %s',
    (p, under, late, isTooFine) => {
      const lag = { n: 1200, over: 0, p99Ms: 3, fine: { [under / 5]: late } }
      const claimed = { one: of(submit(p, under)) }
      expect(fineLimits(claimed, lag)).toEqual([
        { limit_ms: under, percentile: p, probes: 1200, late, too_fine: isTooFine },
      ])
      expect(tooFine(claimed, lag).size).toBe(isTooFine ? 1 : 0)
    },
  )

  it('are not held against a lag that nobody counted for them', () => {
    const claimed = { one: of(submit(99, 1)) }
    expect(fineLimits(claimed, { n: 1200, over: 0, p99Ms: 20 })).toEqual([])
    expect(tooFine(claimed, { n: 1200, over: 0, p99Ms: 20, fine: { 2: 1200 } }).size).toBe(0)
  })
})

const claimed = {
  fine: of(submit(95, 10)),
  coarse: of(submit(95, 500)),
  seen: of(latency({ p: 95, under: ms(10), in: 'normal', of: 'wait' })),
}
const coarse: Partial<GeneratorEvidence> = { lag: { n: 1200, over: 0, p99Ms: 6, fine: { 2: 100 } } }

function judged(rules: RunEvidence['rules'], generator: Partial<GeneratorEvidence> = coarse) {
  const evidence = healthy()
  Object.assign(evidence, { rules, generator: { ...evidence.generator, ...generator } })
  return judgeRun(inputOf(evidence, { claimed, required: [] }))
}
const statusesOf = ({ criteria }: ReturnType<typeof judged>) => criteria.map(({ status }) => status)

describe('a limit that is too fine for the generator', () => {
  const lagging = (late: number): Partial<GeneratorEvidence> => ({
    lag: { n: 1200, over: 0, p99Ms: 6, fine: { 2: 100, 5: late } },
  })
  const broken = (far: number, late: number) =>
    judged({ fine: { ...counts(5000, 1000), far }, coarse: counts(5000, 0) }, lagging(late)).criteria[0]!

  it.each([
    [600, 12, 'FAIL'],
    [600, 100, 'INVALID'],
    [300, 12, 'INVALID'],
    [0, 0, 'INVALID'],
  ])('and %d of 5,000 far over it, with %d of 1,200 probes as late: %s', (far, late, status) => {
    const { status: found, reason } = broken(far, late)
    expect(found).toBe(status)
    if (status === 'FAIL')
      expect(reason).toMatch(/^at least .* % took 15 ms or longer, 5 ms more than the limit/)
  })

  it('adds up what was far over it, over the parts of a run', () => {
    expect(fold({ ...counts(10, 3), far: 2 }, { ...counts(10, 1), far: 1 })).toMatchObject({ bad: 4, far: 3 })
    expect(fold(counts(10, 3), counts(10, 1))).not.toHaveProperty('far')
  })

  it('is INVALID where it was broken, with the reason', () => {
    const verdict = judged({ fine: counts(5000, 1000), coarse: counts(5000, 0), seen: counts(5000, 1000) })
    expect(statusesOf(verdict)).toEqual(['INVALID', 'PASS', 'INVALID'])
    expect([verdict.verdict, verdict.line]).toEqual(['INVALID', 'INVALID 2 of 3: fine, seen'])
    expect(verdict.criteria[0]!.reason).toBe(
      'the limit of 10 ms is too fine for this generator: its own lag was over 2 ms, a fifth of it, in 8.333 % of 1,200 probes, ' +
        'where P95 allows 5 % (measured: at least 19.07 %, allowed 5 %; treated as independent, ' +
        'because the times of the single observations are not known)',
    )
    expect(verdict.generator.fine_limits).toEqual([
      { limit_ms: 10, percentile: 95, probes: 1200, late: 100, too_fine: true },
    ])
  })

  it('is INVALID where it is open, and open where nothing was measured', () => {
    const some = { coarse: counts(5000, 0), seen: counts(5000, 1000) }
    expect(statusesOf(judged({ fine: counts(5000, 250), ...some }))[0]).toBe('INVALID')
    expect(statusesOf(judged(some))[0]).toBe('UNDECIDED')
  })

  it('is PASS where requests held it, because the lag makes them longer, and not where actors saw both ends of a time', () => {
    const verdict = judged({ fine: counts(5000, 0), coarse: counts(5000, 0), seen: counts(5000, 0) })
    expect(statusesOf(verdict)).toEqual(['PASS', 'PASS', 'INVALID'])
  })

  it('leaves a FAIL beside it what it is', () => {
    const verdict = judged({ fine: counts(5000, 1000), coarse: counts(5000, 1000), seen: counts(5000, 0) })
    expect(statusesOf(verdict)).toEqual(['INVALID', 'FAIL', 'INVALID'])
    expect([verdict.verdict, verdict.line]).toEqual(['FAIL', 'FAIL 1 of 3: coarse'])
  })

  it('is judged as ever in simulated time, by a good generator, and by the evidence of earlier versions', () => {
    const broken = { fine: counts(5000, 1000), coarse: counts(5000, 0), seen: counts(5000, 0) }
    const expected = ['FAIL', 'PASS', 'PASS']
    const virtual = Object.fromEntries(
      Object.entries(broken).map(([key, found]) => [key, { ...found, clock: 'virtual' as const }]),
    )
    expect(statusesOf(judged(virtual))).toEqual(expected)
    expect(statusesOf(judged(broken, { lag: { n: 1200, over: 0, p99Ms: 6, fine: { 2: 60 } } }))).toEqual(
      expected,
    )
    expect(statusesOf(judged(broken, {}))).toEqual(expected)
  })
})

describe('over several processes', () => {
  const part = (shard: number, lag: GeneratorEvidence['lag'], of = 2) => {
    const evidence = counted()
    return { ...evidence, shard, of, generator: { ...evidence.generator, lag } }
  }

  it('the probes of all are counted together', () => {
    const { evidence } = merged([
      part(1, { n: 1200, over: 1, p50Ms: 0.4, p95Ms: 3, p99Ms: 6, fine: { 2: 100, 0.2: 1000 } }),
      part(2, { n: 800, over: 0, p50Ms: 0.6, p95Ms: 1, p99Ms: 2, fine: { 0.2: 10, 2: 0 } }),
    ])
    expect(evidence.generator.lag).toEqual({
      n: 2000,
      over: 1,
      p50Ms: 0.6,
      p95Ms: 3,
      p99Ms: 6,
      fine: { 0.2: 1010, 2: 100 },
    })
  })

  it('nothing is said of a limit that one of them did not count for', () => {
    const old = part(2, { n: 800, over: 0, p99Ms: 2 })
    const { evidence } = merged([part(1, { n: 1200, over: 1, p50Ms: 0.4, p99Ms: 6, fine: { 2: 100 } }), old])
    expect(evidence.generator.lag).toEqual({ n: 2000, over: 1, p99Ms: 6 })
  })
})

it('figures that make no sense are not trusted', () => {
  const verdict = judged(
    { coarse: counts(5000, 0) },
    { lag: { n: 1200, over: 0, p99Ms: 6, fine: { 2: NaN } } },
  )
  expect(verdict.reasons.join()).toContain('malformed')
})
