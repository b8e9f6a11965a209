// Which cases CASE=ALL runs: those that can be run as the variables say, and nothing breaks off the row of them.
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../../../lib/plan/plan.ts'
import type { Variables } from '../../../../lib/input/variables.ts'
import { selections } from '../../../../scripts/run/plans.ts'
import type { Manifest } from '../../../../scripts/run/plans.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import { defaultSystem } from '../../../../systems/default.ts'

const plansOf = (scenario: string, id: string, ...profiles: string[]): Plan[] =>
  profiles.map((profile) => ({ scenario, system: id.split('/')[0], case: id, profile }) as Plan)

const other = `${defaultSystem}-two`
const bundle = (...plans: Plan[]) => ({ bundle: '', bytes: 0, plans })
const manifest: Manifest = {
  variables: {},
  scenarios: {
    baseline: bundle(
      ...plansOf('baseline', `${defaultSystem}/S1`, 'smoke', 'kill', 'full'),
      ...plansOf('baseline', `${other}/S1`, 'smoke', 'kill'),
    ),
    soak: bundle(...plansOf('soak', `${defaultSystem}/S5`, 'full')),
    chaos: bundle(...plansOf('chaos', 'bare/F1', 'smoke', 'kill')),
  },
  oracles: [],
  data: [],
  testbeds: [defaultSystem, other],
}

function chosen(variables: Variables): { cases: (string | undefined)[]; said: string[] } {
  const said: string[] = []
  const all = selections(manifest, { CASE: 'ALL', ...variables }, (line) => said.push(line))
  return { cases: all.map(({ CASE: id }) => id), said }
}

const noTestbed = 'left out, without a testbed, and no TARGET= or BASE_URL= is given: bare/F1'

describe('CASE=ALL', () => {
  test.each([
    [{ PROFILE: 'kill' }, [`${defaultSystem}/S1`, `${other}/S1`], [`"kill": ${defaultSystem}/S5`]],
    [{}, [`${defaultSystem}/S1`, `${other}/S1`], [`"smoke": ${defaultSystem}/S5`]],
    [{ PROFILE: 'full' }, [`${defaultSystem}/S1`, `${defaultSystem}/S5`], [`"full": ${other}/S1`]],
  ])('leaves out the cases that do not have the profile, and says which: %j', (variables, cases, left) => {
    expect(chosen(variables)).toEqual({
      cases,
      said: [noTestbed, ...left.map((words) => `left out, without the profile ${words}`)],
    })
  })

  test('keeps the variables, and gives each run its scenario', () => {
    const variables: Variables = { CASE: 'ALL', SYSTEM: other, PROFILE: 'kill', SEED: 3 }
    expect(selections(manifest, variables)).toEqual([
      { CASE: `${other}/S1`, SCENARIO: 'baseline', PROFILE: 'kill', SEED: 3 },
    ])
  })

  test.each([
    [
      { SYSTEM: other, PROFILE: 'weekly' },
      `no case can be run: left out, without the profile "weekly": ${other}/S1`,
    ],
    [{ SYSTEM: 'bare' }, `no case can be run: ${noTestbed}`],
    [{ PROFILE: 'smok' }, 'unknown profile "smok"; valid: smoke, '],
    [{ SYSTEM: 'nobody' }, 'no case matches SYSTEM=nobody'],
  ])('is wrong use where none is left: %j', (variables, message) => {
    expect(() => chosen(variables)).toThrow(WrongUse)
    expect(() => chosen(variables)).toThrow(message)
  })

  test.each([{ BASE_URL: 'http://127.0.0.1:1' }, { TARGET: 'mine.json' }, { DEFECTS: ['slow'] }])(
    'is of the default system alone where something of one system is named: %j',
    (variables) => {
      expect(chosen(variables).cases).toEqual([`${defaultSystem}/S1`])
    },
  )

  test('has no run id: it is several runs, unless one case is left', () => {
    expect(() => chosen({ RUN: 'mine' })).toThrow('RUN=mine names one run, and CASE=ALL is 2 here')
    expect(chosen({ RUN: 'mine', SYSTEM: other }).cases).toEqual([`${other}/S1`])
  })

  test('is of a system without a testbed where it is deployed elsewhere', () => {
    expect(chosen({ SYSTEM: 'bare', TARGET: 'mine.json' })).toEqual({ cases: ['bare/F1'], said: [] })
  })
})
