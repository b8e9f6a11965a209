// A follower says what became of submissions: what it could not see it does not take for lost.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Answer, RunData } from '../../../../lib/drive/actor.ts'
import type { World } from '../../../../systems/cocoon/names.ts'
import type { PlannedPhase } from '../../../../lib/plan/plan.ts'
import type { TaskView } from '../../../../systems/cocoon/pool.ts'
import { ownData } from '../../../../lib/drive/own-data.ts'
import { randomOf } from '../../../../lib/plan/random.ts'
import { askedAgainMost } from '../../../../systems/cocoon/late/asking-again.ts'
import { follower } from '../../../../systems/cocoon/follower.ts'

// Bundles require it where it is needed; here it is imported.
vi.mock('../../../../systems/cocoon/lazily.ts', async () => {
  const askingAgain = await import('../../../../systems/cocoon/late/asking-again.ts')
  return { askingAgain: () => askingAgain }
})

const phase: PlannedPhase = {
  name: 'alone',
  kind: 'degraded',
  start: 0,
  end: 60,
  queueSeconds: 0,
  added: { workSeconds: 0.2, patienceSeconds: null, history: 0 },
}
const [driveSeconds, settleSeconds] = [60, 30]
/** One submission every ten seconds. */
const segment = {
  actor: 'client',
  work: true,
  phase: phase.name,
  kind: phase.kind,
  start: 0,
  seconds: 60,
  from: 0.1,
  to: 0.1,
  opensWith: [],
}

type Look = 'ended' | 'running' | 'unknown' | 'failed' | Partial<TaskView>

interface Setting {
  /** Submissions a second. */
  rate?: number
  /** Which of how many followers it is. */
  index?: number
  followers?: number
  seed?: number
  /** The stretches of submissions, one after the other, by their names; each has the same rate. */
  stretches?: [name: string, start: number, seconds: number][]
  /** How long an answer takes that is asked for at a time. */
  takesSeconds?: (now: number) => number
  /** Whether a criterion judges what is read again. */
  isAskedAgain?: boolean
}

/**
 * What a follower observes, by the name of the observation; `look` is what the pool says of a task at a time, and
 * `lookedAgainAt` gets those that it looked at more than once, `tallied` what it tallied.
 */
function observed(
  look: (index: number, now: number) => Look,
  {
    rate = 0.1,
    index = 0,
    followers = 1,
    seed = 1,
    takesSeconds = () => 0,
    isAskedAgain = false,
    stretches = [['clients', 0, 60]],
  }: Setting = {},
  lookedAgainAt: number[] = [],
  tallied: [name: string, ms: number][] = [],
): Record<string, (string | null)[]> {
  const found: Record<string, (string | null)[]> = {}
  const looked = new Set<number>()
  let now = 0
  const send = (step: string, { path }: { path: string }): Answer<unknown> => {
    const [, place = '', number] = /r-(.+)-(\d+)$/.exec(path) ?? []
    const task = Number(number) + (stretches.find(([name]) => name === place)?.[1] ?? 0) * rate
    const said = look(task, now)
    now += takesSeconds(now)
    if (looked.has(task)) lookedAgainAt.push(task)
    looked.add(task)
    const usual = { ended: said !== 'running', acceptedAt: 0, assignedAt: 0, completedAt: 200, ableIdleMs: 0 }
    const view = typeof said === 'string' ? usual : { ...usual, ...said }
    const value = said === 'failed' ? null : said === 'unknown' ? 'unknown' : view
    return {
      outcome: value === null ? 'failed' : 'ok',
      status: value === null ? 500 : 200,
      ms: 5,
      value,
      isRepeated: false,
      correlationId: step,
      sentAt: now,
    }
  }
  const world = {
    // As virtual users have it: not all of it can be enumerated.
    data: ownData({
      run: 'r',
      phases: [phase],
      rest: phase,
      segments: Object.fromEntries(
        stretches.map(([name, start, seconds]) => [
          name,
          { ...segment, start, seconds, from: rate, to: rate },
        ]),
      ),
      residents: { follower: followers },
      checks: isAskedAgain ? { degraded: { 'asked-again': [['rule', 0, null]] } } : {},
      driveSeconds,
      settleSeconds,
      oracles: [],
      inTimeMs: 10_000,
      target: { adapter: null, credentials: {} },
    } as unknown as RunData),
    index,
    now: () => now,
    random: (purpose: string, ...numbers: number[]) => randomOf(seed, purpose, numbers),
    send,
    limitMs: () => 30_000,
    observe: (name: string, _kind: string, bad: string | null) => void (found[name] ??= []).push(bad),
    tally: (name: string, _phase: string, ms: number) => tallied.push([name, ms]),
    measure: () => {},
    sleep: (seconds: number) => (now += Math.max(seconds, 0.01)),
  }
  follower(world as unknown as World)
  return found
}

const submissions = 6

describe('a follower', () => {
  beforeEach(() => vi.stubGlobal('__ENV', {}))

  test('sees every submission end', () => {
    expect(observed(() => 'ended')['accepted-task']).toEqual(Array(submissions).fill(null))
  })

  test('goes on looking while looks fail', () => {
    // For longer than one that the pool does not know is waited for.
    const seen = observed((index, now) => (index === 1 && now < 45 ? 'failed' : 'ended'))
    expect(seen['accepted-task']).toEqual(Array(submissions).fill(null))
  })

  test('looks for what it got no answer about for as long as it can', () => {
    // After the load, and later than for what the pool does not know.
    const seen = observed((index, now) => (index === 1 && now < driveSeconds + 20 ? 'failed' : 'ended'))
    expect(seen['accepted-task']).toEqual(Array(submissions).fill(null))
    expect(seen['unread-task']).toBeUndefined()
  })

  test('says of which it got no answer to the end', () => {
    const seen = observed((index, now) => (index === 1 || now > 40 ? 'failed' : 'ended'))
    // The two that came at last were never seen, either.
    expect(seen['unread-task']).toEqual([null, null, null])
    expect(seen['accepted-task']).toEqual(Array(submissions - 3).fill(null))
    expect(observed(() => 'ended')['unread-task']).toBeUndefined()
  })

  test('gives up what the pool says it does not know', () => {
    const seen = observed((index) => (index === 1 ? 'unknown' : 'ended'))
    expect(seen['accepted-task']).toEqual(Array(submissions - 1).fill(null))
  })

  test('tells a task that goes on from one that the pool forgot', () => {
    const goesOn = observed((index) => (index === 1 ? 'running' : 'ended'))
    expect(goesOn['accepted-task']).toEqual(Array(submissions).fill(null))
    expect(goesOn['task-end']!.filter(Boolean)).toEqual(['has not ended'])
    const forgotten = observed((index, now) => (index === 1 ? (now < 15 ? 'running' : 'unknown') : 'ended'))
    expect(forgotten['accepted-task']!.filter(Boolean)).toEqual(['is not known any more'])
    expect(forgotten['task-end']).toEqual(Array(submissions - 1).fill(null))
  })

  test('does not take a task for forgotten that was only not known for a while', () => {
    const seen = observed((index, now) =>
      index !== 1 ? 'ended' : now < 15 ? 'running' : now < 20 ? 'unknown' : 'ended',
    )
    expect(seen['accepted-task']).toEqual(Array(submissions).fill(null))
    expect(seen['task-end']).toEqual(Array(submissions).fill(null))
  })

  test('counts no turnaround shorter than it saw, whatever the pool says', () => {
    const tallied: [string, number][] = []
    observed((index, now) => (index === 1 && now < 30 ? 'running' : 'ended'), {}, [], tallied)
    const [turnarounds, inTime] = ['turnaround', 'in-time'].map((name) =>
      tallied.filter((one) => one[0] === name).map(([, ms]) => ms),
    )
    // Due at 10 s, and seen open until some three seconds before 30.
    expect(turnarounds!.filter((ms) => ms > 15_000)).toHaveLength(1)
    expect(turnarounds!.filter((ms) => ms === 200)).toHaveLength(submissions - 1)
    expect(inTime).toEqual(Array(submissions - 1).fill(200))
  })

  test('gives up a task that the pool never knew', () => {
    const looks: Record<number, number> = {}
    const seen = observed((index) => {
      looks[index] = (looks[index] ?? 0) + 1
      return index === 1 ? 'unknown' : 'ended'
    })
    expect(seen['accepted-task']).toHaveLength(submissions - 1)
    // It is not asked for ever.
    expect(looks[1]).toBeLessThan(6)
  })
})

describe('a task that had ended', () => {
  beforeEach(() => vi.stubGlobal('__ENV', {}))
  const dueAt = (index: number): number => 10 * index
  const judged = { isAskedAgain: true }

  test('is read again when the load is over, and is as it was', () => {
    expect(observed(() => 'ended', judged)['asked-again']).toEqual(Array(submissions).fill(null))
    expect(observed(() => 'ended')['asked-again']).toBeUndefined()
  })

  test('is to be known for longer than 15 s', () => {
    const seen = observed((index, now) => (now > dueAt(index) + 15 ? 'unknown' : 'ended'), judged)
    expect(seen['accepted-task']).toEqual(Array(submissions).fill(null))
    // The last one ended ten seconds before the load did.
    expect(seen['asked-again']).toEqual([
      ...Array<string>(submissions - 1).fill('had ended, and is not known any more'),
      null,
    ])
  })

  test.each([
    [{ ended: false }, 'had ended, and goes on'],
    [{ acceptedAt: 1 }, 'its acceptance was 0, and is 1'],
    [{ assignedAt: null }, 'its first assignment was 0, and is null'],
    [{ completedAt: 300 }, 'its completion was 200, and is 300'],
    // It failed after all.
    [{ completedAt: undefined }, 'its completion was 200, and is undefined'],
    [{ completedBy: 'w2' }, 'its worker was w1, and is w2'],
    [{ attempts: 2 }, 'its attempts was 1, and is 2'],
    [{ ableIdleMs: 5 }, 'its able_idle_ms was 0, and is 5'],
  ])('may not become %j', (later, words) => {
    const first = { completedBy: 'w1', attempts: 1 }
    const seen = observed((_, now) => (now < driveSeconds ? first : { ...first, ...later }), judged)
    expect(seen['asked-again']).toEqual(Array(submissions).fill(words))
  })

  test('of which nobody answers is not said to be changed', () => {
    const seen = observed((index, now) => (now >= driveSeconds && index < 2 ? 'failed' : 'ended'), judged)
    expect(seen['asked-again']).toEqual(Array(submissions - 2).fill(null))
  })

  test('is read also where others never end, and not for so long that k6 would end the follower', () => {
    const look = (index: number): Look => (index === 1 ? 'running' : 'ended')
    expect(observed(look, judged)['asked-again']).toEqual(Array(submissions - 1).fill(null))
    // Two are begun in ten seconds.
    const slowly = observed(look, { ...judged, takesSeconds: (now) => (now >= 90 ? 9 : 0) })
    expect(slowly['asked-again']).toEqual([null, null])
  })

  test('belongs to a sample of one size, which all followers share, and which reaches over the whole run', () => {
    const readBy = (setting: Setting): number[] => {
      const read: number[] = []
      observed(() => 'ended', { ...judged, rate: 20, ...setting }, read)
      return read
    }
    const [first, second] = [0, 1].map((index) => readBy({ index, followers: 2 })) as [number[], number[]]
    const sample = [...first, ...second].toSorted((a, b) => a - b)
    expect(sample).toEqual(readBy({}).toSorted((a, b) => a - b))
    expect(new Set(sample).size).toBe(askedAgainMost)
    // One of each stretch of 15.
    expect(sample.map((index) => Math.floor((index * askedAgainMost) / 1200))).toEqual([
      ...Array(askedAgainMost).keys(),
    ])
    expect(readBy({ seed: 2 })).not.toEqual(sample)
    // In whatever order k6 gives the stretches.
    const stretches: Setting['stretches'] = [
      ['early', 0, 25],
      ['late', 25, 35],
    ]
    const both = [stretches, stretches.toReversed()].map((order, index) =>
      readBy({ index, followers: 2, stretches: order }),
    )
    expect(both.flat().toSorted((a, b) => a - b)).toEqual(sample)
  })
})
