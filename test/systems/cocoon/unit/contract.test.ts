// The contract says what every field means that the suite relies on, and the suite reads no field that the contract lacks.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { inPackage } from '../../../../scripts/project.ts'
import { adapter } from '../../../../systems/cocoon/adapter.ts'
import { checks } from '../../../../systems/cocoon/late/checks-adapter.ts'
import { payments } from '../../../../systems/cocoon/late/payments-adapter.ts'
import type { Pool } from '../../../../systems/cocoon/pool.ts'
import { callerOf } from '../../../caller.ts'
import { descriptionAt, exchangesOf, undescribed, usesOf } from './contract-reads.ts'
import type { Document, Response, Schema, Send, Sent, Use } from './contract-reads.ts'

/** What k6 is to answer, and what it was asked to send. */
const k6 = vi.hoisted(() => ({ response: undefined as unknown, sent: undefined as unknown }))
vi.mock('k6/execution', () => ({ default: { instance: { currentTestRunDuration: 0 } } }))
vi.mock('k6/http', () => ({
  default: {
    expectedStatuses: (...statuses: number[]) => statuses,
    request: (method: string, url: string, body: string | null, { headers }: Sent) => {
      k6.sent = { method, url, body, headers: { ...headers } } satisfies Sent
      const { status, body: content, headers: answered } = k6.response as Response
      const json = (): unknown => {
        if (typeof content === 'string') throw new Error('no JSON')
        return content
      }
      const timings = { blocked: 0, duration: 1 }
      return { status, timings, body: content, headers: answered, error: '', json }
    },
  },
}))
// Outside of a bundle nothing can be required.
vi.mock('../../../../systems/cocoon/lazily.ts', () => ({
  paymentsAdapter: () => ({ payments }),
  checksAdapter: () => ({ checks }),
}))
vi.mock('k6/metrics', () => {
  const Metric = class {
    add(): void {}
  }
  return { Counter: Metric, Rate: Metric, Trend: Metric }
})

const phase = { name: 'steady', kind: 'normal' } as const
const caller = callerOf(() => phase)

let send: Send
beforeAll(async () => {
  const { call } = await import('../../../../lib/drive/call.ts')
  send = (exchange, response) => {
    k6.response = response
    const { value } = call(caller, 'step', exchange)
    return { sent: k6.sent as Sent, value }
  }
})

const read = (): Document =>
  JSON.parse(readFileSync(inPackage('systems/cocoon/openapi.json'), 'utf8')) as Document
const uses = (pool: Pool = adapter(() => 'token')): Use[] => usesOf(read(), exchangesOf(pool), send)

describe('the contract', () => {
  test('describes all that the suite sends and reads', () => {
    expect(undescribed(read(), uses())).toEqual([])
  })

  test('is used in more than names of paths', () => {
    const what = uses().map(({ what: words }) => words)
    for (const words of [
      'GET /api/v1/tasks/by-key/k answered 200: able_idle_ms',
      'GET /api/v1/tasks/by-key/k answered 200: reason',
      'GET /api/v1/tasks/by-key/k answered 404: error.code',
      'GET /api/v1/pool/stats answered 200: tasks.waiting',
      'GET /api/v1/ledger/summary?run=r answered 200: terms.fee_basis_points',
      'POST /api/v1/tasks answered 503: Retry-After',
      'post /api/v1/tasks: Idempotency-Key in header',
      'post /api/v1/tasks: clientToken',
      'post /api/v1/tasks: max_wait_ms in its body',
      'get /api/v1/tasks/by-key/{key}: key in path',
      'get /api/v1/ledger/summary: run in query',
    ])
      expect(what).toContain(words)
    expect(what.some((words) => words.includes('answered 200: earnings[].gross_nanoton'))).toBe(true)
  })

  test('is not enough without the description of any one of them', () => {
    const all = new Map(uses().map((use) => [use.what, use]))
    for (const { what, at } of all.values()) {
      const document = read()
      delete descriptionAt(document, at)!.description
      expect(undescribed(document, [...all.values()])).toContain(what)
    }
  })

  test('is not enough for an adapter that reads another field, even one that may be left out', () => {
    const pool = adapter(() => 'token')
    const curious: Pool = {
      ...pool,
      leftovers: (run) => ({
        ...pool.leftovers!(run),
        read: (json) => ({ workers: 0, tasks: 0, ...((json as { notes?: object }).notes ?? {}) }),
      }),
    }
    expect(undescribed(read(), uses(curious))).toEqual(['GET /api/v1/runs/r answered 200: notes'])
  })

  test('is not enough for an adapter that asks for another path', () => {
    const pool = adapter(() => 'token')
    const lost: Pool = { ...pool, stats: () => ({ ...pool.stats!(), path: '/api/v2/stats' }) }
    expect(undescribed(read(), uses(lost))).toEqual(['GET /api/v2/stats'])
  })

  test('describes every operation, parameter, answer and field, read or not', () => {
    const { paths, components } = read()
    const without: string[] = []
    const look = (where: string, one: Schema): void => {
      if (one.$ref === undefined && !one.description) without.push(where)
      within(where, one)
    }
    const within = (where: string, { properties = {}, items, anyOf = [] }: Schema): void => {
      for (const [name, field] of Object.entries(properties)) look(`${where}.${name}`, field)
      if (items !== undefined) within(`${where}[]`, items)
      for (const one of anyOf) if (one.enum !== undefined) look(`${where}=${one.enum[0]}`, one)
    }
    for (const [name, schema] of Object.entries(components.schemas)) within(name, schema)
    for (const [path, operations] of Object.entries(paths))
      for (const [method, { summary, parameters = [], responses }] of Object.entries(operations)) {
        if (!summary) without.push(`${method} ${path}`)
        for (const { name, description } of parameters)
          if (!description) without.push(`${method} ${path}: ${name}`)
        for (const [status, { description }] of Object.entries(responses))
          if (!description) without.push(`${method} ${path}: ${status}`)
      }
    expect(without).toEqual([])
  })
})
