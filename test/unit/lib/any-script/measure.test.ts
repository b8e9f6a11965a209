// What a script writes wrongly ends the run or does not start it, and is not counted against the system.
import { beforeEach, describe, expect, test, vi } from 'vitest'

class Aborted extends Error {}

const options = vi.hoisted((): { thresholds: Record<string, string[]> } => ({ thresholds: {} }))
vi.mock('k6/execution', () => ({
  default: {
    test: {
      options,
      abort: (reason: string): never => {
        throw new Aborted(reason)
      },
    },
    instance: { currentTestRunDuration: 0 },
    // As k6 does before a virtual user is ready.
    get vu(): never {
      throw new Error('not in the init context')
    },
  },
}))
vi.mock('k6/metrics', () => {
  class Counter {
    add(): void {}
  }
  return { Counter }
})
vi.stubGlobal('__VU', 1)

const { criteria, errors, latency, ms, percent } = await import('../../../../lib/any-script/criteria.ts')
const { thresholdsOf } = await import('../../../../lib/any-script/thresholds.ts')
const { criteria: criteriaOf } = await import('../../../../thresholds/limits.ts')

type Table = Parameters<typeof criteria>[0]
const rule = latency({ p: 95, under: ms(300), of: 'me' })
const table: Table = { fast: ['P95 < 300 ms', rule] }
const { measure } = criteria(table)
beforeEach(() => {
  options.thresholds = thresholdsOf(criteriaOf('', table))
})

const well = { status: 200, error_code: 0 }

describe('measure', () => {
  test.each([
    ['undefined', () => undefined, undefined, /return the answer, got undefined; write \(\) => http\.get/],
    ['undefined to a check', () => undefined, (_: unknown) => true, /return the answer, got undefined/],
    ['null', () => null, undefined, /response of HTTP, got null/],
    ['the result of a check', () => true, undefined, /response of HTTP, got boolean; return the response/],
    ['a body', () => '{}', undefined, /response of HTTP, got string/],
    ['a batch', () => [well], undefined, /response of HTTP, got object/],
    ['an answer of gRPC', () => ({ status: 0, error: null }), undefined, /give measure\(\) a third argument/],
  ])('ends the run where send returns %s', async (_, send, accept, why) => {
    expect(() => measure<unknown>('me', send, accept)).toThrow(why)
    await expect(measure<unknown>('me', async () => send(), accept)).rejects.toThrow(why)
  })

  test.each([
    ['a response', () => well, undefined],
    ['a failure', () => ({ status: 500, error_code: 1500 }), undefined],
    ['no answer at all', () => ({ status: 0, error_code: 1212 }), undefined],
    ['an open socket', () => ({ status: 101 }), undefined],
    ['nothing to a check without parameters', () => undefined, () => true],
    ['null to a check', () => null, (answer: unknown) => answer === null],
  ])('counts %s', async (_, send, accept) => {
    const answer: unknown = send()
    expect(measure<unknown>('me', send, accept)).toEqual(answer)
    expect(await measure<unknown>('me', async () => send(), accept)).toEqual(answer)
  })
})

describe('a limit', () => {
  const of = 'me'
  test.each<[() => unknown, RegExp]>([
    [
      () => latency({ p: 0.95, under: 300, of }),
      /from 50 to less than 100, got p: 0\.95; write P95 as p: 95/,
    ],
    [() => latency({ p: 5, under: 300, of }), /write P95 as p: 95/],
    [() => latency({ p: 100, under: 300, of }), /write P95 as p: 95/],
    [() => latency({ p: '95' as never, under: 300, of }), /got p: "95"/],
    [() => latency({ p: 95, under: 0.3, of }), /from 1 on, got under: 0\.3; write 0\.3 seconds as ms\(300\)/],
    [() => latency({ p: 95, under: '300' as never, of }), /got under: "300"/],
    [() => latency({ p: 95, under: Infinity, of }), /got under: Infinity/],
    [() => errors({ under: 5, of }), /up to 0\.5 of what may fail, got under: 5; write 1 % as percent\(1\)/],
    [() => errors({ under: percent(99), of }), /got under: 0\.99/],
    [() => errors({ under: 0, of }), /No number of samples/],
    [() => errors({ under: percent(Number.NaN), of }), /got under: NaN/],
    [() => errors({ under: 0.01, of: ['me', 'me'] }), /each name once, got "me" twice in of/],
    [() => latency({ p: 95, under: 300, of: ['me', 'you', 'me'] }), /each name once, got "me" twice in of/],
    [() => errors({ under: 0.01, of: [] }), /got an empty list/],
    [() => errors({ under: 0.01, of: '' }), /a name or a list of names as of, got ""/],
    [() => errors({ under: 0.01 } as never), /got undefined/],
  ])('is refused: %s', (limit, why) => {
    expect(limit).toThrow(why)
  })

  test.each<[string, Table[string]]>([
    ['P95 of me', ['twice', rule, rule]],
    [
      'P95 of me, you',
      [
        'twice',
        latency({ p: 95, under: 300, of: ['you', 'me'] }),
        latency({ p: 95, under: 500, of: ['me', 'you'] }),
      ],
    ],
    ['errors of me', ['twice', errors({ under: 0.01, of }), errors({ under: 0.02, of })]],
  ])('of %s is refused where one criterion has it twice', (what, entry) => {
    expect(() => thresholdsOf(criteriaOf('', { fast: entry }))).toThrow(
      `criterion "fast": expected one limit for ${what}, got two`,
    )
  })

  test('of another percentile or another name is another one', () => {
    const p99 = latency({ p: 99, under: 500, of })
    const yours = latency({ p: 95, under: 300, of: 'you' })
    expect(() => thresholdsOf(criteriaOf('', { fast: ['all', rule, p99, yours] }))).not.toThrow()
  })
})
