// The plan of one run: phases, load and expected samples, computed from scenario shape, case and profile. Pure, and the
// same code on both sides: k6 makes its options from it, `make list` and the runner say from it what will be claimed.
import type { Criterion, PhaseKind } from '../../verdict/criterion.ts'
import type { Expectation } from '../../verdict/expectation.ts'
import type { Clock } from '../../verdict/evidence.ts'
import { checkDistinct } from '../../verdict/names.ts'
import { claims } from './claims.ts'
import { parseDuration } from './duration.ts'
import { faultsOf } from './fault-plan.ts'
import type { FaultSettings, PhaseShape } from './phase.ts'
import { epochsOf } from './epochs.ts'
import type { Epoch } from './epochs.ts'
import { endpointsIn, type Settings } from '../input/settings.ts'
import { queueSecondsOf } from './queue.ts'
import { checkPlanNames } from './plan-names.ts'
import { plannedExpectations } from './planned-expectations.ts'
import { peakPerSecondOf } from './requests.ts'
import { residentsOf, segmentsOf } from './segments.ts'
import type { ActorFault, Case, Load, System } from './system.ts'
import type { Vocabulary } from './vocabulary.ts'

export interface PlannedPhase<Added extends object = object> {
  name: string
  kind: PhaseKind
  /** Seconds after T0. */
  start: number
  end: number
  /**
   * How long the queue can get by the plan itself, in seconds of service, where more is offered than can be served; 0 where
   * nobody knows what can be served.
   */
  queueSeconds: number
  /** What the system adds for its actors, see Case.phase. */
  added: Added
}

/** Something that is done to the target, and when. */
export interface PlannedFault {
  /** Tells it from the plan's other ones, in words. */
  id: string
  driver: string
  target: string
  settings: FaultSettings
  /** Seconds after T0. */
  start: number
  seconds: number
  /** Set where actors commit it themselves and tell what became of it. */
  byActors?: ActorFault
}

/** The level from `from` to `to`, evenly between two times (seconds after T0). */
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
  /** Whether these are the work that the system is for. */
  work: boolean
  /** Set where these come all at once at the start of the phase. */
  backlog?: true
  phase: string
  kind: PhaseKind
  start: number
  seconds: number
  /** Arrivals per second at its start and at its end. */
  from: number
  to: number
  /** The observations that are missing, as bad ones, when k6 has no virtual user for an arrival. */
  opensWith: string[]
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
  /** What its levels are counted in, such as "workers". */
  unit: string
  /** Virtual where jobs simulate the phases: then times after T0 are simulated, but for driveSeconds and epochs. */
  clock: Clock
  /** True when DURATION cut it short. */
  partial: boolean
  phases: PlannedPhase[]
  levels: Level[]
  /** In the order of their start. */
  faults: PlannedFault[]
  /** The highest level. */
  peakLevel: number
  segments: Segment[]
  residents: Resident[]
  /** Actors that simulate. */
  jobs: string[]
  /** The k6 processes that share the time; one, where the plan has no handover. */
  epochs: Epoch[]
  /** Seconds of offered load, or the longest that jobs may take, and the longest time after it in which the system may come to rest. */
  driveSeconds: number
  settleSeconds: number
  peakPerSecond: number
  /** Requests a second that one processor of k6 sends, where the system says it. */
  requestsPerCore?: number
  /** Criteria that this load can decide, by id with the system's prefix. */
  claimed: Record<string, Criterion>
  required: string[]
  /** What the source expects to see, by id with the system's prefix; left out where it expects nothing. */
  expectations?: Record<string, Expectation>
  /** The tallies that a phase's row is made of; left out where the system has no one kind of work. */
  work?: NonNullable<Vocabulary['work']>
  /** Whether a history of every write is kept. */
  history: boolean
  notClaimed: { id: string; why: string }[]
  /** Use -> name of the variable that holds the target's credential for it. */
  credentials: Record<string, string>
  /** The variables of the system that were given, by name, and the addresses among them by endpoint; left out where there are none. */
  settings?: Settings
  endpoints?: Record<string, string>
  /**
   * Claimed criteria over a share of the requests: a run ends when all of them are certain to FAIL. Empty where faults are
   * planned, of which it is worth knowing what becomes.
   */
  endsWhenLost: string[]
  /** Observations that each rule can expect, and the least that can decide it, by evidence key. */
  expected: Record<string, { samples: number; needed: number; unit: string }>
}

/** Work that was begun may wait so long until it is done or starved: the settle phase outlasts it. */
const settleSeconds = 40

function timeline(shapes: PhaseShape[], definition: Case, most: number, cut: number | undefined) {
  const phases: PlannedPhase[] = []
  const levels: Level[] = []
  let now = 0
  let count = 0
  for (const shape of shapes) {
    const start = now
    let highest = 0
    for (const move of shape.moves) {
      const seconds = Math.min(move.seconds, (cut ?? Infinity) - now)
      if (seconds <= 0) break
      const from = move.atOnce ? move.to : count
      const to = from + ((move.to - from) * seconds) / move.seconds
      levels.push({ start: now, end: now + seconds, from, to })
      highest = Math.max(highest, from, to)
      now += seconds
      count = to
    }
    if (now === start) break
    phases.push({
      name: shape.name,
      kind: shape.kind,
      start,
      end: now,
      queueSeconds: 0,
      added: definition.phase?.(shape, highest, most) ?? {},
    })
  }
  return { phases, levels, end: now }
}

/** What a plan is made of. */
interface PlanInput {
  scenario: string
  systemName: string
  system: System
  definition: Case
  profile: string
  /** The case's own, at this profile; the shapes are made of them. */
  numbers: object
  shapes: PhaseShape[]
  seed: number
  /** DURATION in seconds. */
  cut?: number | undefined
  /** Whether the checks before the load are made; yes when left out. */
  withChecks?: boolean
  /** The system's own variables that were given. */
  settings?: Settings
}

/** Who comes when, at which level, and in which phases; until its end, in seconds. */
function plannedLoad({ definition, shapes, cut }: PlanInput, actors: Load[]) {
  const most = Math.max(0, ...shapes.flatMap(({ moves }) => moves.map(({ to }) => to)))
  const { phases: bare, levels, end } = timeline(shapes, definition, most, cut)
  const capacityOf = (level: number): number => (level > 0 ? (definition.capacity?.(level, most) ?? 0) : 0)
  const segments = actors.flatMap((load) => segmentsOf(load, { shapes, phases: bare, levels }, capacityOf))
  checkDistinct(
    'segments',
    segments.map(({ name }) => name),
  )
  const queues = queueSecondsOf({ phases: bare, shapes, levels, segments }, capacityOf)
  const phases = bare.map((phase, index) => ({
    ...phase,
    // A burst has to be over in the usual time; at peak the queue takes what it takes.
    queueSeconds: phase.kind === 'peak' ? queues[index]! : 0,
  }))
  const peakLevel = Math.ceil(levels.reduce((top, level) => Math.max(top, level.from, level.to), 0))
  return { phases, levels, peakLevel, segments, residents: residentsOf(actors, segments, peakLevel), end }
}

/** The plan of a case at a profile. @throws Error for names that could be mistaken, and loads that cannot come together. */
export function makePlan(input: PlanInput): Plan {
  const { definition, shapes } = input
  const actors = definition.actors(input.numbers)
  checkPlanNames(input, actors)
  const { end, ...load } = plannedLoad(input, actors)
  const { phases, segments, residents } = load
  const offered = { names: input.system.names, segments, residents, actors }
  const faults = faultsOf(shapes, phases, input.seed, input.system.actorFaults ?? {})
  const jobs = actors.filter((load) => 'job' in load)
  checkJobs(definition.id, actors, faults)
  const clock: Clock = jobs.length > 0 ? 'virtual' : 'wall'
  const driveSeconds =
    clock === 'virtual' ? Math.max(...jobs.map(({ atMost }) => parseDuration(atMost))) : end
  const whole = shapes.reduce(
    (sum, shape) => sum + shape.moves.reduce((time, move) => time + move.seconds, 0),
    0,
  )
  const { unit, requestsPerCore } = input.system
  return {
    scenario: input.scenario,
    system: input.systemName,
    case: definition.id,
    source: definition.source,
    profile: input.profile,
    seed: input.seed,
    unit,
    clock,
    partial: end < whole,
    ...load,
    faults,
    jobs: jobs.map(({ actor }) => actor),
    epochs: clock === 'virtual' ? [{ start: 0, end: driveSeconds }] : epochsOf(phases),
    driveSeconds,
    settleSeconds,
    peakPerSecond: peakPerSecondOf(offered),
    ...(requestsPerCore === undefined ? {} : { requestsPerCore }),
    ...(input.system.names.work === undefined ? {} : { work: input.system.names.work }),
    history: definition.history === true,
    required: definition.required.map((id) => `${input.systemName}.${id}`),
    credentials: input.system.credentials,
    ...chosenSettings(input),
    ...plannedExpectations({ ...input, clock }),
    ...claims({
      ...load,
      systemName: input.systemName,
      system: input.system,
      definition,
      actors,
      kinds: [...new Set(shapes.map(({ kind }) => kind))],
      faults,
      clock,
      withChecks: input.withChecks ?? true,
    }),
  }
}

function chosenSettings({ system, settings = {} }: PlanInput): Pick<Plan, 'settings' | 'endpoints'> {
  if (Object.keys(settings).length === 0) return {}
  return { settings, endpoints: endpointsIn(system.variables ?? {}, settings) }
}

/** @throws Error that names what cannot be part of a plan that jobs simulate */
function checkJobs(id: string, loads: Load[], faults: PlannedFault[]): void {
  const job = loads.find((load) => 'job' in load)
  if (job === undefined) return
  const other = loads.find((load) => !('job' in load))
  if (other !== undefined)
    throw new Error(
      `${id}: the job "${job.actor}" lives in simulated time and "${other.actor}" in real time; give each a case of its own`,
    )
  const fault = faults.find(({ byActors }) => byActors === undefined)
  if (fault !== undefined)
    throw new Error(
      `${id}: the fault ${fault.id} is injected in real time, and the job "${job.actor}" simulates; declare it among the system's actorFaults`,
    )
}
