// What k6 counts for a rule that holds a figure of the target against what actors saw: from before the load to after it.
import { beforeEach, expect, test, vi } from 'vitest'
import type { Exchange, RunData, World } from '../../../../lib/drive/actor.ts'
import { finish, prepare } from '../../../../lib/drive/first-user.ts'
import type { Shared } from '../../../../lib/drive/first-user.ts'
import { agreementsOf } from '../../../../lib/drive/run-tables.ts'
import { makeWorld } from '../../../../lib/drive/world.ts'
import type { Start } from '../../../../lib/start.ts'
import { thresholdsOf } from '../../../../lib/summary/k6-thresholds.ts'
import { summarise } from '../../../../lib/summary/summary.ts'
import { agrees, criteria } from '../../../../thresholds/limits.ts'
import type { Agreement, ProcessEvidence } from '../../../../verdict/evidence.ts'
import { arriving, calm, planOf, shop } from '../plan/shop.ts'

type Tags = Record<string, string>
const { samples, next } = vi.hoisted(() => ({
  samples: [] as { metric: string; n: number; tags: Record<string, string> }[],
  next: { status: 200 },
}))
vi.mock('k6', () => ({ sleep: () => undefined }))
vi.mock('k6/execution', () => ({ default: { instance: { currentTestRunDuration: 0 } } }))
vi.mock('k6/data', () => ({}))
vi.mock('k6/http', () => {
  const request = (_method: string, _url: string, _body: unknown, { tags }: { tags: Tags }) => {
    samples.push({ metric: 'http_reqs', n: 1, tags })
    const timings = { duration: 1, blocked: 0 }
    return { status: next.status, timings, headers: { 'Retry-After': '1' }, json: () => ({}), error: '' }
  }
  return { default: { request, expectedStatuses: () => null } }
})
vi.mock('k6/metrics', () => {
  class Metric {
    private readonly name: string
    constructor(name: string) {
      this.name = name
    }
    add(n: number, tags: Tags = {}): void {
      samples.push({ metric: this.name, n, tags })
    }
  }
  return { Counter: Metric, Rate: Metric, Trend: Metric, Gauge: Metric }
})

const rule = (of: string, count: 'all' | 'good' | 'bad') =>
  agrees({ of, count, point: 'figure', within: 0, what: 'wrong' })
const system = {
  ...shop,
  names: { ...shop.names, points: ['figure'] },
  criteria: criteria('shop.md', {
    counts: ['The target counts', rule('shop', 'all'), rule('shop', 'bad'), rule('buy', 'good')],
    sold: ['It counts what is sold', rule('sold', 'all'), rule('sold', 'good')],
  }),
}
const actors = () => [arriving('buyer', { sold: 1 })]
const plan = planOf([calm()], { criteria: ['counts', 'sold'], actors }, system)
const rest = { name: 'settle', kind: 'warmup', start: 60, end: 100, queueSeconds: 0, added: {} }
const data = {
  run: 'r',
  clock: 'wall',
  driveSeconds: 60,
  levels: [],
  segments: {},
  phases: plan.phases,
  rest,
  tallies: [],
  checks: {},
  rates: {},
  groups: { buy: ['shop'], look: ['shop'] },
  agreements: agreementsOf(plan, system.names),
  promiseAccounts: {},
  target: { baseUrl: 'http://127.0.0.1:1', endpoints: {} },
  record: false,
  preflight: true,
  startAt: null,
} as unknown as RunData

const exchange: Exchange<object> = { method: 'GET', path: '/', expect: [200], read: () => ({}) }
/** Requests of a step, with these answers. */
function ask(world: World, step: string, ...statuses: number[]): void {
  for (const status of statuses) {
    next.status = status
    world.send(step, exchange)
  }
}
const shared = { sleep: () => undefined, abort: () => undefined, makeWorld, whyUnanswered: () => '' }
const begun = {
  plan,
  whole: plan,
  part: { number: 1, of: 1, shards: 1 },
  data,
  system,
  shortfalls: [],
  preflightResult: (found: object) => found,
} as unknown as Start

/** As k6 shows them: of each series that has a threshold the samples that have all of its tags. */
function shown() {
  const series = Object.keys(thresholdsOf(plan, system.names)).map((name) => {
    const [, metric, tags = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(name)!
    const wanted = tags === '' ? [] : tags.split(',').map((tag) => tag.split(':'))
    const own = samples.filter(
      (one) => one.metric === metric && wanted.every(([tag, value]) => one.tags[tag!] === value),
    )
    return [name, { values: { count: own.reduce((sum, { n }) => sum + n, 0) }, thresholds: {} }]
  })
  return Object.fromEntries(series) as Record<string, object>
}

/** k6 shows these without a threshold. */
const bytes = { data_sent: { values: { count: 800 } }, data_received: { values: { count: 2400 } } }

let found: Record<string, Agreement>
let network: ProcessEvidence['network']
beforeEach(() => {
  samples.length = 0
  vi.stubGlobal('__ENV', { EVIDENCE: 'e.json', RECORD: '1' })
  const preflight = (world: World) => {
    ask(world, 'buy', 200, 500, 0)
    world.observe('sold', 'normal', 'before the load')
    return { problems: [], missing: [], reached: true }
  }
  const leftovers = (world: World) => {
    ask(world, 'look', 200, 500)
    world.observe('sold', 'normal', 'after the load')
    return []
  }
  const actors = { actors: {}, preflight, leftovers } as never
  prepare(begun, actors, shared as unknown as Shared)
  const world: World = makeWorld(data, Date.now(), 0, 'resident')
  ask(world, 'buy', 200, 200, 500, 0, 429)
  ask(world, 'look', 200, 200, 0, 0)
  ask(world, 'leave', 200, 0)
  for (const bad of [null, null, 'lost']) world.observe('sold', 'peak', bad)
  world.observeMany('sold', 'normal', { n: 40, bad: 4 }, 'lost')
  world.unseen('sold', 7)
  // It has come to rest.
  const late: World = makeWorld(data, Date.now() - 70_000, 0, 'resident')
  ask(late, 'buy', 200, 500)
  late.observe('sold', late.phase().kind, 'lost')
  for (const one of [world, late]) one.end()
  finish(data, actors, shared as unknown as Shared)
  const { 'e.json': written } = summarise(begun, {
    metrics: { ...shown(), ...bytes },
    state: { testRunDurationMs: 60_000 },
  })
  const evidence = JSON.parse(written!) as ProcessEvidence
  found = evidence.rules as Record<string, Agreement>
  network = evidence.network
})

const requests = { type: 'agreement', are: 'requests', repeated: 0 }

test('requests of a group are those of the load and of the rest after it, and the bad ones among them', () => {
  expect(found['shop.counts']).toEqual({ ...requests, n: 11, bad: 0, unanswered: 3, asked: 2 })
  // A refusal is a failure, but in overload.
  expect(found['shop.counts#1']).toEqual({ ...requests, n: 11, bad: 6, unanswered: 3, asked: 2 })
})

test('those of a step that were not good', () =>
  expect(found['shop.counts#2']).toEqual({ ...requests, n: 7, bad: 4, unanswered: 1, asked: 0 }))

test('observations in all kinds of phases, one by one and many at once', () => {
  const observations = { type: 'agreement', are: 'observations', unanswered: 7, repeated: 0, asked: 1 }
  expect(found['shop.sold']).toEqual({ ...observations, n: 44, bad: 0 })
  expect(found['shop.sold#1']).toEqual({ ...observations, n: 44, bad: 6 })
})

test('are reported by k6, which judges nothing of them', () => {
  const thresholds = Object.entries(thresholdsOf(plan, system.names))
  const own = thresholds.filter(([name]) => /phase:(preflight|teardown)|rule:shop|assay_seen/.test(name))
  expect(own.map(([name]) => name).sort()).toEqual([
    'assay_bad{rule:shop.counts#1}',
    'assay_bad{rule:shop.counts#2}',
    'assay_bad{rule:shop.sold#1}',
    'assay_seen{of:sold,phase:preflight}',
    'assay_seen{of:sold,phase:teardown}',
    'assay_seen{of:sold}',
    'assay_unanswered{rule:shop.counts#1}',
    'assay_unanswered{rule:shop.counts#2}',
    'assay_unanswered{rule:shop.counts}',
    'assay_unanswered{rule:shop.sold#1}',
    'assay_unanswered{rule:shop.sold}',
    'http_reqs{shop:yes,phase:preflight}',
    'http_reqs{shop:yes,phase:teardown}',
    'http_reqs{step:buy,phase:preflight}',
    'http_reqs{step:buy,phase:teardown}',
  ])
  expect(own.every(([, list]) => list.join() === 'count>=0')).toBe(true)
})

test("the bytes of k6's connections are in the evidence", () =>
  expect(network).toEqual({ sentBytes: 800, receivedBytes: 2400 }))
