// A small plan for the tests of the runner, and what its k6 processes would bring.
import type { EndedPart } from '../../../scripts/run/k6-processes.ts'
import type { Part } from '../../../scripts/run/parts.ts'
import type { Level, Plan, PlannedPhase, Segment } from '../../../lib/plan/plan.ts'
import type { Criterion, PhaseKind } from '../../../verdict/criterion.ts'
import type { ProcessEvidence } from '../../../verdict/evidence.ts'
import { counted } from '../verdict/verdict-run.ts'

/** Phases one after the other, each with so many workers and arrivals of work per second. */
export function planOf(
  stretches: { kind: PhaseKind; seconds: number; workers?: number; perSecond?: number }[],
  claimed: Record<string, Criterion> = {},
): Plan {
  const phases: PlannedPhase[] = []
  const levels: Level[] = []
  const segments: Segment[] = []
  let now = 0
  for (const [index, { kind, seconds, workers = 10, perSecond = 20 }] of stretches.entries()) {
    const name = `${kind}-${index + 1}`
    const end = now + seconds
    phases.push({
      name,
      kind,
      start: now,
      end,
      queueSeconds: 0,
      added: {},
    })
    levels.push({ start: now, end, from: workers, to: workers })
    segments.push({
      name: `client_${name}`,
      actor: 'client',
      work: true,
      phase: name,
      kind,
      start: now,
      seconds,
      from: perSecond,
      to: perSecond,
      virtualUsers: { ready: 10, most: 100 },
      opensWith: ['submit'],
    })
    now = end
  }
  const handovers = phases.filter(({ kind }) => kind === 'handover')
  return {
    scenario: 'soak',
    system: 'shop',
    case: 'shop/S5',
    source: 'test',
    profile: 'smoke',
    seed: 1,
    unit: 'workers',
    clock: 'wall',
    partial: false,
    phases,
    levels,
    faults: [],
    segments,
    peakLevel: 10,
    work: { done: 'completed', inTime: 'in-time', withinMs: 10_000 },
    settleSeconds: 40,
    driveSeconds: now,
    residents: [{ actor: 'worker', virtualUsers: 10 }],
    jobs: [],
    epochs: [...handovers, null].map((next, index) => ({
      start: index === 0 ? 0 : handovers[index - 1]!.start,
      end: next?.end ?? now,
    })),
    peakPerSecond: 100,
    claimed,
    history: false,
    required: [],
    endsWhenLost: [],
    notClaimed: [],
    credentials: {},
    expected: {},
  }
}

/** What a part of a run brings when all is well. */
export const broughtBy = ({ index, of }: Part): ProcessEvidence => ({ ...counted(), shard: index, of })

export const endedWell = (part: Part): EndedPart => ({
  part,
  written: broughtBy(part),
  exit: { code: 0, signal: null },
  excused: false,
})
