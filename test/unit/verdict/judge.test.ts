import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Criterion } from '../../../verdict/criterion.ts'
import type { EventTime, Evidence, GeneratorEvidence, RunEvidence } from '../../../verdict/evidence.ts'
import { judgeRun, type JudgeInput } from '../../../verdict/judge.ts'
import type { CriterionVerdict, Status } from '../../../verdict/verdict.ts'
import { begin, counts, criteria, healthy, inputOf, someFault, unitsOf } from './verdict-run.ts'

/** The verdict of one criterion of the healthy run, with some of its evidence replaced. */
function judged(
  id: keyof typeof criteria,
  rules: Record<string, Evidence>,
  other: Partial<JudgeInput> = {},
): CriterionVerdict {
  const evidence = healthy()
  Object.assign(evidence.rules, rules)
  const found = judgeRun(inputOf(evidence, other)).criteria.find((criterion) => criterion.id === id)
  if (found === undefined) throw new Error(`no verdict on ${id}`)
  return found
}

const event = (seconds: number, seen: boolean): EventTime => ({
  type: 'event',
  from: 0,
  at: seen ? seconds * 1000 : null,
  watchedUntil: seconds * 1000,
})

describe('a run in which everything holds', () => {
  const verdict = judgeRun(inputOf(healthy()))

  it('is PASS, criterion by criterion and as a whole', () => {
    expect(verdict.criteria.map(({ id, status }) => [id, status])).toEqual(
      Object.keys(criteria).map((id) => [id, 'PASS']),
    )
    expect(verdict.verdict).toBe('PASS')
    expect(verdict.line).toBe('PASS 5 of 5')
    expect(verdict.reasons).toEqual([])
  })

  it('renders limits from the rules, and counts what was not claimed in its line', () => {
    expect(verdict.criteria.map(({ limit }) => limit)).toEqual([
      'failed < 0.1 %',
      'P95 < 500 ms',
      'never: a task waited over 30 s; never: a task never ended',
      'Gini < 0.2',
      'queue-length back to normal within 60 s',
    ])
    const other = judgeRun(inputOf(healthy(), { notClaimed: [{ id: 'x', why: 'too little load' }] }))
    expect(other.line).toBe('PASS 5 of 6 (1 not claimed)')
  })
})

describe('share', () => {
  it.each([
    [2995, 0, 'PASS'],
    [2994, 0, 'UNDECIDED'],
    [5000, 100, 'FAIL'],
    [5000, 5, 'UNDECIDED'],
    [0, 0, 'UNDECIDED'],
  ] as const)('%d observed, %d bad, at most 0.1 %% allowed: %s', (n, bad, status) => {
    const verdict = judged('errors', { errors: counts(n, bad) })
    expect(verdict.status).toBe(status)
    expect(verdict.samples).toBe(n)
    if (status === 'UNDECIDED') expect(verdict.needed).toBeGreaterThan(n)
    else expect(verdict.needed).toBe(0)
  })

  it('says that nothing was observed, and gives no number for it', () => {
    const nothing = { observed: 'nothing', observed_value: null, samples: 0, needed: 2995, interval: null }
    expect(judged('errors', { errors: counts(0, 0) })).toMatchObject(nothing)
    expect(judgeRun(inputOf({ ...healthy(), rules: {} })).criteria[0]).toMatchObject(nothing)
  })

  it('needs 59 good ones for P95 and 299 for P99', () => {
    expect(judged('latency', { latency: counts(59, 0) }).status).toBe('PASS')
    expect(judged('latency', { latency: counts(58, 0) })).toMatchObject({ status: 'UNDECIDED', needed: 59 })
    const p99: Criterion = {
      ...criteria.latency,
      rules: [{ ...criteria.latency.rules[0]!, judge: 'share', limit: 0.01 } as never],
    }
    const at = (n: number): Status | undefined =>
      judgeRun(inputOf({ ...healthy(), rules: { p99: counts(n, 0) } }, { claimed: { p99 }, required: [] }))
        .criteria[0]?.status
    expect([at(299), at(298)]).toEqual(['PASS', 'UNDECIDED'])
  })

  it('does not take one stall for proof: the same count is FAIL spread out and UNDECIDED in one second', () => {
    const spread = counts(5000, 15)
    const stall = counts(5000, 0)
    stall.bad = 15
    stall.blocks![begin + 30]![1] = 15
    expect(judged('errors', { errors: spread }).status).toBe('FAIL')
    const verdict = judged('errors', { errors: stall })
    expect(verdict.status).toBe('UNDECIDED')
    expect(verdict.reason).toContain('design effect')
  })

  it('says so when the seconds are not known', () => {
    expect(judged('errors', { errors: { type: 'counts', n: 5000, bad: 0 } }).reason).toContain(
      'times of the single observations are not known',
    )
  })

  it('shows the percentile of k6 beside what was judged', () => {
    const evidence: RunEvidence = { ...healthy(), shown: { latency: 'k6: P95 41 ms' } }
    expect(judgeRun(inputOf(evidence)).criteria[1]?.observed).toBe(
      '0.4 % over 500 ms or failed (20 of 5,000); k6: P95 41 ms',
    )
  })
})

describe('never', () => {
  it('fails on the first violation, however few were observed, and names it with a witness', () => {
    const evidence = healthy()
    evidence.rules['starvation#1'] = counts(3, 1)
    const operation = {
      step: 'status',
      status: 200,
      ms: 1,
      correlationId: 'c',
      phase: 'steady',
      rules: ['starvation#1'],
    }
    const times = [
      begin * 1000 + 300,
      begin * 1000 + 100,
      ...Array.from({ length: 12 }, (_, index) => begin * 1000 + 400 + index),
    ]
    evidence.bad = times.map((t) => ({ ...operation, t }))
    evidence.bad.push({ ...operation, t: begin * 1000 + 1, rules: ['latency'] })
    const verdict = judgeRun(inputOf(evidence))
    const found = verdict.criteria.find(({ id }) => id === 'starvation')
    expect(found).toMatchObject({
      status: 'FAIL',
      reason: 'a task never ended: 1 of 3 observed',
      observed_value: 1,
    })
    expect(found?.witness?.first).toBe(begin * 1000 + 100)
    expect(found?.witness?.operations).toHaveLength(10)
    expect(found?.witness?.operations[0]?.t).toBe(begin * 1000 + 100)
    expect(found?.witness?.perMinute).toEqual({ '2023-11-14T22:13Z': 1 })
    expect(found?.witness?.repeat).toBe('./assay run')
    expect(verdict.line).toBe('FAIL 1 of 5: starvation')
  })

  it('passes only from its floor on', () => {
    expect(judged('starvation', { starvation: counts(99, 0) })).toMatchObject({
      status: 'UNDECIDED',
      needed: 100,
    })
    expect(judged('starvation', { starvation: counts(100, 0) }).status).toBe('PASS')
  })
})

describe('gini', () => {
  it('fails on a favourite, names it, and shows what a fair draw would give', () => {
    const verdict = judged('fairness', { fairness: unitsOf([900, 60, 70, 65, 60, 70, 65, 60, 70, 65]) })
    expect(verdict.status).toBe('FAIL')
    expect(verdict.reason).toContain('worker-0 got 606.1 % of its share')
    expect(verdict.observed).toMatch(/^Gini 0\.5\d+ over 10 units \(a fair draw would show 0\.04/)
    expect(verdict.witness).toMatchObject({ first: begin * 1000, operations: [] })
  })

  it('is undecided below its items per unit, and with nothing to compare', () => {
    const few = judged('fairness', { fairness: unitsOf(Array(10).fill(19)) })
    expect(few).toMatchObject({
      status: 'UNDECIDED',
      needed: 200,
      reason: expect.stringContaining('19 per unit') as string,
    })
    expect(judged('fairness', { fairness: unitsOf([500]) }).status).toBe('UNDECIDED')
    expect(judged('fairness', { fairness: unitsOf([0, 0, 0]) }).status).toBe('UNDECIDED')
  })

  it('is undecided where chance alone could explain what was seen', () => {
    const verdict = judged('fairness', { fairness: unitsOf([60, 12, 16, 20, 14, 18, 15, 17, 19, 13]) })
    expect(verdict.status).toBe('UNDECIDED')
    expect(verdict.needed).toBeGreaterThan(204)
  })
})

describe('recovery', () => {
  it.each([
    [20, true, 'PASS', 'back after 20 s'],
    [60, true, 'PASS', 'back after 60 s'],
    [61, true, 'FAIL', 'back after 61 s, allowed 60 s'],
    [60, false, 'FAIL', 'not back within the 60 s watched, allowed 60 s'],
    [59, false, 'UNDECIDED', 'too short'],
  ] as const)('%d s, seen %s: %s', (seconds, seen, status, reason) => {
    const verdict = judged('recovery', { recovery: event(seconds, seen) })
    expect(verdict.status).toBe(status)
    expect(verdict.reason).toContain(reason)
  })

  it('judges the worse of two waits that a merge kept', () => {
    const other = { from: 0, at: 70_000, watchedUntil: 70_000 }
    expect(judged('recovery', { recovery: { ...event(10, false), other } }).status).toBe('FAIL')
    expect(
      judged('recovery', { recovery: { ...event(10, false), other: { ...other, at: 20_000 } } }).status,
    ).toBe('UNDECIDED')
  })
})

describe('evidence that contradicts itself is INVALID', () => {
  it.each([
    ['more bad ones than observations', { errors: { type: 'counts', n: 1, bad: 2 } }],
    ['no number', { errors: { type: 'counts', n: Number.NaN, bad: 0 } }],
    ['another type', { errors: { type: 'moments', n: 1, sum: 1, seconds: {} } }],
  ] as const)('%s', (_, rules) => {
    const verdict = judged('errors', rules as never)
    expect(verdict.status).toBe('INVALID')
    expect(verdict.reason).toContain('contradicts itself')
  })
})

describe("the generator's own faults", () => {
  const faulty = (generator: Partial<GeneratorEvidence>): RunEvidence => {
    const evidence = healthy()
    return { ...evidence, generator: { ...evidence.generator, ...generator } }
  }
  it.each([
    [
      'lag by its percentile',
      { lag: { n: 1000, over: 5, p99Ms: 25.1 } },
      'scheduling lag P99 is 25.1 ms, over 25 ms',
    ],
    ['lag by its count', { lag: { n: 1000, over: 11, p99Ms: 24 } }, '11 of 1,000 probes'],
    ['no lag measured', { lag: { n: 0, over: 0, p99Ms: 0 } }, 'measured no scheduling lag'],
    ['at fault itself', { exceptions: 2 }, "the scenario's own code threw 2 times"],
    ['starved of CPU', { cpu: { cores: 1, waitShare: 0.91 } }, 'waited for a core for 91 %'],
    ['load below plan', { started: 4900, dropped: 49 }, 'offered 4,949 of 5,000 planned arrivals'],
    ['malformed', { started: Number.NaN }, 'malformed'],
  ] as const)('%s makes load and latency INVALID, PASS or FAIL alike', (_, generator, reason) => {
    const evidence = faulty(generator)
    evidence.rules['latency'] = counts(5000, 2000)
    const verdict = judgeRun(inputOf(evidence))
    expect(verdict.verdict).toBe('INVALID')
    expect(verdict.reasons.join()).toContain(reason)
    expect(verdict.line).toContain(reason)
    expect(verdict.criteria.map(({ status }) => status)).toEqual([
      'INVALID',
      'INVALID',
      'PASS',
      'INVALID',
      'INVALID',
    ])
    expect(verdict.criteria[1]?.reason).toContain('measured: at least 38')
  })

  it('does not excuse a broken correctness rule', () => {
    const evidence = faulty({ lag: { n: 1000, over: 500, p99Ms: 200 } })
    evidence.rules['starvation'] = counts(1500, 1)
    const verdict = judgeRun(inputOf(evidence))
    expect(verdict.verdict).toBe('FAIL')
    expect(verdict.line).toBe('FAIL 1 of 5: starvation')
  })

  it('leaves a run that judged correctness alone without its PASS: the load was not what was promised', () => {
    const claimed = { starvation: criteria.starvation }
    const verdict = judgeRun(inputOf(faulty({ started: 100 }), { claimed, required: [] }))
    expect(verdict.criteria[0]?.status).toBe('PASS')
    expect(verdict.verdict).toBe('INVALID')
  })

  it('is not seen in drops that belong to the system, nor at the edges of its limits', () => {
    expect(judgeRun(inputOf(faulty({ started: 3000, dropped: 2000 }))).verdict).toBe('PASS')
    const edge = { lag: { n: 1000, over: 10, p99Ms: 25 }, started: 4950, cpu: { cores: 1, waitShare: 0.9 } }
    expect(judgeRun(inputOf(faulty(edge))).verdict).toBe('PASS')
    expect(judgeRun(inputOf(faulty({ cpu: null }))).verdict).toBe('PASS')
  })
})

describe('a run that cannot be PASS', () => {
  it('claimed nothing', () => {
    const verdict = judgeRun(inputOf(healthy(), { claimed: {}, required: [] }))
    expect(verdict.verdict).toBe('UNDECIDED')
    expect(verdict.line).toBe('UNDECIDED 0 of 0: no criterion was claimed, so nothing was judged')
  })

  it('did not claim a required criterion', () => {
    const { errors: _, ...claimed } = criteria
    const verdict = judgeRun(
      inputOf(healthy(), { claimed, notClaimed: [{ id: 'errors', why: 'too few samples' }] }),
    )
    expect(verdict.verdict).toBe('UNDECIDED')
    expect(verdict.reasons).toEqual(['the required criterion errors was not claimed: too few samples'])
  })

  it('was interrupted: what held is undecided, what broke stays broken', () => {
    const evidence = { ...healthy(), complete: false }
    evidence.generator.started = 2000
    const verdict = judgeRun(inputOf(evidence, { interrupted: 'Ctrl-C' }))
    expect(verdict.verdict).toBe('UNDECIDED')
    expect(
      verdict.criteria.every(({ status, reason }) => status === 'UNDECIDED' && reason.includes('Ctrl-C')),
    ).toBe(true)
    evidence.rules['errors'] = counts(2000, 200)
    expect(judgeRun(inputOf(evidence, { interrupted: 'Ctrl-C' }))).toMatchObject({
      verdict: 'FAIL',
      line: 'FAIL 1 of 5: errors',
    })
  })

  it('was cut off without anyone saying so', () => {
    expect(judgeRun(inputOf({ ...healthy(), complete: false })).verdict).toBe('UNDECIDED')
  })

  it('was merged from shards that do not make a whole', () => {
    const verdict = judgeRun(inputOf(healthy(), { mergeReasons: ['shard 2 of 2 brought no evidence'] }))
    expect(verdict.criteria.every(({ status }) => status === 'INVALID')).toBe(true)
    expect(verdict.line).toBe('INVALID 5 of 5: shard 2 of 2 brought no evidence')
    const broken = healthy()
    broken.rules['starvation'] = counts(1500, 1)
    const other = judgeRun(inputOf(broken, { mergeReasons: ['shard 2 of 2 brought no evidence'] }))
    expect(other.line).toBe('FAIL 1 of 5: starvation')
  })

  it('had a fault that did not heal, or did not bite', () => {
    const fault = { ...someFault, id: 'kill', target: 'gateway', bite: true, healed: false }
    expect(judgeRun(inputOf(healthy(), { faults: [fault] }))).toMatchObject({
      verdict: 'FAIL',
      line: 'FAIL 0 of 5: the fault kill did not heal',
    })
    const recovery: Criterion = {
      ...criteria.recovery,
      rules: [{ ...criteria.recovery.rules[0]!, judge: 'recovery', after: 'fault' } as never],
    }
    const unproven = { ...fault, healed: true, bite: false }
    const verdict = judgeRun(inputOf(healthy(), { claimed: { ...criteria, recovery }, faults: [unproven] }))
    expect(verdict.line).toBe('UNDECIDED 1 of 5: recovery')
    expect(verdict.criteria.at(-1)?.reason).toContain('no proof that the fault took effect: kill')
    const refused = { ...unproven, problem: 'there is no stress-ng' }
    const other = judgeRun(inputOf(healthy(), { claimed: { ...criteria, recovery }, faults: [refused] }))
    expect(other.criteria.at(-1)?.reason).toContain('kill (there is no stress-ng)')
  })

  it('is refused with a criterion that has no rule', () => {
    expect(() =>
      judgeRun(inputOf(healthy(), { claimed: { x: { text: '', source: '', rules: [] } } })),
    ).toThrow('"x": expected at least one rule')
  })
})

describe('properties', () => {
  const badness = fc.record({ errors: fc.nat(40), latency: fc.nat(600), waits: fc.nat(2) })
  const order: Record<Status, number> = { PASS: 0, UNDECIDED: 1, FAIL: 2, INVALID: 3 }

  it('no evidence at all is never PASS, whatever is claimed', () => {
    const some = fc.subarray(Object.keys(criteria) as (keyof typeof criteria)[])
    fc.assert(
      fc.property(some, fc.boolean(), (ids, empty) => {
        const claimed = Object.fromEntries(ids.map((id) => [id, criteria[id]]))
        const nothing: Record<string, Evidence> = {
          errors: counts(0, 0),
          latency: counts(0, 0),
          starvation: counts(0, 0),
          fairness: unitsOf([]),
        }
        const verdict = judgeRun(
          inputOf({ ...healthy(), rules: empty ? {} : nothing }, { claimed, required: [] }),
        )
        expect(verdict.verdict).not.toBe('PASS')
        expect(verdict.criteria.some(({ status }) => status === 'PASS')).toBe(false)
      }),
    )
  })

  it('more bad observations never improve a verdict', () => {
    fc.assert(
      fc.property(badness, badness, (a, b) => {
        const status = (errors: number, latency: number, waits: number): Status => {
          const rules = {
            ...healthy().rules,
            errors: counts(5000, errors),
            latency: counts(5000, latency),
            starvation: counts(1500, waits),
          }
          // Without their seconds: a design effect may fall when bad ones are added between the runs of others.
          for (const found of Object.values(rules)) if (found.type === 'counts') delete found.blocks
          return judgeRun(inputOf({ ...healthy(), rules })).verdict
        }
        const fewer = status(a.errors, a.latency, a.waits)
        const more = status(a.errors + b.errors, a.latency + b.latency, a.waits + b.waits)
        expect(order[more]).toBeGreaterThanOrEqual(order[fewer])
      }),
    )
  })

  it('a looser limit never worsens a criterion', () => {
    const limit = fc.double({ min: 0.0005, max: 0.3, noNaN: true })
    fc.assert(
      fc.property(fc.nat(400), limit, limit, (bad, one, two) => {
        const status = (at: number): Status | undefined => {
          const claimed: Record<string, Criterion> = {
            errors: { ...criteria.errors, rules: [{ judge: 'share', of: [], in: ['normal'], limit: at }] },
          }
          return judgeRun(inputOf({ ...healthy(), rules: { errors: counts(5000, bad) } }, { claimed }))
            .criteria[0]?.status
        }
        expect(order[status(Math.max(one, two)) ?? 'INVALID']).toBeLessThanOrEqual(
          order[status(Math.min(one, two)) ?? 'PASS'],
        )
      }),
    )
  })
})

it('judges an hour of one-second blocks and a thousand workers in well under a second', () => {
  const evidence = healthy()
  const claimed: Record<string, Criterion> = {}
  for (let index = 0; index < 10; index++) {
    const blocks = Object.fromEntries(
      Array.from({ length: 3600 }, (_, second) => [
        begin + second,
        [100, (second * (index + 3)) % 11 === 0 ? 2 : 0],
      ]),
    )
    evidence.rules[`share-${index}`] = { type: 'counts', n: 360_000, bad: 660, blocks: blocks as never }
    claimed[`share-${index}`] = criteria.latency
  }
  judgeRun(inputOf(evidence, { claimed }))
  const before = performance.now()
  const verdict = judgeRun(inputOf(evidence, { claimed }))
  const shares = performance.now() - before
  expect(verdict.criteria).toHaveLength(10)
  evidence.rules['fairness'] = unitsOf(Array.from({ length: 1000 }, (_, index) => 140 + (index % 20)))
  const again = performance.now()
  judgeRun(inputOf(evidence, { claimed: { fairness: criteria.fairness } }))
  const fairness = performance.now() - again
  console.info(
    `10 share rules of 3,600 seconds: ${shares.toFixed(0)} ms; 1,000 units: ${fairness.toFixed(0)} ms`,
  )
  // Far above what it takes, as other tests may hold the cores.
  expect(shares + fairness).toBeLessThan(1000)
})
