// The pool's own actors over a small pool: what was accepted is held against what runs, key by key, by clients and followers
// that share no memory.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { World } from '../../../../lib/drive/actor.ts'
import { makeWorld } from '../../../../lib/drive/world.ts'
import { arrivalTime, arrivalsOf, endedAt } from '../../../../lib/plan/plan-time.ts'
import { hold, phase } from '../../../../lib/plan/phase.ts'
import { start } from '../../../../lib/start.ts'
import { thresholdsOf } from '../../../../lib/summary/k6-thresholds.ts'
import { tagged } from '../../../../lib/summary/series.ts'
import { summarise } from '../../../../lib/summary/summary.ts'
import { client } from '../../../../systems/cocoon/client.ts'
import type { World as PoolWorld } from '../../../../systems/cocoon/names.ts'
import { follower } from '../../../../systems/cocoon/follower.ts'
import { accounted } from '../../../../verdict/accounts.ts'
import type { Counts, ProcessEvidence } from '../../../../verdict/evidence.ts'
import { judgeRule } from '../../../../verdict/rules.ts'

const { k6, passed } = vi.hoisted(() => {
  interface Request {
    method: string
    path: string
    key: string
  }
  const k6 = {
    counters: new Map<string, number>(),
    /** Seconds; -1 for no answer. */
    answer: (_request: Request): { status: number; json?: unknown; takesMs?: number } => ({ status: 500 }),
  }
  return { k6, passed: { add: (_ms: number): void => undefined } }
})
passed.add = (ms) => void vi.setSystemTime(Date.now() + ms)

// Bundles require a system when it is needed; here it is imported.
vi.mock('../../../../systems/index.ts', async () => {
  const cocoon = await import('../../../../systems/cocoon/system.ts')
  return { systems: { cocoon: { system: () => cocoon } } }
})
vi.mock('../../../../lib/drive/lazily.ts', async () => {
  const promises = await import('../../../../lib/drive/promises.ts')
  return { promises: () => promises }
})
vi.mock('../../../../systems/cocoon/lazily.ts', async () => {
  const askingAgain = await import('../../../../systems/cocoon/late/asking-again.ts')
  return { askingAgain: () => askingAgain }
})
vi.mock('k6', () => ({ sleep: (seconds: number) => passed.add(Math.max(seconds, 0.01) * 1000) }))
vi.mock('k6/data', () => ({}))
vi.mock('k6/execution', () => ({ default: { instance: { currentTestRunDuration: 0 } } }))
vi.mock('k6/metrics', () => {
  class Metric {
    constructor(private readonly metric: string) {}
    add(n: number, tags: Record<string, string> = {}): void {
      const { of, kind } = tags
      // As k6 does it, in each series that these tags are of.
      for (const tagged of of === undefined ? [''] : [`{of:${of}}`, `{of:${of},kind:${kind}}`]) {
        const series = this.metric + tagged
        k6.counters.set(series, (k6.counters.get(series) ?? 0) + n)
      }
    }
  }
  return { Counter: Metric, Rate: Metric, Trend: Metric }
})
vi.mock('k6/http', () => ({
  default: {
    expectedStatuses: () => null,
    request: (
      method: string,
      url: string,
      _body: unknown,
      { headers }: { headers: Record<string, string> },
    ) => {
      const { pathname: path } = new URL(url)
      const key = headers['Idempotency-Key'] ?? path.slice(path.lastIndexOf('/') + 1)
      const { status, json = null, takesMs = 5 } = k6.answer({ method, path, key })
      passed.add(takesMs)
      return {
        status,
        headers: status === 503 ? { 'Retry-After': '1' } : {},
        timings: { duration: takesMs, blocked: 0 },
        body: JSON.stringify(json),
        json: () => json,
        error: '',
      }
    },
  },
}))

const t0 = 1_700_000_000_000
const shapes = () => [
  phase('calm', 'normal', hold(2, '20s')),
  phase('flood', 'overload', hold(2, '20s'), { arrivals: 2.5 }),
]
class Metric {}
const begun = () => {
  vi.stubGlobal('__ENV', { CASE: 'cocoon/S2', BASE_URL: 'http://127.0.0.1:9', RUN: 'r', EVIDENCE: 'e.json' })
  return start('ramp', shapes, { Counter: Metric, Rate: Metric } as never)
}

/** What the pool does with a submission. `takesMs` is how long it takes for its answer, or to be given up. */
interface Deed {
  stores: boolean
  status: number
  takesMs?: number
  /** From so many ms after its answer on. */
  showsAfterMs?: number
}
interface Asked {
  key: string
  index: number
  /** How many the pool was asked for before, and how often this one. */
  number: number
  before: number
}
type Plan = (submission: Asked) => Deed
const accepts: Deed = { stores: true, status: 201 }
const refuses: Deed = { stores: false, status: 429 }
/** One in three does not fit. */
const honest: Plan = ({ number }) => (number % 3 === 2 ? refuses : accepts)

/** A pool that does with each submission what a test says, and shows what it has stored. */
function poolOf(does: Plan, isReadable: (key: string, seconds: number) => boolean) {
  const stored = new Map<string, number>()
  const asked = new Map<string, number>()
  let number = 0
  const taskOf = (key: string, at: number): object => ({
    task_id: key,
    state: 'completed',
    accepted_at: new Date(at).toISOString(),
    assigned_at: new Date(at).toISOString(),
    ended_at: new Date(at).toISOString(),
    able_idle_ms: 0,
  })
  k6.answer = ({ method, key }) => {
    const known = stored.get(key)
    if (method === 'GET') {
      if (!isReadable(key, (Date.now() - t0) / 1000)) return { status: 500 }
      return known !== undefined && known <= Date.now()
        ? { status: 200, json: taskOf(key, known) }
        : { status: 404, json: { error: { code: 'not_found' } } }
    }
    const index = Number(key.slice(key.lastIndexOf('-') + 1))
    const before = asked.get(key) ?? 0
    asked.set(key, before + 1)
    const { stores, status, takesMs = 5, showsAfterMs = 0 } = does({ key, index, number: number++, before })
    if (stores) stored.set(key, Date.now() + takesMs + showsAfterMs)
    return { status, takesMs, json: taskOf(key, Date.now()) }
  }
}

/** All clients one after the other, then each follower from the beginning, for whom the pool shows what it had by then. */
function lived(
  does: Plan,
  { isReadable = (_key: string, _seconds: number): boolean => true, isDisturbed = false } = {},
) {
  const { data, plan, ...run } = begun()
  // Where something is broken on purpose clients ask again.
  if (isDisturbed) data.faults.push({} as never)
  k6.counters.clear()
  poolOf(does, isReadable)
  for (const [place, segment] of Object.entries(data.segments)) {
    if (segment.actor !== 'client') continue
    for (let index = 0; index < arrivalsOf(segment); index++) {
      vi.setSystemTime(t0 + (segment.start + arrivalTime(segment, index)) * 1000)
      client(makeWorld(data, t0 + segment.start * 1000, index, place) as never)
      // Whom k6 ends has told nobody what it was promised.
      expect(Date.now()).toBeLessThanOrEqual(t0 + endedAt(segment) * 1000)
    }
  }
  for (let index = 0; index < data.residents['follower']!; index++) {
    vi.setSystemTime(t0)
    const world = makeWorld(data, t0, index, 'follower')
    follower(world as never)
    world.end()
  }
  return { ...judged({ data, plan, ...run }), data }
}

const overload = 'cocoon.allocation.no-starvation'

/** What is made of the counters: the verdict of each phase kind's account, and the thresholds that plain k6 sees crossed. */
function judged(run: ReturnType<typeof start>) {
  const { plan, system } = run
  k6.counters.set('assay_started', 1)
  k6.counters.set('assay_finished', 1)
  k6.counters.set('assay_exceptions{of:thresholds}', 0)
  const metrics = Object.fromEntries(
    [...k6.counters].map(([name, count]) => [name, { values: { count }, thresholds: {} }]),
  )
  const { 'e.json': written, stdout } = summarise(run, { metrics, state: { testRunDurationMs: 60_000 } })
  const evidence = JSON.parse(written!) as ProcessEvidence
  const verdicts: Record<string, { status: string; reason: string }> = {}
  plan.claimed[overload]!.rules.forEach((rule, index) => {
    if (rule.judge !== 'never' || rule.of !== 'accepted-task') return
    const counts = accounted(evidence.rules[`${overload}#${index}`] as Counts)
    verdicts[rule.in[0]!] = judgeRule(rule, counts, 1)
  })
  const crossed = Object.entries(thresholdsOf(plan, system.names)).flatMap(([name, list]) =>
    name.startsWith('assay_open')
      ? list.filter((one) => !holds(String(one), k6.counters.get(name) ?? 0)).map(() => name)
      : [],
  )
  return { verdicts, crossed, evidence, text: stdout }
}
const holds = (threshold: string, count: number): boolean => {
  const [, sign, limit] = /^count([<>=]=)(\d+)$/.exec(threshold)!
  return sign === '=='
    ? count === Number(limit)
    : sign === '<='
      ? count <= Number(limit)
      : count >= Number(limit)
}
const openKeys = ['first', 'second'].map((sum) =>
  tagged(`assay_open_keys_${sum}`, { of: 'accepted-task', kind: 'overload' }),
)
const unsureIn = ({ rules }: ProcessEvidence): number =>
  Math.max(...Object.values(rules).map((one) => (one.type === 'counts' ? (one.account?.unsure ?? 0) : 0)))

/** Of the submissions of the flood alone. */
const inFlood = (does: Plan): Plan => {
  let number = 0
  return (one) => (one.key.includes('flood') ? does({ ...one, number: number++ }) : accepts)
}

beforeEach(() => void vi.useFakeTimers({ now: t0 }))

describe('what was accepted and what runs', () => {
  test('is the same with a pool that keeps its word', () => {
    const { verdicts, crossed } = lived(inFlood(honest))
    expect(verdicts).toMatchObject({ normal: { status: 'PASS' }, overload: { status: 'PASS' } })
    expect(crossed).toEqual([])
  })

  test('is not where one refused in five runs, and the next accepted one is lost for each', () => {
    let refused = 0
    let owed = 0
    const { verdicts, crossed, text } = lived(
      inFlood(({ number }) => {
        if (number % 3 === 2) {
          const runs = refused++ % 5 === 0
          if (runs) owed++
          return { stores: runs, status: number % 2 === 0 ? 429 : 503 }
        }
        return { stores: owed === 0 || owed-- === 0, status: 201 }
      }),
    )
    expect(refused).toBeGreaterThan(20)
    expect(verdicts['normal']!.status).toBe('PASS')
    expect(verdicts['overload']).toMatchObject({
      status: 'FAIL',
      reason: expect.stringMatching(
        /; promised (\d+), found \1, and by their keys they are not the same ones: at least 1 lost and 1 found that was refused/,
      ) as unknown,
    })
    expect(text).toMatch(/allocation.no-starvation.*by their keys they are not the same ones/)
    // Plain k6 sees it by the keys alone, for their number is right.
    expect(crossed).toEqual(openKeys)
  })

  test('is not where a refused one runs besides', () => {
    const { verdicts, crossed } = lived(
      inFlood(({ number }) => (number % 3 === 2 ? { stores: number === 8, status: 422 } : accepts)),
    )
    expect(verdicts['overload']).toMatchObject({
      status: 'FAIL',
      reason: expect.stringContaining('at least 1 found that was refused') as unknown,
    })
    expect(crossed).toEqual(openKeys)
  })

  test('is counted in the phase in which it was due, whenever it was answered', () => {
    const { data } = begun()
    const calm = data.segments['client_calm']!
    const last = arrivalsOf(calm) - 1
    const { verdicts, evidence } = lived(({ key, index }) =>
      key.includes('calm') && index === last ? { ...accepts, takesMs: 6000 } : accepts,
    )
    expect(calm.start + arrivalTime(calm, last) + 6).toBeGreaterThan(calm.start + calm.seconds)
    expect(verdicts).toMatchObject({ normal: { status: 'PASS' }, overload: { status: 'PASS' } })
    const counts = Object.values(evidence.rules).flatMap((one) =>
      one.type === 'counts' && one.account !== undefined ? [one] : [],
    )
    expect(counts[0]).toMatchObject({ n: last + 1, account: { promised: last + 1 } })
  })
})

describe('what was not answered', () => {
  /** Of every ten two are timed out, and the pool has one of these. */
  const timesOut = ({ number }: Pick<Asked, 'number'>): Deed =>
    number % 10 === 4
      ? { stores: true, status: 0, takesMs: 3000 }
      : number % 10 === 8
        ? { stores: false, status: 0, takesMs: 3000 }
        : accepts

  test('is looked for by its key, and is then a promise, or none', () => {
    const { verdicts, crossed, evidence } = lived(inFlood(timesOut))
    expect(verdicts['overload']).toMatchObject({ status: 'PASS' })
    expect(crossed).toEqual([])
    expect(unsureIn(evidence)).toBeGreaterThan(2)
  })

  test('fails all the same where a promise was lost meanwhile', () => {
    const { verdicts } = lived(
      inFlood((one) => (one.number === 21 ? { stores: false, status: 201 } : timesOut(one))),
    )
    expect(verdicts['overload']!.status).toBe('FAIL')
  })

  test('is UNDECIDED where it is not known which of them came late', () => {
    const late: Plan = (one) => {
      const deed = timesOut(one)
      return deed.status === 0 ? { ...deed, showsAfterMs: 2000 } : deed
    }
    const { verdicts } = lived(inFlood(late))
    expect(verdicts['overload']).toMatchObject({
      status: 'UNDECIDED',
      reason: expect.stringMatching(/what became of \d+ more is not known/) as unknown,
    })
  })

  test('to whoever looked for what was promised is no loss', () => {
    const isReadable = (key: string): boolean => !/flood.*[37]$/.test(key)
    const { verdicts } = lived(() => accepts, { isReadable })
    expect(verdicts).toMatchObject({ normal: { status: 'PASS' }, overload: { status: 'UNDECIDED' } })
    const { verdicts: without } = lived(inFlood(({ index }) => ({ ...accepts, stores: index % 10 !== 3 })))
    expect(without['overload']!.status).toBe('FAIL')
  })

  test('and refused when it was asked for again may have been accepted all the same', () => {
    const does: Plan = ({ index, before }) =>
      index % 10 !== 4 ? accepts : before === 0 ? { stores: true, status: 500 } : refuses
    // The follower finds all of them, and the client none.
    const isReadable = (key: string, seconds: number): boolean => !key.endsWith('4') || seconds > 42
    const { verdicts, evidence } = lived(inFlood(does), { isReadable, isDisturbed: true })
    expect(verdicts['overload']!.status).toBe('PASS')
    expect(unsureIn(evidence)).toBeGreaterThan(2)
  })

  test('takes no longer than k6 lets it, and is not known then', () => {
    const slow: Plan = ({ index }) =>
      index % 10 === 4 ? { ...accepts, status: 500, takesMs: 9900 } : accepts
    for (const isDisturbed of [false, true]) {
      const { verdicts } = lived(inFlood(slow), { isDisturbed })
      expect(verdicts['overload']!.status).not.toBe('FAIL')
    }
  })
})

test('an observation of a promise without its key is an error at once', () => {
  const { data } = begun()
  const world: World = makeWorld(data, t0, 0, 'follower')
  const ofPool = world as unknown as PoolWorld
  // @ts-expect-error: its type says so, too.
  expect(() => ofPool.observe('accepted-task', 'normal', null)).toThrow(
    '"accepted-task" was observed without a key, and belongs to an account of promises; give { key }',
  )
  expect(() => world.observe('refusal', 'normal', null)).not.toThrow()
  expect(() => world.bring('accepted-task', 'normal', { type: 'counts', n: 1, bad: 0 })).toThrow(
    'belongs to an account of promises; observe each one with its key',
  )
})
