// What happens once, before any virtual user: variables, plan, k6 options. Never evaluated by a virtual user.
import type { Options, Scenario } from 'k6/options'
import { ruleKey } from '../verdict/criterion.ts'
import type { PhaseKind } from '../verdict/criterion.ts'
import { systems } from '../systems/index.ts'
import type { RunData } from './actor.ts'
import { probeName } from './plan-time.ts'
import type { PhaseShape } from './phase.ts'
import { makePlan } from './plan.ts'
import type { Plan, Segment } from './plan.ts'
import { profiles } from './profiles.ts'
import type { CaseDefinition, SystemCases } from './system.ts'
import { ceilingOf, checkConfirmed, checkSystem, chooseTarget } from './target.ts'
import type { Target } from './target.ts'
import { thresholdsOf } from './k6-thresholds.ts'
import { choose, readVariables } from './variables.ts'
import type { Variables } from './variables.ts'

export type Shape = (numbers: never) => PhaseShape[]

interface Chosen {
  system: SystemCases
  systemName: string
  definition: CaseDefinition
}

/** The case that the variables name; contradictions are errors. */
function chooseCase(scenario: string, variables: Variables): Chosen {
  const { CASE: caseId, SYSTEM: systemName } = variables
  if (variables.SCENARIO !== undefined && variables.SCENARIO !== scenario) {
    throw new Error(`SCENARIO=${variables.SCENARIO} contradicts the bundle, which is "${scenario}"`)
  }
  const fromCase = caseId?.split('/')[0]
  if (fromCase !== undefined && systemName !== undefined && fromCase !== systemName) {
    throw new Error(`CASE=${caseId} contradicts SYSTEM=${systemName}; give one of them`)
  }
  const name = fromCase ?? systemName ?? 'cocoon'
  const system = choose('system', name, systems).cases().cases
  const own = system.cases[scenario] ?? []
  const definition = caseId === undefined ? own[0] : own.find(({ id }) => id === caseId)
  if (definition !== undefined) return { system, systemName: name, definition }
  const ids = own.map(({ id }) => id)
  throw new Error(
    `unknown case "${caseId ?? name}" of scenario "${scenario}"; valid: ${ids.length > 0 ? ids.join(', ') : `none on ${name}`}`,
  )
}

/** The plan of this scenario for these variables. The same in k6 and in the runner. */
export function planOf(scenario: string, shape: Shape, variables: Variables): Plan {
  const { system, systemName, definition } = chooseCase(scenario, variables)
  const profile = variables.PROFILE ?? 'smoke'
  choose('profile', profile, profiles)
  const numbers = definition.numbers(profile)
  if (numbers === undefined) {
    const valid = Object.keys(profiles).filter((name) => definition.numbers(name) !== undefined)
    throw new Error(`${definition.id} has no profile "${profile}"; valid: ${valid.join(', ')}`)
  }
  return makePlan({
    scenario,
    systemName,
    system,
    definition,
    profile,
    shapes: shape(numbers as never),
    seed: variables.SEED ?? 1,
    cut: variables.DURATION,
  })
}

/** Every plan of a scenario: all cases of all systems at all profiles. For `make list` and its tests. */
export function allPlans(scenario: string, shape: Shape): Plan[] {
  return Object.entries(systems).flatMap(([systemName, modules]) => {
    const system = modules.cases().cases
    return (system.cases[scenario] ?? []).flatMap((definition) =>
      Object.keys(profiles)
        .filter((profile) => definition.numbers(profile) !== undefined)
        .map((profile) =>
          planOf(scenario, shape, { SYSTEM: systemName, CASE: definition.id, PROFILE: profile }),
        ),
    )
  })
}

/** Everything that k6 needs: options, the data for setup(), and what the summary is made of. */
export interface Start {
  plan: Plan
  options: Options
  data: RunData
  system: SystemCases
}

export function start(scenario: string, shape: Shape): Start {
  const variables = readVariables(__ENV)
  const plan = planOf(scenario, shape, variables)
  const system = choose('system', plan.system, systems).cases().cases
  const target = chooseTarget(variables, plan.credentials, readTargetFile)
  checkSystem(target, plan.system)
  checkConfirmed(target, plan.peakPerSecond, variables)
  const data: RunData = {
    run: variables.RUN ?? `r${Date.now().toString(36)}`,
    seed: plan.seed,
    phases: plan.phases,
    rest: restOf(plan),
    levels: plan.levels,
    segments: Object.fromEntries(plan.segments.map(({ name, virtualUsers: _, ...rest }) => [name, rest])),
    residents: Object.fromEntries(plan.residents.map(({ actor, virtualUsers }) => [actor, virtualUsers])),
    driveSeconds: plan.driveSeconds,
    settleSeconds: plan.settleSeconds,
    checks: checksOf(plan),
    apiSteps: system.apiSteps,
    target: { baseUrl: target.baseUrl, adapter: target.adapter, credentials: target.credentials },
    record: variables.RECORD === true,
  }
  return { plan, data, system, options: optionsOf(plan, target, system, variables) }
}

/** What follows the last phase: of no kind that a criterion names, with the last phase's work. */
function restOf(plan: Plan): RunData['rest'] {
  const start = plan.driveSeconds
  const workSeconds = plan.phases.at(-1)?.workSeconds ?? 0
  return { name: 'settle', kind: 'warmup', start, end: start + plan.settleSeconds, workSeconds }
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

/** By phase kind and by step or observation: which rules judge it, and their limit in ms (0: none). */
function checksOf(plan: Plan): RunData['checks'] {
  const checks: RunData['checks'] = {}
  for (const [id, criterion] of Object.entries(plan.claimed)) {
    criterion.rules.forEach((rule, index) => {
      const kinds: PhaseKind[] = rule.judge === 'recovery' ? ['recovery'] : rule.in
      for (const kind of kinds) {
        for (const name of rule.judge === 'share' ? rule.of : [rule.of]) {
          const limit =
            rule.judge === 'share'
              ? (rule.overMs ?? 0)
              : rule.judge === 'recovery'
                ? rule.withinSeconds * 1000
                : 0
          ;((checks[kind] ??= {})[name] ??= []).push([ruleKey(id, index), limit])
        }
      }
    })
  }
  return checks
}

function optionsOf(plan: Plan, target: Target, system: SystemCases, variables: Variables): Options {
  return {
    scenarios: Object.fromEntries([
      ...plan.residents.map(({ actor, virtualUsers }) => [
        actor,
        resident(virtualUsers, plan.driveSeconds + plan.settleSeconds),
      ]),
      [probeName, resident(1, plan.driveSeconds)],
      ...plan.segments.map((segment) => [segment.name, arrivals(segment)]),
    ]) as Record<string, Scenario>,
    thresholds: thresholdsOf(plan, system),
    summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(95)', 'p(99)', 'count'],
    // No url, name or group: they would make a time series of every task's key.
    systemTags: ['status', 'scenario', 'error_code', 'expected_response'],
    noCookiesReset: true,
    discardResponseBodies: false,
    rps: ceilingOf(variables),
    // Every request of the preflight may time out.
    setupTimeout: '150s',
    teardownTimeout: '30s',
    tags: { target: target.name },
    userAgent: `assay/${plan.case}`,
  }
}

/** One iteration is a resident's whole life, so that a run ends as soon as all have left. */
const resident = (vus: number, seconds: number) => ({
  executor: 'per-vu-iterations' as const,
  exec: 'drive',
  vus,
  iterations: 1,
  maxDuration: `${Math.ceil(seconds + 30)}s`,
  gracefulStop: '5s',
})

function arrivals(segment: Segment) {
  const { from, to, seconds, start, virtualUsers, actor, phase, kind } = segment
  const shared = {
    exec: 'drive',
    startTime: `${Math.round(start * 1000)}ms`,
    preAllocatedVUs: virtualUsers.ready,
    maxVUs: virtualUsers.most,
    gracefulStop: '15s',
    tags: { actor, phase, kind },
  }
  // k6 takes whole numbers only; a long time unit keeps three decimals of the rate.
  const perUnit = (rate: number): number => Math.round(rate * 1000)
  // k6 starts one arrival at both ends of a stretch; half an interval less makes it the planned number.
  const duration = `${Math.round((seconds - 0.5 / Math.max(from, to)) * 1000)}ms`
  if (from === to) {
    return {
      executor: 'constant-arrival-rate' as const,
      ...shared,
      rate: perUnit(from),
      timeUnit: '1000s',
      duration,
    }
  }
  return {
    executor: 'ramping-arrival-rate' as const,
    ...shared,
    startRate: perUnit(from),
    timeUnit: '1000s',
    stages: [{ target: perUnit(to), duration }],
  }
}
