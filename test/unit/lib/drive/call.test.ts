// What a step's requests are sent with is kept from one to the next, and is right all the same when something changes between.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Exchange } from '../../../../lib/drive/actor.ts'
import type { Caller } from '../../../../lib/drive/call.ts'
import type { Phase } from '../../../../lib/drive/record.ts'
import { callerOf } from '../../../caller.ts'

interface Params {
  headers: Record<string, string>
  tags: Record<string, string>
  timeout: number
  responseCallback: number[]
}

/** What k6 was asked to send, as it was at that time. */
let sent: (Params & { url: string; body: string | null })[] = []
/** What k6 answers, and in which time by its fine clock. */
let content = '{}'
let timings = { blocked: 0, connecting: 0, duration: 5 }
let passedMs = 10
const clock = vi.hoisted(() => ({ currentTestRunDuration: 1000 }))
vi.mock('k6/execution', () => ({ default: { instance: clock } }))
const counted = vi.hoisted(() => [] as string[])
vi.mock('k6/http', () => ({
  default: {
    expectedStatuses: (...statuses: number[]) => statuses,
    request: (method: string, url: string, body: string | null, params: Params) => {
      sent.push({ ...params, url, headers: { ...params.headers }, tags: { ...params.tags }, body })
      clock.currentTestRunDuration += passedMs
      const json = (): unknown => JSON.parse(content)
      const request = { method, headers: params.headers }
      return { status: 200, proto: 'HTTP/1.1', timings, request, body: content, headers: {}, error: '', json }
    },
  },
}))
vi.mock('k6/metrics', () => {
  const Metric = class {
    name: string
    constructor(name: string) {
      this.name = name
    }
    add(_value: number, tags?: Record<string, string>): void {
      counted.push([this.name, ...Object.values(tags ?? {})].join(' '))
    }
  }
  return { Counter: Metric, Trend: Metric }
})

const normal: Phase = { name: 'steady', kind: 'normal' }
let phase = normal
const rules = [
  ['quick', 100, null],
  ['quicker', 4, null],
]

let fields: (typeof import('../../../../lib/drive/fields.ts'))['fields']
let call: (typeof import('../../../../lib/drive/call.ts'))['call']
let caller: Caller
beforeEach(async () => {
  sent = []
  counted.length = 0
  content = '{}'
  timings = { blocked: 0, connecting: 0, duration: 5 }
  passedMs = 10
  phase = normal
  vi.resetModules()
  ;({ call } = await import('../../../../lib/drive/call.ts'))
  ;({ fields } = await import('../../../../lib/drive/fields.ts'))
  caller = callerOf(() => phase, { groups: { look: ['api'] }, checks: { normal: { look: rules } } })
})

const send = (more: Partial<Exchange<unknown>> = {}) =>
  call(caller, 'look', { method: 'POST', path: '/x', expect: [200], read: (json) => json, ...more })

const idOf = (request: number): string => `run-place-0-${request}`

describe('an endpoint', () => {
  test('is where the exchange goes', () => {
    Object.assign(caller.data, { target: { endpoints: { metrics: 'http://127.0.0.1:2/m' } } })
    send({ endpoint: 'metrics' })
    send()
    expect(sent.map(({ url }) => url)).toEqual(['http://127.0.0.1:2/m/x', 'http://127.0.0.1:1/x'])
  })

  test('that the target does not name is an error of the run, and no failed request', () => {
    Object.assign(caller.data, { target: { endpoints: {} } })
    expect(() => send({ endpoint: 'metrics' })).toThrow('the target names no endpoint "metrics"')
    expect([sent, counted]).toEqual([[], []])
  })
})

describe('headers', () => {
  test('that an adapter changes in its own object are sent as they are then', () => {
    const headers: Record<string, string> = { Authorization: 'one' }
    send({ headers })
    headers['Authorization'] = 'two'
    headers['X-More'] = 'more'
    send({ headers })
    delete headers['X-More']
    send({ headers })
    expect(sent.map((request) => request.headers)).toEqual([
      { 'X-Correlation-ID': idOf(1), Authorization: 'one' },
      { 'X-Correlation-ID': idOf(2), Authorization: 'two', 'X-More': 'more' },
      { 'X-Correlation-ID': idOf(3), Authorization: 'two' },
    ])
    expect(headers).toEqual({ Authorization: 'two' })
  })

  test('of a frozen object, of another one and of none follow each other', () => {
    const [one, two] = [Object.freeze({ Authorization: 'one' }), Object.freeze({ 'X-Two': 'two' })]
    for (const headers of [one, one, two, {}, one]) send({ headers })
    send()
    send({ headers: one })
    expect(sent.map(({ headers }) => headers)).toEqual(
      [one, one, two, {}, one, {}, one].map((headers, place) => ({
        'X-Correlation-ID': idOf(place + 1),
        ...headers,
      })),
    )
  })

  test('with a correlation id of their own keep it', () => {
    const headers = Object.freeze({ 'X-Correlation-ID': 'own' })
    send({ headers })
    send({ headers })
    expect(sent.map((request) => request.headers)).toEqual([headers, headers])
  })

  test('say that there is JSON only where there is a body', () => {
    const headers = Object.freeze({ Authorization: 'one' })
    for (const body of [{ a: 1 }, undefined, { a: 2 }, undefined])
      send(body === undefined ? { headers } : { headers, body })
    send({ headers: Object.freeze({ 'Content-Type': 'text/csv' }), body: 'a' })
    expect(sent.map((request) => [request.headers['Content-Type'], request.body])).toEqual([
      ['application/json', '{"a":1}'],
      [undefined, null],
      ['application/json', '{"a":2}'],
      [undefined, null],
      ['text/csv', '"a"'],
    ])
  })
})

test('tags follow the phase, expected statuses the exchange, and the time-out how long the answer may be held', () => {
  send()
  phase = { name: 'surge', kind: 'burst' }
  send({ expect: [200, 404], holdMs: 5000 })
  phase = normal
  send({ expect: [200] })
  expect(sent.map(({ tags, responseCallback, timeout }) => [tags, responseCallback, timeout])).toEqual([
    [{ step: 'look', name: 'look', phase: 'steady', kind: 'normal', api: 'yes' }, [200], 10_000],
    [{ step: 'look', name: 'look', phase: 'surge', kind: 'burst', api: 'yes' }, [200, 404], 15_000],
    [{ step: 'look', name: 'look', phase: 'steady', kind: 'normal', api: 'yes' }, [200], 10_000],
  ])
})

describe('an answer', () => {
  test('that takes longer than a limit breaks the rules of this limit alone, and one that fails breaks all', () => {
    expect(send().outcome).toBe('ok')
    expect(counted).toEqual(['assay_bad quicker'])
    expect(send({ expect: [201] }).outcome).toBe('failed')
    expect(counted.slice(1)).toEqual(['assay_failures look', 'assay_bad quick', 'assay_bad quicker'])
  })

  test.each([
    ['a text for what is no JSON', '<html></html>', '<html></html>'],
    ['null for nothing', '', null],
  ])('is read as %s', (_, body, expected) => {
    content = body
    const read = vi.fn(() => 'read')
    expect(send({ read }).value).toBe('read')
    expect(read.mock.calls).toEqual([[expected, 200]])
  })

  test('that its reader trips over breaks the contract', () => {
    const read = vi.fn(() => {
      throw new TypeError('no such field')
    })
    const misfit = 'its reader failed: no such field'
    expect(send({ read })).toMatchObject({ outcome: 'failed', value: null, misfit })
    expect(read).toHaveBeenCalledTimes(1)
  })

  test('that breaks the contract names the field, to whoever asked and in the witness', () => {
    const priced = fields<{ price: number }>({ price: 'number' })
    const told = vi.spyOn(console, 'info').mockReturnValue()
    Object.assign(caller.data, { record: true })
    content = '{"price":1}'
    expect(send({ read: priced })).not.toHaveProperty('misfit')
    content = '{}'
    const misfit = 'price is missing (a number is expected)'
    expect(send({ read: priced })).toMatchObject({ outcome: 'failed', status: 200, misfit })
    expect(told).toHaveBeenLastCalledWith(
      expect.stringContaining(`the answer breaks the contract: ${misfit}`),
    )
    expect(send({ read: () => null })).not.toHaveProperty('misfit')
    expect(told).toHaveBeenLastCalledWith(expect.stringContaining('"the answer breaks the contract"'))
    content = '<html></html>'
    expect(send({ read: priced }).misfit).toBe('the answer is a string (an object is expected)')
  })

  test('whose status is not expected is not read', () => {
    const read = vi.fn(() => null)
    expect(send({ read, expect: [201] })).not.toHaveProperty('misfit')
    expect(read).not.toHaveBeenCalled()
  })
})

describe('a request that k6 sent twice', () => {
  beforeEach(() => {
    timings = { blocked: 2, connecting: 0, duration: 9 }
    passedMs = 9.5
  })

  test('has failed for every rule and is told so, and its answer can be used', () => {
    const told = vi.spyOn(console, 'info').mockReturnValue()
    Object.assign(caller.data, { record: true, rates: { look: [['done', 'normal', 0]] } })
    content = '{"a":1}'
    expect(send({ method: 'GET' })).toMatchObject({
      outcome: 'failed',
      status: 200,
      value: { a: 1 },
      isRepeated: true,
    })
    expect(counted).toEqual(['assay_repeats', 'assay_failures look', 'assay_bad quick', 'assay_bad quicker'])
    expect(JSON.parse(told.mock.lastCall![0] as string)).toMatchObject({
      event: 'bad',
      detail: 'the connection was reset and the request silently repeated',
    })
  })

  test('is not looked for where the connection was there at once', () => {
    timings.blocked = 0.02
    passedMs = 9.01
    expect(send({ method: 'GET' })).toMatchObject({ outcome: 'ok', isRepeated: false })
  })
})
