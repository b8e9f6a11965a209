// verdict.json of every version, read as one of today's.
import { describe, expect, test } from 'vitest'
import { verdictOf } from '../../../lib/any-script/judged.ts'
import { criteria, latency } from '../../../thresholds/limits.ts'
import { judgeRun } from '../../../verdict/judge.ts'
import { laws } from '../../../verdict/oracles/ledger/check.ts'
import { verdictIn } from '../../../verdict/read-verdict.ts'
import { severity, worst } from '../../../verdict/severity.ts'
import { rampCriteria, rampPhases } from '../../fixtures/report/ramp-fixture.ts'
import { healthy, inputOf } from './verdict-run.ts'

const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const today = () =>
  judgeRun(inputOf({ ...healthy(), byPhase: rampPhases() }, { claimed: rampCriteria, required: [] }))

/** As schema 1 had the same run. */
function first(): Record<string, unknown> {
  const { unit: _, capacity, ...same } = today()
  const ofWorkers = <T extends { level: number }>({ level, ...rest }: T) => ({ ...rest, workers: level })
  const { steps, usl, goodput, ...rest } = capacity!
  const { overloadLevel, ...good } = goodput!
  return {
    ...same,
    schema: 1,
    capacity: {
      ...rest,
      steps: steps.map(ofWorkers),
      usl: { ...usl!, knee: ofWorkers(usl!.knee!), curve: usl!.curve.map(ofWorkers) },
      goodput: { ...good, overloadWorkers: overloadLevel },
    },
  }
}

describe('a verdict', () => {
  test('of today is read as it is', () => {
    expect(verdictIn(stored(today()))).toEqual(stored(today()))
  })

  test('of schema 1 says the same of a ramp in the words of today', () => {
    expect(today().capacity?.usl?.knee).not.toBeNull()
    expect(verdictIn(stored(first()))).toEqual(stored(today()))
  })

  test('of schema 1 has its payments among the findings, and its payout times among the times', () => {
    const times = { n: 3, p50: 1, p95: 2, p99: 3, max: 4 }
    const none = Object.fromEntries(Object.keys(laws).map((law) => [law, { checks: 7, violations: 0 }]))
    const payouts = { asked: 3, accepted: 2, rejected: 1, unknown: 0, confirmed: 2, failed: 0, pending: 0 }
    const money = {
      earned: '100',
      fees: '5',
      remainders: '0.0',
      paid: '90',
      pending: '0',
      transferred: '90',
      payouts: { ...payouts, byService: 1 },
    }
    const payments = { laws: none, violations: [], unresolved: 1, undecided: ['why'], money, times }
    const read = verdictIn(stored({ ...first(), payments }))
    if (typeof read === 'string') throw new Error(read)
    expect(read.times).toEqual({ 'payout-time': times })
    const ledger = read.findings!['ledger']!
    expect(ledger).toMatchObject({ title: 'Payments', unresolved: 1, undecided: ['why'] })
    expect(ledger.laws['once']).toEqual({ says: laws.once, checks: 7, violations: 0 })
    const shown = Object.fromEntries(ledger.figures.map((figure) => [figure.name, figure.shown]))
    expect(shown).toMatchObject({ 'paid-nanoton': '0.000000090 TON', asked: '3', 'by-service': '1' })
    expect(read).not.toHaveProperty('payments')
  })

  const ofScript = () =>
    verdictOf(
      criteria('', { fast: ['fast', latency({ p: 95, under: 300, of: 'home', in: 'normal' })] }),
      { metrics: {}, state: { testRunDurationMs: 1000 } },
      { unjudged: [], missing: [], crossed: [] },
      5000,
    )

  test("of somebody's script has every field that others have", () => {
    expect(Object.keys(ofScript()).toSorted()).toEqual(
      expect.arrayContaining(Object.keys(judgeRun(inputOf(healthy()))).filter((name) => name !== 'machine')),
    )
    expect(verdictIn(stored(ofScript()))).toEqual(stored(ofScript()))
  })

  test("of somebody's script of schema 1, which had a part of them, is read like any other", () => {
    const { started, seconds, verdict, line, reasons, criteria: judged } = ofScript()
    const few = judged.map(({ source: _, phase: __, witness: ___, ...one }) => one)
    const read = verdictIn(stored({ schema: 1, started, seconds, verdict, line, reasons, criteria: few }))
    expect(read).toMatchObject({ schema: 2, case: 'script', verdict: 'UNDECIDED', unit: '', faults: [] })
  })

  test.each([
    [null, 'it is null'],
    ['PASS', 'it is string'],
    [{ schema: 3 }, 'its schema is 3'],
    [{ ...first(), verdict: 'GREEN' }, 'its verdict is "GREEN"'],
    [{ ...first(), capacity: 7 }, 'its field capacity is no object'],
    [{ ...first(), criteria: [{ status: 'ODD' }] }, 'a criterion has no known status'],
  ])('that is none says why: %j', (value, why) => {
    expect(verdictIn(value)).toContain(why)
  })
})

describe('severity', () => {
  test('has one order, in which a FAIL that bad circumstances may have caused is below INVALID', () => {
    const order = [
      severity('PASS'),
      severity('UNDECIDED'),
      severity('FAIL', true),
      severity('INVALID'),
      severity('FAIL'),
    ]
    expect(order).toEqual([...new Set(order)].toSorted((a, b) => a - b))
  })

  test('decides for several, and of none nothing was shown', () => {
    expect(worst(['PASS', 'INVALID', 'UNDECIDED'])).toBe('INVALID')
    expect(worst(['INVALID', 'FAIL'])).toBe('FAIL')
    expect(worst([])).toBe('UNDECIDED')
  })
})
