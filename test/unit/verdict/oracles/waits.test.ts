// A pool's word for its waits against what was seen of them: an honest one is believed, whatever its clock says, and each lie shows.
import { describe, expect, test } from 'vitest'
import type { JoinedSample } from '../../../../verdict/oracles/oracle.ts'
import { waits } from '../../../../verdict/oracles/waits/oracle.ts'
import type { WaitEntry } from '../../../../verdict/oracles/waits/history.ts'

/** What became of one task, in ms by our clock, where an answer is under way for `wayMs`. */
interface Deed {
  acceptedAt: number
  waitMs: number
  /** For how long the worker that got it had hung in its poll before. */
  hungMs: number
  /** For how long an able worker really was idle meanwhile. */
  idleMs: number
}
interface Says {
  waitMs: number
  idleMs: number | null
  attempts?: number
  laterMs?: number
}

const wayMs = 5
const t0 = 1_700_000_000_000

/** A hundred tasks, each some time after the one before. */
function told(
  deed: (index: number) => Omit<Deed, 'acceptedAt'>,
  says: (deed: Omit<Deed, 'acceptedAt'>, index: number) => Says = ({ waitMs, idleMs }) => ({
    waitMs,
    idleMs,
  }),
  { count = 100, everyMs = 100, aheadMs = 0 } = {},
): WaitEntry[] {
  return Array.from({ length: count }, (_, index): WaitEntry[] => {
    const own = deed(index)
    const key = `run-client_calm-${index}`
    const at = t0 + index * everyMs
    const givenAt = at + own.waitMs
    const { waitMs, idleMs, attempts = 1, laterMs = 0 } = says(own, index)
    const acceptedAt = at + aheadMs + laterMs
    return [
      {
        type: 'submitted',
        key,
        kind: 'normal',
        size: 1,
        sentAt: at - wayMs,
        answeredAt: at + wayMs,
        acceptedAt,
        plannedMs: 0,
      },
      {
        type: 'given',
        key,
        workerId: 'worker-1',
        leaseMs: 30_000,
        begunAt: givenAt - own.hungMs - wayMs,
        answeredAt: givenAt + wayMs,
        correlationId: `poll-${index}`,
      },
      {
        type: 'shown',
        key,
        acceptedAt,
        assignedAt: acceptedAt + waitMs,
        ableIdleMs: idleMs,
        attempts,
        doneBy: 'worker-1',
      },
    ]
  }).flat()
}

/** Workers of whom all is known: there for ten minutes, and hung in these polls. */
const watched = (count: number, polls: [from: number, until: number][] = []): WaitEntry[] =>
  Array.from({ length: count }, (_, index): WaitEntry[] => [
    { type: 'present', worker: `w${index}`, size: 1, from: t0 - 1000, until: t0 + 600_000 },
    ...polls.map(([from, until]): WaitEntry => ({
      type: 'polled',
      worker: `w${index}`,
      begunAt: t0 + from,
      answeredAt: t0 + until,
    })),
  ]).flat()

function judged(entries: WaitEntry[]) {
  const check = waits.begin().check({ lastAt: t0 })!
  for (const entry of entries) check.add(entry)
  const findings = check.findings()
  const samples = check.joined!()
  const of = (name: string): JoinedSample[] => samples.filter((sample) => sample.of === name)
  return {
    findings,
    broken: Object.entries(findings?.laws ?? {}).flatMap(([law, { violations }]) =>
      violations > 0 ? [law] : [],
    ),
    times: (name: string): number[] => of(name).flatMap(({ ms, leftOut }) => (leftOut ? [] : [ms!])),
    leftOut: (name: string): number => of(name).filter(({ leftOut }) => leftOut).length,
    bad: (name: string): string[] => of(name).flatMap(({ bad }) => bad ?? []),
  }
}

const quick = { waitMs: 8, hungMs: 700, idleMs: 8 }
const held = { waitMs: 1500, hungMs: 1600, idleMs: 1500 }
const busy = { waitMs: 1500, hungMs: 0, idleMs: 0 }

describe('an honest pool', () => {
  test.for([
    ['whose clock is five minutes ahead', 300_000],
    ['whose clock is an hour behind', -3_600_000],
  ] as const)('%s is believed', ([, aheadMs]) => {
    const { broken, times, bad, leftOut } = judged(told(() => quick, undefined, { aheadMs }))
    expect(broken).toEqual([])
    expect(bad('told-waits')).toEqual([])
    expect(Math.max(...times('seen-allocation'))).toBe(8)
    expect(leftOut('seen-allocation')).toBe(0)
  })

  test('that is slow is slow by its own word, and by ours', () => {
    const { broken, times } = judged(told(() => held))
    expect(broken).toEqual([])
    expect(times('seen-allocation')).toEqual(Array(100).fill(1500))
    expect(Math.min(...times('seen-idle'))).toBe(1500 - 2 * wayMs)
  })

  test('that has no free worker is no slow allocator, and need not be believed where workers were watched', () => {
    const { times, leftOut, broken } = judged([...told(() => busy), ...watched(3)])
    expect(times('seen-allocation')).toEqual([])
    expect(leftOut('seen-allocation')).toBe(0)
    expect(Math.max(...times('seen-idle'))).toBe(0)
    expect(broken).toEqual([])
  })

  test('whose short polls cross the answers of others is not called idle', () => {
    const polls = Array.from({ length: 100 }, (_, index): [number, number] => [
      index * 250,
      index * 250 + 140,
    ])
    const { times } = judged([...told(() => busy), ...watched(3, polls)])
    expect(Math.max(...times('seen-idle'))).toBe(0)
  })

  test('that gave a task to a worker which nobody heard of is left out, not blamed', () => {
    const { broken, leftOut } = judged(
      told(
        () => held,
        () => ({ waitMs: 8, idleMs: 8, attempts: 2 }),
      ),
    )
    expect(broken).toEqual([])
    expect(leftOut('seen-wait')).toBe(100)
  })

  test('of which nobody told anything has no findings', () => {
    expect(judged([]).findings).toBeNull()
  })
})

describe('a lie shows', () => {
  const everyFifth = (index: number) => (index % 5 === 0 ? held : quick)

  test('able_idle_ms is always 0, and one task in five is held while workers hang in polls', () => {
    const { broken, times, bad } = judged(told(everyFifth, ({ waitMs }) => ({ waitMs, idleMs: 0 })))
    expect(broken).toEqual(['idle'])
    expect(times('seen-allocation').filter((ms) => ms >= 100)).toHaveLength(20)
    expect(bad('told-waits')).toHaveLength(20)
    expect(bad('told-waits')[0]).toBe(
      'an able worker hung in a poll for at least 1490 ms, and the record says 0 ms',
    )
  })

  test('the same where the task is given to whoever has just begun to poll', () => {
    const { broken, times } = judged([
      ...told(
        (index) => (index % 5 === 0 ? { ...busy, idleMs: 1500 } : quick),
        ({ waitMs }) => ({ waitMs, idleMs: 0 }),
      ),
      ...watched(1, [
        [0, 5000],
        [5000, 10_000],
      ]),
    ])
    expect(broken).toEqual(['idle'])
    expect(times('seen-allocation').filter((ms) => ms >= 100).length).toBeGreaterThan(10)
  })

  test('assigned_at is accepted_at, whenever the task was given away', () => {
    const { broken, times } = judged(
      told(
        () => held,
        () => ({ waitMs: 0, idleMs: 0 }),
      ),
    )
    expect(broken).toEqual(['wait', 'idle'])
    expect(Math.min(...times('seen-allocation'))).toBe(1490)
    expect(Math.min(...times('seen-wait'))).toBe(1490)
  })

  // A record that makes the wait short says nothing of who was free in the long one that was seen.
  test('assigned_at is accepted_at, and the task is given to whoever has just begun to poll', () => {
    const { broken, times } = judged(
      told(
        () => busy,
        () => ({ waitMs: 0, idleMs: 0 }),
      ),
    )
    expect(broken).toEqual(['wait'])
    expect(Math.min(...times('seen-allocation'))).toBe(1490)
  })

  test('accepted_at is when it was assigned', () => {
    const { broken } = judged(
      told(everyFifth, ({ waitMs }) => ({ waitMs: 0, idleMs: 0, laterMs: waitMs === 8 ? 0 : waitMs })),
    )
    expect(broken).toEqual(['accepted', 'wait', 'idle'])
  })

  test('a record is another one afterwards', () => {
    const entries = told(() => quick)
    const changed = entries.map((entry) =>
      entry.type === 'shown' ? { ...entry, acceptedAt: entry.acceptedAt + 40 } : entry,
    )
    expect(judged(changed).bad('told-waits')[0]).toMatch(/^accepted_at is 40 ms later than the answer/)
  })

  /** Of one task in twenty, what its entries are in place of these. */
  const changed = (change: (entry: WaitEntry) => WaitEntry[]): WaitEntry[] =>
    told(() => quick).flatMap((entry) =>
      'key' in entry && Number(entry.key.split('-').at(-1)) % 20 === 0 ? change(entry) : [entry],
    )

  test('a second worker is given the task that the first one has', () => {
    const again = (after: number) =>
      changed((entry) =>
        entry.type === 'given'
          ? [entry, { ...entry, workerId: 'worker-2', answeredAt: entry.answeredAt + after }]
          : entry.type === 'shown'
            ? [{ ...entry, attempts: 2 }]
            : [entry],
      )
    const { broken, bad } = judged(again(2000))
    expect(broken).toEqual(['once'])
    expect(bad('told-waits')[0]).toBe('given to a second worker after 2000 ms, and a lease is 30000 ms')
    expect(judged(again(30_100)).broken).toEqual([])
  })

  test('a task was done by a worker of ours that was never given it', () => {
    const { broken, bad } = judged(changed((entry) => (entry.type === 'given' ? [] : [entry])))
    expect(broken).toEqual(['done'])
    expect(bad('told-waits')).toHaveLength(5)
    const byOthers = changed((entry) =>
      entry.type === 'given'
        ? []
        : entry.type === 'shown'
          ? [{ ...entry, doneBy: 'somebody-else' }]
          : [entry],
    )
    expect(judged(byOthers).broken).toEqual([])
  })

  test('all are called busy, and nobody was watched: left out', () => {
    const { leftOut, times } = judged(told(() => busy))
    expect(leftOut('seen-allocation')).toBe(100)
    expect(times('seen-allocation')).toEqual([])
  })
})

describe('the queue', () => {
  // A hundred at once, of which one is given away every 100 ms.
  const queued = told((index) => ({ waitMs: 100 * index, hungMs: 0, idleMs: 0 }), undefined, { everyMs: 0 })
  const looks = (waiting: (second: number) => number): WaitEntry[] =>
    Array.from({ length: 10 }, (_, second): WaitEntry => {
      const sentAt = t0 + 1000 * second
      return {
        type: 'looked',
        kind: 'recovery',
        sentAt,
        answeredAt: sentAt + wayMs,
        waiting: waiting(second),
      }
    })

  test('that the pool tells as it is breaks nothing, a second late as well', () => {
    const honest = (ago: number) => looks((second) => Math.max(0, 100 - 10 * (second - ago)))
    expect(judged([...queued, ...honest(0)]).broken).toEqual([])
    expect(judged([...queued, ...honest(1)]).broken).toEqual([])
  })

  test('that the pool calls empty is seen to wait', () => {
    const { broken, bad } = judged([...queued, ...looks(() => 0)])
    expect(broken).toEqual(['queue'])
    expect(bad('seen-queue').length).toBeGreaterThanOrEqual(6)
    expect(bad('seen-queue')[0]).toMatch(/^0 wait, as the target says, and \d+ were seen to$/)
  })

  test('is not held against a single look at a bad moment', () => {
    const once = looks((second) => (second === 4 ? 0 : 100))
    expect(judged([...queued, ...once]).broken).toEqual([])
  })
})
