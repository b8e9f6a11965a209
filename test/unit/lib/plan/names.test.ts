// Names: what they are made of, that no two things of a plan share one, and that joined ones stay apart.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { thresholdsOf } from '../../../../lib/any-script/thresholds.ts'
import { hold, phase, reach } from '../../../../lib/plan/phase.ts'
import type { PhaseShape } from '../../../../lib/plan/phase.ts'
import { checkActors } from '../../../../lib/plan/plan-names.ts'
import { arrivalsOf } from '../../../../lib/plan/plan-time.ts'
import type { System } from '../../../../lib/plan/system.ts'
import { membersOf } from '../../../../lib/plan/vocabulary.ts'
import type { Vocabulary } from '../../../../lib/plan/vocabulary.ts'
import { planIn } from '../../../../scripts/run/plans.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import { criteria, errors, latency } from '../../../../thresholds/limits.ts'
import { ruleKey } from '../../../../verdict/criterion.ts'
import { arriving, calm, named, planOf, shop, shopCase } from './shop.ts'

const segmentNames = (shapes: PhaseShape[], ...actors: string[]) =>
  planOf(shapes, { actors: () => actors.map((name) => arriving(name)) }).segments.map(({ name }) => name)

describe('what a segment is does not depend on its name', () => {
  const followers = (name: string) =>
    planOf([phase(name, 'burst', hold(10, '10s'), { backlog: 100 })]).residents[0]!.virtualUsers

  test('a phase named backlog has as many followers as any other', () => {
    expect(followers('calm')).toBe(2)
    expect(followers('backlog')).toBe(2)
  })

  test('and a phase named backlog that has one keeps both of its segments', () => {
    const plan = planOf([phase('backlog', 'burst', hold(10, '10s'), { backlog: 100 })])
    expect(plan.segments.map((segment) => [segment.backlog === true, arrivalsOf(segment)])).toEqual([
      [false, 100],
      [true, 100],
    ])
    expect(new Set(plan.segments.map(({ name }) => name)).size).toBe(2)
  })
})

describe('segments of different names', () => {
  test('a phase of two levels stands beside a phase that is named like one of its parts', () => {
    const names = segmentNames(
      [
        phase('rise', 'normal', hold(10, '10s'), reach(20, '10s')),
        phase('rise-1', 'normal', hold(20, '10s')),
        phase('rise-2', 'normal', hold(20, '10s')),
      ],
      'buyer',
    )
    expect(names).toHaveLength(4)
    expect(new Set(names).size).toBe(4)
  })

  test('actor a in phase b-c is not actor a-b in phase c', () => {
    const names = segmentNames([calm('b-c'), calm('c')], 'a', 'a-b')
    expect(new Set(names).size).toBe(4)
  })

  test('whatever actors, phases and parts are called, and k6 takes every name', () => {
    // Few letters make for many names that look like two others joined.
    const name = fc.stringMatching(/^[1-]{1,3}$/)
    const several = fc.uniqueArray(name, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(several, several, fc.nat(2), (actors, phases, more) => {
        const shapes = phases.map((each) =>
          phase(each, 'burst', hold(1, '5s'), ...Array.from({ length: more }, () => reach(2, '5s')), {
            backlog: 10,
          }),
        )
        const names = segmentNames(shapes, ...actors)
        expect(new Set(names).size).toBe(actors.length * shapes.length * (more + 2))
        for (const one of names) expect(one).toMatch(/^[A-Za-z0-9_-]+$/)
      }),
    )
  })
})

test('a step of two groups that one rule names is one of what is observed', () => {
  const steps = { buy: { groups: ['shop', 'till'] }, look: { groups: ['shop'] } }
  const { names } = named({ steps })
  expect(membersOf(names, ['shop', 'till', 'buy', 'sold'])).toEqual(['buy', 'look', 'sold'])
})

describe('a name that stands for something', () => {
  const done = { done: 'time', inTime: 'time', withinMs: 1000 }

  test.each<[of: string, Partial<Vocabulary>, error: string]>([
    [
      'the tally of work',
      { points: ['time'], work: { ...done, inTime: 'tiem' } },
      'work, in time: "tiem" is no tally; valid: time',
    ],
    ['the point of work', { work: done }, 'work, done: "time" is no point; valid: none'],
    [
      'the point of what waits',
      { points: ['time'], work: { ...done, waiting: 'queue' } },
      'work, waiting: "queue" is no point; valid: time',
    ],
    [
      'a promise',
      { observations: { sold: { accountsFor: { promised: 'sale', unsure: 'sold', unread: 'sold' } } } },
      'sold, promised: "sale" is no observation; valid: sold',
    ],
  ])('must be declared: %s', (_, names, error) => {
    expect(() => planOf([calm()], {}, named(names))).toThrow(error)
  })

  test('is one in a rule that counts, or a group of several', () => {
    const rule = { ...errors({ under: 0.01, in: 'normal', of: 'buy' }) }
    const several = { ...rule, of: ['buy', 'look'] } as typeof rule
    const own = { ...shop, criteria: criteria('shop.md', { 'sale.errors': ['Errors < 1 %', several] }) }
    expect(() => planOf([calm()], {}, own)).toThrow(
      'criterion shop.sale.errors counts buy and look in one rule',
    )
  })
})

describe('a name that two things have is an error of the plan', () => {
  test('two phases, and it says which', () => {
    expect(() => planOf([calm(), calm('rise'), phase('rise', 'peak', hold(20, '10s'))])).toThrow(
      'shop/A1: phases 2 and 3 are both named "rise"; give one of them another name',
    )
  })

  test('two loads of one actor', () => {
    expect(() => planOf([calm()], { actors: () => [arriving('buyer'), arriving('buyer')] })).toThrow(
      'actors 1 and 2 are both named "buyer"',
    )
  })

  test('a step and an observation, whose rules would be mixed up', () => {
    expect(() => planOf([calm()], {}, named({ observations: { sold: {}, look: {} } }))).toThrow(
      'both named "look"',
    )
  })

  test('two cases, or a criterion that is claimed twice', () => {
    const twice = { ...shop, cases: [shopCase, { ...shopCase, scenario: 'rush' }] }
    expect(() => planOf([calm()], {}, twice)).toThrow('cases 1 and 2 are both named "shop/A1"')
    expect(() => planOf([calm()], { criteria: ['sale.errors', 'sale.errors'] })).toThrow(
      'both named "sale.errors"',
    )
  })

  test('a rule that names a step twice would count it twice', () => {
    const rule = { ...errors({ under: 0.01, in: 'normal', of: 'buy' }), of: ['buy', 'buy'] }
    const table = { 'sale.errors': { text: '', source: '', rules: [rule] } } as System['criteria']
    expect(() => planOf([calm()], {}, { ...shop, criteria: table })).toThrow('both named "buy"')
  })

  test('the runner calls it wrong use', () => {
    const module = { plans: () => [planOf([calm(), calm()])] }
    expect(() => planIn(module, {})).toThrow(WrongUse)
    expect(() => planIn(module, {})).toThrow('phases 1 and 2 are both named "calm"')
  })
})

describe('what names are made of', () => {
  test.each(['Calm', 'very calm', 'calm_1', 'calm|x', 'calm,kind:peak', 'a}b', '', '__proto__'])(
    'a phase named "%s" is an error that names the rule',
    (name) => {
      expect(() => planOf([calm(name)])).toThrow(
        `phase "${name}": a name is made of small letters, digits and dashes ([a-z0-9-]+)`,
      )
    },
  )

  test.each([
    ['actor', () => planOf([calm()], { actors: () => [arriving('Buyer')] })],
    ['step', () => planOf([calm()], {}, named({ steps: { ...shop.names.steps, 'Leave it': {} } }))],
    ['observation', () => planOf([calm()], {}, named({ observations: { 'is sold': {} } }))],
    ['tally', () => planOf([calm()], {}, named({ tallies: ['time:all'] }))],
    ['fault target', () => planOf([phase('f', 'fault', hold(1, '9s'), { faults: [kill('Pool 1')] })])],
  ])('so is the name of another thing: %s', (what, plan) => {
    expect(plan).toThrow(new RegExp(`(^|: )${what} ".*": a name is made of small letters`))
  })

  test('ids of criteria and cases have patterns of their own', () => {
    const judging = (id: string): System => ({
      ...shop,
      criteria: { [id]: shop.criteria['sale.errors']! },
    })
    expect(() => planOf([calm()], { criteria: ['sale#1'] }, judging('sale#1'))).toThrow(
      'criterion "sale#1": an id is made of names with dots between them',
    )
    expect(() => planOf([calm()], {}, { ...shop, cases: [{ ...shopCase, id: 'shop/a b' }] })).toThrow(
      'case "shop/a b": an id is the system\'s name, a slash, and capital letters and digits',
    )
    expect(() => planOf([calm()], {}, { ...shop, cases: [{ ...shopCase, id: 'pool/A1' }] })).toThrow(
      'case "pool/A1": it belongs to the system "shop"',
    )
  })

  test.each([
    ['phase', () => planOf([calm('constructor')])],
    ['actor', () => planOf([calm()], { actors: () => [arriving('constructor')] })],
    ['step', () => planOf([calm()], {}, named({ steps: { constructor: {} } as never }))],
    ['observation', () => planOf([calm()], {}, named({ observations: { constructor: {} } as never }))],
  ])('the name constructor would be found in every object: %s', (what, plan) => {
    expect(plan).toThrow(`${what} "constructor": JavaScript itself uses this name; give another`)
  })

  test('a case that claims "constructor" claims an unknown criterion', () => {
    expect(() => planOf([calm()], { criteria: ['constructor'] })).toThrow(
      'claims "constructor", which is not',
    )
  })

  test('an actor that its system does not have is an error before the load', () => {
    const plan = planOf([calm()])
    expect(() => checkActors(plan, { buyer: 1, follower: 1 })).not.toThrow()
    expect(() => checkActors(plan, { follower: 1, seller: 1 })).toThrow(
      'shop/A1 wants the unknown actor "buyer"; valid: follower, seller',
    )
  })

  test('names that the kit itself uses are taken', () => {
    for (const actor of ['generator-probe', 'fault', 'preflight', 'teardown', 'leftovers'])
      expect(() => planOf([calm()], { actors: () => [arriving(actor)] })).toThrow(
        `actor "${actor}": the kit itself uses this name; give another`,
      )
    expect(() => planOf([calm()], {}, named({ observations: { 'fault-bite': {} } }))).toThrow('fault-bite')
    expect(() => planOf([calm()], {}, named({ steps: { buy: { groups: ['phase'] } } }))).toThrow(
      'group "phase"',
    )
  })
})

const kill = (target: string) => ({ driver: 'process', target, settings: { kind: 'kill' } })

describe('criteria of any script', () => {
  const rule = (of: string | string[]) => latency({ p: 95, under: 300, in: 'normal', of })

  test.each(['constructor', 'toString', '__proto__', 'a#1', 'a b', 'a}'])('none is called "%s"', (id) => {
    const table = Object.fromEntries([[id, ['text', rule('me')] as [string, ReturnType<typeof rule>]]])
    expect(() => thresholdsOf(criteria('', table))).toThrow(`criterion "${id}"`)
  })

  test('nor is one that stands as __proto__ in the table itself, where it would be no entry', () => {
    expect(() => criteria('', { __proto__: ['text', rule('me')], fast: ['text', rule('me')] })).toThrow(
      'criterion "__proto__"',
    )
  })

  test('a name that a rule lists twice is judged once', () => {
    expect(rule(['me', 'me', 'you'])).toMatchObject({ of: ['me', 'you'] })
  })

  test('keys of different rules differ, whatever the ids', () => {
    const id = fc.stringMatching(/^[\w.-]{1,4}$/)
    fc.assert(
      fc.property(id, fc.nat(12), id, fc.nat(12), (one, index, other, place) => {
        expect(ruleKey(one, index) === ruleKey(other, place)).toBe(one === other && index === place)
      }),
    )
  })
})
