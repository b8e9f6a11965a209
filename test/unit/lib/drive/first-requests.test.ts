// What the first requests say of a target, and what becomes of the criteria then.
import { describe, expect, test } from 'vitest'
import type { Answer, CheckResult, World } from '../../../../lib/drive/actor.ts'
import { firstRequests } from '../../../../lib/drive/first-requests.ts'
import { preflightResult, supportOf } from '../../../../lib/plan/support.ts'
import type { Vocabulary } from '../../../../lib/plan/vocabulary.ts'
import { agrees, check } from '../../../../thresholds/limits.ts'
import type { Criterion } from '../../../../verdict/criterion.ts'

const names = {
  steps: { order: { groups: ['api'] }, look: {} },
  observations: { delivered: {}, counted: {}, twice: { check: true } },
  tallies: [],
  points: [],
} as const satisfies Vocabulary

type Answered = Pick<Answer<string>, 'outcome' | 'status' | 'value' | 'misfit'>
const ok: Answered = { outcome: 'ok', status: 201, value: 'here' }
const failed = (status: number): Answered => ({ outcome: 'failed', status, value: null })
const exchange = { method: 'POST', path: '/orders', expect: [201], read: () => null } as const

/** What one step finds of a target that gives these answers one after the other. */
function foundOf(...answers: Answered[]) {
  let asked = 0
  const world = { send: () => answers[Math.min(asked++, answers.length - 1)] } as unknown as World<
    typeof names
  >
  const { ask, found } = firstRequests<typeof names>(world, { order: ['delivered'] })
  const value = ask('order', { ...exchange, expect: [...exchange.expect] })
  return { value, asked, ...found(['counted']) }
}

describe('a first request', () => {
  test('that is answered as expected is no problem', () =>
    expect(foundOf(ok)).toEqual({
      value: 'here',
      asked: 1,
      problems: [],
      wrong: {},
      missing: ['counted'],
      checks: {},
      reached: true,
    }))

  test.each([401, 403, 404, 405, 302])('that is answered %i each time is not understood', (status) => {
    const why = `order: POST /orders answered ${status}, expected 201`
    expect(foundOf(failed(status))).toMatchObject({
      asked: 3,
      problems: [why],
      wrong: { order: why, delivered: why },
    })
  })

  test('that lacks the fields of the contract is not understood', () =>
    expect(foundOf(failed(201)).wrong).toEqual({
      order: "order: POST /orders answered 201 without the contract's fields",
      delivered: "order: POST /orders answered 201 without the contract's fields",
    }))

  test('is told by the field that is wrong, where its reader says so', () => {
    const misfit = 'price is missing (a number is expected)'
    expect(foundOf({ ...failed(201), misfit }).problems).toEqual([
      'order: POST /orders answered 201, but price is missing (a number is expected)',
    ])
  })

  test('that finds nobody at an endpoint says so', () => {
    const world = { send: () => failed(0) } as unknown as World<typeof names>
    const { ask, found } = firstRequests<typeof names>(world, {})
    ask('look', { ...exchange, expect: [200], endpoint: 'chain' })
    const why = 'look: POST /orders at the endpoint chain answered nothing, expected 200'
    expect(found()).toMatchObject({ problems: [why], wrong: { look: why }, reached: false })
  })

  test('that is understood when it is asked again is a problem of the target', () =>
    expect(foundOf(failed(404), ok)).toMatchObject({ value: 'here', asked: 2, wrong: {} }))

  test.each([
    [failed(500)],
    [failed(503)],
    [failed(408)],
    [failed(0)],
    [{ ...ok, outcome: 'refused', status: 429 } as const],
  ])('that fails or is refused, as by %o, is a problem of the target', (answer) =>
    expect(foundOf(answer)).toMatchObject({ asked: 1, wrong: {}, reached: answer.status !== 0 }),
  )
})

describe('a request that only a check needs', () => {
  const probed = (answer: Answered) => {
    const world = { send: () => answer } as unknown as World<typeof names>
    const requests = firstRequests<typeof names>(world, { order: ['delivered'] })
    const got = requests.probe('order', { ...exchange, expect: [...exchange.expect] })
    return { got, found: requests.found() }
  }

  test('brings its value', () => expect(probed(ok).got.value).toBe('here'))

  test.each([
    [409, true],
    [404, true],
    [302, true],
    [201, true],
    [500, false],
    [408, false],
    [0, false],
  ])(
    'that is answered %i says what the target does: %s, and is no problem of the load',
    (status, isDecided) => {
      const { got, found } = probed(failed(status))
      expect(got).toMatchObject({ value: null, isDecided })
      expect(found).toMatchObject({ problems: [], wrong: {} })
    },
  )

  test('counts by the first result that is not good', () => {
    const { check, found } = firstRequests<typeof names>({} as World<typeof names>, {})
    const request = { ...failed(409), correlationId: 'r-1', sentAt: 1, ms: 1 }
    const results = [{ is: 'kept' }, { is: 'violated', how: 'first', request }, { is: 'kept' }] as const
    for (const result of results) check('twice', result)
    check('twice', { is: 'not made', why: 'too late' })
    // Of the answer nothing is told.
    expect(found().checks).toEqual({
      twice: { is: 'violated', how: 'first', request: { correlationId: 'r-1', sentAt: 1 } },
    })
  })
})

const criterion = (of: string): Criterion => ({
  text: of,
  source: '',
  rules: [{ judge: 'never', of, in: ['normal'], what: '', floor: 1 }],
})
const claimed = {
  errors: criterion('api'),
  delivery: criterion('delivered'),
  count: criterion('counted'),
  look: criterion('look'),
}
const plan = { claimed, notClaimed: [], required: ['look'] }

describe('a criterion', () => {
  const why = 'order: POST /orders answered 401, expected 201'
  const found = preflightResult(plan, names, {
    ...foundOf(failed(401)),
    wrong: { order: why, delivered: why },
  })

  test('is not claimed where what it judges is not understood or not reported', () => {
    expect(found.stopped).toBeUndefined()
    const { claimed: left, notClaimed } = supportOf(plan, found)
    expect(Object.keys(left)).toEqual(['look'])
    expect(notClaimed).toEqual([
      { id: 'errors', why },
      { id: 'delivery', why },
      { id: 'count', why: 'the target does not report counted' },
    ])
  })

  test('that holds a figure of the target against what actors saw is not claimed where that is not reported', () => {
    const rule = agrees({ of: 'look', count: 'all', point: 'served', within: 0, what: '' })
    const own = { claimed: { agree: { text: '', source: '', rules: [rule] } }, notClaimed: [] }
    const without = { ...foundOf(failed(401)), wrong: {} }
    expect(Object.keys(supportOf(own, without).claimed)).toEqual(['agree'])
    expect(supportOf(own, { ...without, missing: ['served'] }).notClaimed).toEqual([
      { id: 'agree', why: 'the target does not report served' },
    ])
    expect(supportOf(own, { ...without, wrong: { served: why } }).notClaimed).toEqual([{ id: 'agree', why }])
  })

  test('is not claimed with the reason that the system gives, where it gives one', () => {
    const world = { send: () => ok } as unknown as World<typeof names>
    const { found: foundSo } = firstRequests<typeof names>(world, {})
    const own = foundSo({ counted: 'it has no counter' })
    expect(own).toMatchObject({ missing: ['counted'], reasons: { counted: 'it has no counter' } })
    expect(supportOf(plan, own).notClaimed).toEqual([{ id: 'count', why: 'it has no counter' }])
  })

  test('that judges only what is done to the target is no reason to begin', () => {
    const bite: Criterion = {
      text: '',
      source: '',
      rules: [{ judge: 'fault', of: 'bite', in: ['fault'], what: '' }],
    }
    const { errors } = claimed
    const { stopped } = preflightResult({ claimed: { bite, errors }, required: ['bite'] }, names, found)
    expect(stopped).toMatch(/^the target does nothing of what this case judges: order: POST/)
    expect(preflightResult({ claimed: { bite }, required: ['bite'] }, names, found).stopped).toBeUndefined()
  })

  describe('of a check', () => {
    const twice: Criterion = { text: '', source: '', rules: [check({ of: 'twice', what: 'not twice' })] }
    const foundWith = (checks: Record<string, CheckResult>, more: Record<string, Criterion> = {}) => {
      const own = { claimed: { twice, ...more }, notClaimed: [], required: [] }
      const result = preflightResult(own, names, { ...foundOf(failed(401)), wrong: { order: why }, checks })
      return { result, ...supportOf(own, result) }
    }

    test.each<CheckResult>([{ is: 'kept' }, { is: 'violated', how: 'not twice' }])(
      'is claimed where it was made: %o',
      (found) => expect(Object.keys(foundWith({ twice: found }).claimed)).toEqual(['twice']),
    )

    test('is not claimed where it was not made, and says why', () => {
      const { notClaimed } = foundWith({ twice: { is: 'not made', why: 'it is not offered' } })
      expect(notClaimed).toEqual([{ id: 'twice', why: 'it is not offered' }])
    })

    test('is not claimed where nobody came to it', () =>
      expect(foundWith({}).notClaimed).toEqual([
        { id: 'twice', why: 'the first requests did not come to this check' },
      ]))

    test('is no reason to begin, and a violated one none not to', () => {
      const violated: CheckResult = { is: 'violated', how: 'not twice' }
      expect(foundWith({ twice: violated }).result.stopped).toBeUndefined()
      const { stopped } = foundWith({ twice: violated }, { errors: claimed.errors }).result
      expect(stopped).toMatch(/^the target does nothing of what this case judges/)
    })
  })

  test('that is required lets no load begin where what it judges is not understood', () => {
    const { stopped } = preflightResult({ ...plan, required: ['count', 'errors'] }, names, found)
    expect(stopped).toBe(
      `the target does not do what errors is judged by: ${why}. Are its address, its tokens and its adapter right?`,
    )
  })
})
