// What happens once, before any virtual user: variables, plan, k6 options. Never evaluated by a virtual user.
import type { Options, Scenario } from 'k6/options'
import { defaultSystem } from '../systems/default.ts'
import { systems } from '../systems/index.ts'
import { adapterOf } from './adapter.ts'
import type { Actors, Preflight, RunData } from './drive/actor.ts'
import { cloudOf } from './input/cloud.ts'
import { epochPlan } from './plan/epochs.ts'
import { probeName } from './plan/plan-time.ts'
import type { PhaseShape } from './plan/phase.ts'
import { makePlan } from './plan/plan.ts'
import { arrivals, faultScenarios, job, resident } from './drive/executors.ts'
import type { Plan } from './plan/plan.ts'
import { checkActors } from './plan/plan-names.ts'
import { toldValuesOf } from './plan/planned-expectations.ts'
import { defaultProfile, profiles } from './plan/profiles.ts'
import { preflightResult, type PreflightResult } from './plan/support.ts'
import type { Case, System } from './plan/system.ts'
import { agreementsOf, checksOf, promiseAccountsOf, ratesOf, restOf, talliesOf } from './drive/run-tables.ts'
import { checksIn, groupsBySteps } from './plan/vocabulary.ts'
import { settingsOf } from './input/settings.ts'
import { clusterReached, faultAddresses } from './input/confirmation.ts'
import {
  ceilingOf,
  checkConfirmed,
  checkCredentials,
  checkEndpoints,
  checkSystem,
  chooseTarget,
} from './input/target.ts'
import type { Target } from './input/target.ts'
import { isCheck, oraclesAsked } from '../verdict/criterion.ts'
import { claimShortfalls, partShortfalls } from '../verdict/shortfalls.ts'
import { fineLagsOf, thresholdsOf } from './summary/k6-thresholds.ts'
import { checkMetric, wholeMetric } from './summary/series.ts'
import { systemNamed } from './input/system-named.ts'
import { choose, readVariables } from './input/variables.ts'
import type { Given, Variables } from './input/variables.ts'

export type Shape = (numbers: never) => PhaseShape[]

interface Chosen {
  system: System
  systemName: string
  definition: Case
}

/** The case that the variables name; contradictions are errors. */
function chooseCase(scenario: string, variables: Variables): Chosen {
  const { CASE: caseId } = variables
  if (variables.SCENARIO !== undefined && variables.SCENARIO !== scenario) {
    throw new Error(`SCENARIO=${variables.SCENARIO} contradicts the bundle, which is "${scenario}"`)
  }
  const name = systemNamed(variables) ?? defaultSystem
  const system = choose('system', name, systems).system().system
  const own = casesOf(system, scenario)
  const definition = caseId === undefined ? own[0] : own.find(({ id }) => id === caseId)
  if (definition !== undefined) return { system, systemName: name, definition }
  const ids = own.map(({ id }) => id)
  throw new Error(
    `unknown case "${caseId ?? name}" of scenario "${scenario}"; valid: ${ids.length > 0 ? ids.join(', ') : `none on ${name}`}`,
  )
}

const casesOf = ({ cases }: System, scenario: string): Case[] =>
  cases.filter((one) => one.scenario === scenario)

/** The plan of this scenario for these variables; those of its system are among what is given. The same in k6 and in the runner. */
export function planOf(
  scenario: string,
  shape: Shape,
  variables: Variables,
  given: Given = variables.settings ?? {},
): Plan {
  const { system, systemName, definition } = chooseCase(scenario, variables)
  const profile = variables.PROFILE ?? defaultProfile
  choose('profile', profile, profiles)
  const settings = settingsOf(system.variables ?? {}, given)
  const numbers = definition.numbers(profile, settings)
  if (numbers === undefined) {
    const valid = Object.keys(profiles).filter((name) => definition.numbers(name, settings) !== undefined)
    throw new Error(`${definition.id} has no profile "${profile}"; valid: ${valid.join(', ')}`)
  }
  return makePlan({
    scenario,
    systemName,
    system,
    definition,
    profile,
    numbers,
    shapes: shape(numbers as never),
    seed: variables.SEED ?? 1,
    cut: variables.DURATION,
    withChecks: variables.CHECKS !== 'none',
    settings,
  })
}

/** Every plan of a scenario: all cases of all systems at all profiles. For `make list` and its tests. */
export function allPlans(scenario: string, shape: Shape): Plan[] {
  return Object.entries(systems).flatMap(([systemName, modules]) => {
    return casesOf(modules.system().system, scenario).flatMap((definition) =>
      Object.keys(profiles)
        .filter((profile) => definition.numbers(profile, {}) !== undefined)
        .map((profile) =>
          planOf(scenario, shape, { SYSTEM: systemName, CASE: definition.id, PROFILE: profile }),
        ),
    )
  })
}

/** Everything that k6 needs: options, the data for setup(), and what the summary is made of. */
export interface Start {
  /** This process's part of the whole run's plan. */
  plan: Plan
  whole: Plan
  /** Which of how many processes of the run this is, over its epochs and shards. */
  part: { number: number; of: number; shards: number }
  options: Options
  data: RunData
  system: System
  /** Why it can be no PASS however well it goes. Empty for the processes of a runner, which judges the run as a whole. */
  shortfalls: string[]
  /** Counts a check that was made. */
  countCheck: (name: string, isViolated: boolean) => void
  /** Once, where the load begins: an archive is made without tokens. @throws Error that names a variable which is not set. */
  checkCredentials: () => void
  /** What the first requests found, as far as it decides what is claimed and whether the load begins. */
  preflightResult: (found: Preflight) => PreflightResult
  /** @param known the actors of the system @throws Error that names an actor of the plan which is not among them */
  checkActors: (known: Actors['actors']) => void
}

/** This module is loaded in a closure, which cannot import them itself. */
type MetricTypes = Pick<typeof import('k6/metrics'), 'Counter' | 'Rate'>

/** @throws Error in words for the user, where variables, case or target are wrong */
export function start(scenario: string, shape: Shape, { Counter, Rate }: MetricTypes): Start {
  const variables = readVariables(__ENV)
  const whole = planOf(scenario, shape, variables, __ENV)
  const { EPOCH: epoch, SHARDS: shards = 1, SHARD: shard = 1 } = variables
  const plan = epoch === undefined ? whole : epochPlan(whole, epoch)
  const system = choose('system', plan.system, systems).system().system
  const target = chooseTarget(variables, plan, readTargetFile)
  checkSystem(target, plan.system)
  checkEndpoints(target, system.endpoints ?? {})
  if (target.adapter !== null) adapterOf(target.adapter, plan.system)
  const disturbs = variables.ALLOW_FAULTS === true && whole.faults.length > 0
  // Only these can k6 disturb by itself; the runner has asked for all others.
  const reached = disturbs ? faultAddresses(target, ['links', 'selectors']) : []
  if (disturbs && variables.RECORD !== true && Object.keys(target.selectors).length > 0)
    reached.push(clusterReached(null))
  checkConfirmed(target, plan.peakPerSecond, variables, reached)
  const epochs = epoch === undefined ? 1 : whole.epochs.length
  const shortfalls = variables.RECORD === true ? [] : shortfallsOf(whole, variables)
  // k6 takes a threshold only of a metric that there is.
  if (shortfalls.length > 0) new Counter(wholeMetric)
  const checks = Object.fromEntries(checksIn(system.names).map((name) => [name, new Rate(checkMetric(name))]))
  const part = { number: ((epoch ?? 1) - 1) * shards + shard, of: epochs * shards, shards }
  return {
    plan,
    whole,
    part,
    data: dataOf({ plan, whole, target, system, variables }),
    system,
    shortfalls,
    options: optionsOf({ plan, system, shortfalls, target, shards, variables }),
    countCheck: (name, isViolated) => checks[name]!.add(isViolated),
    checkCredentials: () => checkCredentials(target, variables, __ENV),
    preflightResult: (found) => preflightResult(whole, system.names, found),
    checkActors: (known) => checkActors(whole, known),
  }
}

/** Of a process that no runner started. */
const shortfallsOf = (plan: Plan, { PARTIAL, SHARDS = 1, EPOCH }: Variables): string[] => [
  ...claimShortfalls(plan),
  ...partShortfalls(plan.partial, PARTIAL === true),
  ...(SHARDS > 1 || EPOCH !== undefined
    ? ['SHARDS and EPOCH make this a part of a run, and only ./assay run adds the parts up']
    : []),
]

/** What setup() hands on to the virtual users. */
function dataOf({
  plan,
  whole,
  target,
  system,
  variables,
}: Pick<Start, 'plan' | 'whole' | 'system'> & {
  target: Target
  variables: Variables
}): RunData {
  const { EPOCH: epoch, SHARD: shard = 1, SHARDS: shards = 1 } = variables
  const run = variables.RUN ?? `r${Date.now().toString(36)}`
  return {
    run: epoch === undefined ? run : `${run}-e${epoch}`,
    system: plan.system,
    seed: plan.seed,
    clock: plan.clock,
    epochStart: epoch === undefined ? 0 : whole.epochs[epoch - 1]!.start,
    startAt: variables.START_AT ?? null,
    late: 0,
    preflight: (epoch ?? 1) === 1 && shard === 1,
    withChecks: Object.values(whole.claimed).some(isCheck),
    phases: plan.phases,
    rest: restOf(plan),
    levels: plan.levels,
    // Virtual users need neither texts nor what only the summary reads.
    faults: plan.faults.map(({ byActors: _, ...fault }) => fault),
    segments: Object.fromEntries(
      plan.segments.map(({ name, virtualUsers: _, opensWith: __, backlog: ___, ...rest }) => [name, rest]),
    ),
    residents: Object.fromEntries(plan.residents.map(({ actor, virtualUsers }) => [actor, virtualUsers])),
    driveSeconds: plan.driveSeconds,
    settleSeconds: plan.settleSeconds,
    shards,
    fineLagsMs: fineLagsOf(plan),
    checks: checksOf(plan, system.names),
    rates: ratesOf(plan, system.names),
    agreements: agreementsOf(plan, system.names),
    promiseAccounts: promiseAccountsOf(system.names),
    ...toldValuesOf(plan),
    groups: groupsBySteps(system.names),
    tallies: talliesOf(plan),
    inTimeMs: plan.work?.withinMs ?? 0,
    target: {
      baseUrl: target.baseUrl,
      adapter: target.adapter,
      alone: target.alone,
      credentials: target.credentials,
      endpoints: target.endpoints,
      links: variables.ALLOW_FAULTS === true ? target.links : {},
      selectors: variables.ALLOW_FAULTS === true ? target.selectors : {},
    },
    record: variables.RECORD === true,
    history: plan.history,
    oracles: variables.RECORD === true ? oraclesAsked(plan.claimed) : [],
    settings: plan.settings ?? {},
  }
}

/** k6 opens files relative to the bundle; people write paths relative to the project, which is its parent. */
function readTargetFile(file: string): string {
  try {
    return open(file)
  } catch {
    try {
      return open(`../${file}`)
    } catch {
      throw new Error(
        `target file ${file} cannot be read; give a path from the project's folder, or an absolute one`,
      )
    }
  }
}

function optionsOf({
  plan,
  system,
  shortfalls,
  target,
  shards,
  variables,
}: Pick<Start, 'plan' | 'system' | 'shortfalls'> & {
  target: Target
  shards: number
  variables: Variables
}): Options {
  return {
    scenarios: Object.fromEntries([
      ...plan.residents.map(({ actor, virtualUsers }) => [
        actor,
        resident(virtualUsers, plan.driveSeconds + plan.settleSeconds),
      ]),
      ...plan.jobs.map((actor) => [actor, job(plan.driveSeconds)]),
      // Split over the shards like all others, so that each has one.
      [probeName, resident(shards, plan.driveSeconds)],
      ...plan.segments.map((segment) => [segment.name, arrivals(segment)]),
      ...faultScenarios(plan, target, variables),
    ]) as Record<string, Scenario>,
    thresholds: thresholdsOf(plan, system.names, shortfalls),
    summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(95)', 'p(99)', 'count'],
    // No url, name or group: they would make a time series of every key in a path.
    systemTags: ['status', 'scenario', 'error_code', 'expected_response'],
    noCookiesReset: true,
    discardResponseBodies: false,
    // k6 holds it in each process.
    rps: Math.ceil(ceilingOf(target, plan.peakPerSecond, variables) / shards),
    // Every request of the preflight may time out, and the common start may be some time off.
    setupTimeout: '300s',
    teardownTimeout: '60s',
    tags: { target: target.name },
    userAgent: `assay/${plan.case}`,
    ...cloudOf(variables, plan.case),
  }
}
