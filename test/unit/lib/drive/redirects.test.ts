// An answer that sends whoever asked to another host is not followed: the host was not confirmed, and gets no token.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Caller } from '../../../../lib/drive/call.ts'
import type { PlannedFault } from '../../../../lib/plan/plan.ts'
import { disturb } from '../../../../faults/in-k6.ts'
import { observerOf } from '../../../../faults/observer.ts'
import { actionsOf } from '../../../../keeper/actions.ts'

/** Every request that k6 was asked to send. */
const sent: { url: string; redirects: unknown }[] = []
const { http } = vi.hoisted(() => ({
  http: { request: undefined as unknown, get: undefined as unknown, expectedStatuses: () => null },
}))
vi.mock('k6/http', () => ({ default: http }))
vi.mock('k6/execution', () => ({ default: { instance: { currentTestRunDuration: 0 } } }))
vi.mock('k6/metrics', () => ({ Counter: class {}, Rate: class {}, Trend: class {}, Gauge: class {} }))
const answered = (url: string, redirects: unknown) => {
  sent.push({ url, redirects })
  const timings = { blocked: 0, sending: 0, waiting: 1, receiving: 0, duration: 1 }
  return {
    status: 302,
    error_code: 0,
    timings,
    body: '',
    headers: {},
    json: () => ({ toxics: [], enabled: true }),
  }
}
http.request = (_method: string, url: string, _body: unknown, params: { redirects?: number }) =>
  answered(url, params.redirects)
http.get = (url: string, params: { redirects?: number }) => answered(url, params.redirects)

let first: Server
let second: Server
let heard: (string | undefined)[] = []
const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

beforeAll(async () => {
  second = createServer((request, response) => {
    heard.push(request.headers.authorization)
    response.end('{}')
  })
  // 307 repeats a POST with its body.
  first = createServer((_request, response) => {
    response.writeHead(307, { location: `${urlOf(second)}/elsewhere` })
    response.end()
  })
  for (const server of [first, second])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  first.close()
  second.close()
})

describe('a redirect', () => {
  test.each(['GET', 'POST', 'DELETE'] as const)('is no answer to a %s of the keeper', async (method) => {
    heard = []
    const { request } = actionsOf({}, null)
    const body = method === 'GET' ? undefined : { latency: 1 }
    const asked = request(method, `${urlOf(first)}/proxies/a`, body, 'a-token')
    await expect(asked).rejects.toThrow('answered 307')
    expect(heard).toEqual([])
  })

  test('is what the runner sees, and nothing else', async () => {
    heard = []
    expect(await observerOf({}, async () => null).ask(urlOf(first))).toMatchObject({ status: 307 })
    expect(await observerOf({}, async () => null).exchange(urlOf(first))).toMatchObject({ end: 'closed' })
    expect(heard).toEqual([])
  })

  test('is not followed by faults in k6, whatever they ask', async () => {
    sent.length = 0
    const at = 'http://127.0.0.1:1'
    const link = { control: `${at}/control`, proxy: 'a', through: `${at}/through`, around: `${at}/around` }
    const fault = {
      id: 'it',
      driver: 'toxiproxy',
      target: 'a',
      settings: { kind: 'partition' },
      start: 0,
      seconds: 1,
    } as PlannedFault
    let now = Date.now()
    vi.spyOn(Date, 'now').mockImplementation(() => (now += 1_000))
    await disturb(fault, {
      k6: { http: http as never, sleep: () => undefined },
      faults: [fault],
      target: { baseUrl: at, endpoints: {}, links: { a: link }, selectors: {} },
      role: 0,
      dueIn: () => 0,
      say: () => undefined,
    })
    vi.restoreAllMocks()
    expect(sent.map(({ url }) => new URL(url).pathname.split('/')[1])).toEqual(
      expect.arrayContaining(['control', 'through', 'around']),
    )
    expect(sent.filter(({ redirects }) => redirects !== 0)).toEqual([])
  })

  test('of the load is an answer like any other', async () => {
    sent.length = 0
    await send('/x')
    expect(sent).toEqual([{ url: 'http://127.0.0.1:1/x', redirects: 0 }])
  })
})

const send = async (path: string) => {
  const { call } = await import('../../../../lib/drive/call.ts')
  const caller = {
    data: {
      run: 'r',
      target: { endpoints: {} },
      groups: {},
      rates: {},
      agreements: {},
      checks: {},
    },
    name: 'a',
    baseUrl: 'http://127.0.0.1:1',
    phase: () => ({ name: 'p', kind: 'overload' }),
    kindNow: () => 'overload',
    lagMs: 0,
    requests: 0,
    tallies: null,
  } as unknown as Caller
  return call(caller, 'x', { method: 'GET', path, expect: [302], read: () => true })
}

test.each(['.evil.example/', '@evil.example/', ':80@evil.example/', 'x'])(
  'the path %j of an adapter does not become a part of the host',
  async (path) => {
    sent.length = 0
    await expect(send(path)).rejects.toThrow('must begin with a slash')
    expect(sent).toEqual([])
  },
)
