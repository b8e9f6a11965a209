// The plan of one run: phases, load and expected samples, computed from scenario shape, case and profile. Pure, and the
// same code on both sides: k6 makes its options from it, `make list` and the runner say from it what will be claimed.
import type { Criterion, PhaseKind } from '../verdict/criterion.ts'
import { claims } from './claims.ts'
import type { PhaseShape } from './phase.ts'
import { arrivalsOf } from './plan-time.ts'
import type { ActorLoad, CaseDefinition, SystemCases } from './system.ts'

export interface PlannedPhase {
  name: string
  kind: PhaseKind
  /** Seconds after T0. */
  start: number
  end: number
  /** Mean seconds of one task's work. */
  workSeconds: number
}

/** The worker count from `from` to `to`, evenly between two times (seconds after T0). */
export interface Level {
  start: number
  end: number
  from: number
  to: number
}

/** Arrivals of one actor in one stretch: one k6 scenario, so that k6 itself says in which phase it dropped any. */
export interface Segment {
  name: string
  actor: string
  phase: string
  kind: PhaseKind
  start: number
  seconds: number
  /** Arrivals per second at its start and at its end. */
  from: number
  to: number
  virtualUsers: { ready: number; most: number }
}

export interface Resident {
  actor: string
  virtualUsers: number
}

export interface Plan {
  scenario: string
  system: string
  case: string
  source: string
  profile: string
  seed: number
  /** True when DURATION cut it short. */
  partial: boolean
  phases: PlannedPhase[]
  levels: Level[]
  workers: number
  segments: Segment[]
  residents: Resident[]
  /** Seconds of offered load, and the longest time after it in which the system may come to rest. */
  driveSeconds: number
  settleSeconds: number
  peakPerSecond: number
  /** Requests of the whole run, roughly. */
  requests: number
  /** Criteria that this load can decide, by id with the system's prefix. */
  claimed: Record<string, Criterion>
  required: string[]
  notClaimed: { id: string; why: string }[]
  /** Use -> name of the variable that holds the target's credential for it. */
  credentials: Record<string, string>
  /** Observations that each rule can expect, and the least that can decide it, by evidence key. */
  expected: Record<string, { samples: number; needed: number }>
}

/** A task may wait this long before it counts as starved; the settle phase outlasts it. */
const settleSeconds = 40
const backlogSuffix = '-backlog'
/** A backlog arrives evenly within this time: at once, as far as a server can tell. */
const backlogSeconds = 2

function timeline(shapes: PhaseShape[], workSeconds: (workers: number) => number, cut: number | undefined) {
  const phases: PlannedPhase[] = []
  const levels: Level[] = []
  let now = 0
  let count = 0
  for (const shape of shapes) {
    const start = now
    let most = 0
    for (const move of shape.moves) {
      const seconds = Math.min(move.seconds, (cut ?? Infinity) - now)
      if (seconds <= 0) break
      const from = move.atOnce ? move.to : count
      const to = from + ((move.to - from) * seconds) / move.seconds
      levels.push({ start: now, end: now + seconds, from, to })
      most = Math.max(most, from, to)
      now += seconds
      count = to
    }
    if (now === start) break
    phases.push({
      name: shape.name,
      kind: shape.kind,
      start,
      end: now,
      workSeconds: workSeconds(most) * shape.work,
    })
  }
  return { phases, levels, end: now }
}

/** Virtual users that a rate needs: some ready at once, and as many as can be held while every request times out. */
const virtualUsers = (rate: number, holdSeconds: number) => ({
  ready: Math.ceil(rate / 2) + 4,
  most: Math.ceil(rate * holdSeconds) + 10,
})

function segmentsOf(
  load: ActorLoad,
  shapes: PhaseShape[],
  phases: PlannedPhase[],
  levels: Level[],
  definition: CaseDefinition,
) {
  if (!('arrivals' in load)) return []
  const rate = (workers: number, factor: number): number =>
    (workers > 0 ? (load.arrivals.ofCapacity * workers) / definition.workSeconds(workers) : 0) * factor +
    load.arrivals.perSecond
  const segments: Segment[] = []
  for (const [index, phase] of phases.entries()) {
    const shape = shapes[index]
    const inside = levels.filter((level) => level.start >= phase.start && level.end <= phase.end)
    for (const [part, level] of inside.entries()) {
      const factor = load.follows ? (shape?.arrivals ?? 1) : 1
      const [from, to] = [rate(level.from, factor), rate(level.to, factor)]
      if (from + to <= 0) continue
      segments.push({
        name: [load.actor, phase.name, ...(inside.length > 1 ? [String(part + 1)] : [])].join('-'),
        actor: load.actor,
        phase: phase.name,
        kind: phase.kind,
        start: level.start,
        seconds: level.end - level.start,
        from,
        to,
        virtualUsers: virtualUsers(Math.max(from, to), load.holdSeconds),
      })
    }
    if (load.follows && shape !== undefined && shape.backlog > 0) {
      const perSecond = shape.backlog / backlogSeconds
      segments.push({
        name: `${load.actor}-${phase.name}${backlogSuffix}`,
        actor: load.actor,
        phase: phase.name,
        kind: phase.kind,
        start: phase.start,
        seconds: backlogSeconds,
        from: perSecond,
        to: perSecond,
        virtualUsers: virtualUsers(perSecond, 1),
      })
    }
  }
  return segments
}

/** The plan of a case at a profile. `cut` is DURATION in seconds. */
export function makePlan(input: {
  scenario: string
  systemName: string
  system: SystemCases
  definition: CaseDefinition
  profile: string
  shapes: PhaseShape[]
  seed: number
  cut?: number | undefined
}): Plan {
  const { definition, shapes } = input
  const { phases, levels, end } = timeline(shapes, definition.workSeconds, input.cut)
  const segments = definition.actors.flatMap((load) => segmentsOf(load, shapes, phases, levels, definition))
  const workers = Math.ceil(levels.reduce((most, level) => Math.max(most, level.from, level.to), 0))
  const residents = residentsOf(definition.actors, segments, workers)
  const whole = shapes.reduce(
    (sum, shape) => sum + shape.moves.reduce((time, move) => time + move.seconds, 0),
    0,
  )
  return {
    scenario: input.scenario,
    system: input.systemName,
    case: definition.id,
    source: definition.source,
    profile: input.profile,
    seed: input.seed,
    partial: end < whole,
    phases,
    levels,
    workers,
    segments,
    residents,
    driveSeconds: end,
    settleSeconds,
    peakPerSecond: peakOf(segments, definition.actors),
    requests: Math.ceil(
      segments.reduce(
        (sum, segment) => sum + arrivalsOf(segment) * requestsOf(definition.actors, segment.actor),
        0,
      ),
    ),
    required: definition.required.map((id) => `${input.systemName}.${id}`),
    credentials: input.system.credentials,
    ...claims(input.systemName, input.system, definition, segments, workers),
  }
}

function residentsOf(loads: ActorLoad[], segments: Segment[], workers: number): Resident[] {
  return loads.flatMap((load): Resident[] => {
    if ('resident' in load) {
      return [{ actor: load.actor, virtualUsers: load.resident === 'planned' ? workers : load.resident }]
    }
    if (!('residentPer' in load)) return []
    const { arrivalsOf: other, perSecond } = load.residentPer
    // A backlog is looked after as it is worked off, not as it comes.
    const steady = segments.filter(({ actor, name }) => actor === other && !name.endsWith(backlogSuffix))
    const rate = steady.reduce((most, { from, to }) => Math.max(most, from, to), 0)
    return [{ actor: load.actor, virtualUsers: Math.max(1, Math.ceil(rate / perSecond)) }]
  })
}

const requestsOf = (loads: ActorLoad[], actor: string): number => {
  const load = loads.find((candidate) => candidate.actor === actor)
  return load !== undefined && 'arrivals' in load ? load.requests : 0
}

/** Requests per second at the busiest moment, from what each arrival leads to. */
function peakOf(segments: Segment[], loads: ActorLoad[]): number {
  const at = (time: number): number =>
    segments
      .filter(({ start, seconds }) => start <= time && time < start + seconds)
      .reduce((sum, { actor, from, to }) => sum + Math.max(from, to) * requestsOf(loads, actor), 0)
  return Math.ceil(Math.max(0, ...segments.map(({ start }) => at(start))))
}
