// The observer waits for the queue after each fault, from when that was over.
import { describe, expect, test, vi } from 'vitest'
import type { World } from '../../../../systems/cocoon/names.ts'
import type { PlannedPhase } from '../../../../lib/plan/plan.ts'
import { observer } from '../../../../systems/cocoon/observer.ts'

const phase = (kind: PlannedPhase['kind'], start: number, end: number) =>
  ({ name: `${kind} ${start}`, kind, start, end }) as PlannedPhase

const driveSeconds = 100
const fault = (start: number, seconds: number) => ({
  id: `at ${start}`,
  driver: 'process',
  target: 'gateway-1',
  settings: {},
  start,
  seconds,
})

interface Told {
  from: number
  at: number | null
  watchedUntil: number
}

/** What it tells of the queue's way back; `waiting` is the queue at a time. */
function told(
  phases: PlannedPhase[],
  faults: ReturnType<typeof fault>[],
  waiting: (now: number) => number,
): { waits: Told[]; bad: (string | null)[] } {
  vi.stubGlobal('__ENV', {})
  const waits: Told[] = []
  const bad: (string | null)[] = []
  let now = 0
  const world = {
    data: {
      phases,
      faults,
      levels: [{ start: 0, end: driveSeconds, from: 10, to: 10 }],
      driveSeconds,
      settleSeconds: 30,
      oracles: [],
      target: { adapter: null, credentials: {} },
    },
    now: () => now,
    at: (seconds: number) => seconds,
    phase: () => phases.find(({ start, end }) => start <= now && now < end) ?? phases.at(-1)!,
    send: () => ({ value: { waiting: waiting(now), workersAlive: 10, completed: 0 } }),
    observe: (name: string, _kind: string, wrong: string | null) => {
      if (name === 'queue-length') bad.push(wrong)
    },
    backToNormal: (_name: string, wait: Told) => void waits.push(wait),
    point: () => {},
    sleep: (seconds: number) => (now += Math.max(seconds, 0.01)),
  }
  observer(world as unknown as World)
  return { waits, bad }
}

const phases = [
  phase('normal', 0, 20),
  phase('fault', 20, 40),
  phase('fault', 40, 60),
  phase('recovery', 60, 100),
]

describe('the queue', () => {
  test('has its way back after each fault, from when that was over', () => {
    const { waits, bad } = told(phases, [fault(20, 5), fault(40, 5)], (now) =>
      (now >= 20 && now < 29) || (now >= 40 && now < 55) ? 50 : 2,
    )
    expect(waits).toEqual([
      { from: 25, at: 30, watchedUntil: 40 },
      { from: 45, at: 56, watchedUntil: 100 },
    ])
    expect(bad).toEqual([null, null])
  })

  test('that the next fault finds long is not blamed for the first one', () => {
    const { waits, bad } = told(phases, [fault(20, 5), fault(40, 5)], (now) =>
      now >= 20 && now < 50 ? 50 : 2,
    )
    expect(waits).toEqual([
      { from: 25, at: null, watchedUntil: 40 },
      { from: 45, at: 51, watchedUntil: 100 },
    ])
    expect(bad).toEqual([null])
  })

  test('that stays long is watched until all is over', () => {
    const { waits, bad } = told(phases, [fault(20, 5)], (now) => (now >= 20 ? 50 : 2))
    expect(waits).toEqual([{ from: 25, at: null, watchedUntil: 130 }])
    expect(bad).toEqual(['the queue is not back to normal'])
  })

  test('has its way back after a burst where nothing is broken', () => {
    const burst = [phase('normal', 0, 20), phase('burst', 20, 40), phase('recovery', 40, 100)]
    const { waits } = told(burst, [], (now) => (now >= 20 && now < 45 ? 50 : 2))
    expect(waits).toEqual([{ from: 40, at: 46, watchedUntil: 100 }])
  })
})
