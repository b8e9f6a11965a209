// Plans outside k6: the same scenario modules, built for Node with k6's own modules left out.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Plan } from '../../lib/plan/plan.ts'
import { defaultProfile, profiles } from '../../lib/plan/profiles.ts'
import type { VariableDocs } from '../../lib/input/settings.ts'
import { choose } from '../../lib/input/variables.ts'
import type { Variables } from '../../lib/input/variables.ts'
import { defaultSystem } from '../../systems/default.ts'
import { inWork } from '../project.ts'
import { orWrongUse, WrongUse } from '../wrong-use.ts'

export interface Manifest {
  scenarios: Record<string, { bundle: string; bytes: number; plans: Plan[] }>
  /** By system: its own variables, and what each does. */
  variables: VariableDocs
  /** Systems that have oracles, data, and a testbed: what is in dist/ may be older than the tree. */
  oracles: string[]
  data: string[]
  testbeds: string[]
}

let manifest: Manifest | undefined

/** Read once: it is large, and what this process loads from dist/ is not loaded anew either. */
export const readManifest = (): Manifest =>
  (manifest ??= JSON.parse(readFileSync(inWork('dist/manifest.json'), 'utf8')) as Manifest)

/** That of every case at each of its profiles. */
export const allPlans = ({ scenarios }: Pick<Manifest, 'scenarios'>): Plan[] =>
  Object.values(scenarios).flatMap(({ plans }) => plans)

/** The scenario that the variables name: SCENARIO, else the one that has CASE, else baseline. */
export function scenarioOf(manifest: Manifest, variables: Variables): string {
  const named = variables.SCENARIO
  if (named !== undefined) {
    chooseOrWrongUse('scenario', named, manifest.scenarios)
    return named
  }
  const id = variables.CASE
  if (id === undefined || id === 'ALL') return 'baseline'
  const ids = allPlans(manifest).map((plan) => plan.case)
  const found = Object.entries(manifest.scenarios).find(([, { plans }]) =>
    plans.some((plan) => plan.case === id),
  )
  if (found === undefined) throw new WrongUse(`unknown case "${id}"; valid: ${[...new Set(ids)].join(', ')}`)
  return found[0]
}

/** As choose, where a wrong name is wrong use. */
export const chooseOrWrongUse = <T>(kind: string, name: string, choices: Record<string, T>): T =>
  orWrongUse(() => choose(kind, name, choices))

/** The plan for these variables, or wrong use. */
export async function planFor(scenario: string, variables: Variables): Promise<Plan> {
  return planIn(
    (await import(pathToFileURL(inWork('dist/node/scenarios', `${scenario}.js`)).href)) as Planner,
    variables,
  )
}

interface Planner {
  plans: (variables: Variables) => Plan[]
}

/** As planFor, of a scenario's module. */
export function planIn(module: Planner, variables: Variables): Plan {
  return orWrongUse(() => module.plans(variables)[0]!)
}

/** Whether a run is of somebody's own deployment, and not of a testbed that is started for it. */
export const isExternal = ({ TARGET, BASE_URL }: Variables): boolean =>
  TARGET !== undefined || BASE_URL !== undefined

/**
 * Variables of every case to run: one, or with CASE=ALL each of the scenario's, or of every scenario. Of all cases those are left
 * out, by name, that cannot be run: nothing may break off a row of runs of which some have a verdict.
 * @throws WrongUse where no case is left, or the profile is none
 */
export function selections(
  manifest: Manifest,
  variables: Variables,
  say: (line: string) => void = (line) => console.log(line),
): Variables[] {
  if (variables.CASE !== 'ALL') return [variables]
  const { SYSTEM: named, ...rest } = variables
  const { PROFILE: profile = defaultProfile } = rest
  chooseOrWrongUse('profile', profile, profiles)
  // A deployment and a planted defect are of one system: where none is named, of that which a run without SYSTEM has.
  const isOfOne = isExternal(variables) || (variables.DEFECTS ?? []).length > 0
  const system = named ?? (isOfOne ? defaultSystem : undefined)
  const scenarios =
    variables.SCENARIO === undefined ? Object.keys(manifest.scenarios) : [scenarioOf(manifest, variables)]
  const all = scenarios
    .flatMap((name) => manifest.scenarios[name]?.plans ?? [])
    .filter((plan) => system === undefined || plan.system === system)
  if (all.length === 0) throw new WrongUse(`no case matches SYSTEM=${system}; make list names them`)
  const able = all.filter((plan) => isExternal(variables) || manifest.testbeds.includes(plan.system))
  const chosen = able.filter((plan) => plan.profile === profile)
  const reasons = {
    'without a testbed, and no TARGET= or BASE_URL= is given': without(all, able),
    [`without the profile "${profile}"`]: without(able, chosen),
  }
  const leftOut = Object.entries(reasons).flatMap(([why, ids]) =>
    ids.length === 0 ? [] : [`left out, ${why}: ${ids.join(', ')}`],
  )
  if (chosen.length === 0) throw new WrongUse(`no case can be run: ${leftOut.join('; ')}`)
  if (chosen.length > 1 && rest.RUN !== undefined)
    throw new WrongUse(`RUN=${rest.RUN} names one run, and CASE=ALL is ${chosen.length} here; leave RUN out`)
  for (const line of leftOut) say(line)
  return chosen.map((plan) => ({ ...rest, CASE: plan.case, SCENARIO: plan.scenario }))
}

/** The cases of some plans that have none among the others. */
function without(plans: Plan[], others: Plan[]): string[] {
  const known = new Set(others.map((plan) => plan.case))
  return [...new Set(plans.map((plan) => plan.case))].filter((id) => !known.has(id))
}
