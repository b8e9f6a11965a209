// A follower says what became of submissions: what it could not see it does not take for lost.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Answer } from '../../../../lib/drive/actor.ts'
import type { World } from '../../../../systems/cocoon/names.ts'
import type { PlannedPhase } from '../../../../lib/plan/plan.ts'
import { follower } from '../../../../systems/cocoon/follower.ts'

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

type Look = 'ended' | 'running' | 'unknown' | 'failed'

/** What a follower observes, by the name of the observation; `look` is what the pool says of a task at a time. */
function observed(look: (index: number, now: number) => Look): Record<string, (string | null)[]> {
  const found: Record<string, (string | null)[]> = {}
  let now = 0
  const send = (step: string, { path }: { path: string }): Answer<unknown> => {
    const said = look(Number(/-(\d+)$/.exec(path)?.[1]), now)
    const view = { ended: said === 'ended', acceptedAt: 0, assignedAt: 0, completedAt: 200, ableIdleMs: 0 }
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
    data: {
      run: 'r',
      phases: [phase],
      rest: phase,
      segments: { clients: segment },
      residents: { follower: 1 },
      driveSeconds,
      settleSeconds,
      target: { adapter: null, credentials: {} },
    },
    index: 0,
    now: () => now,
    send,
    limitMs: () => 30_000,
    observe: (name: string, _kind: string, bad: string | null) => void (found[name] ??= []).push(bad),
    tally: () => {},
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
