// Plans outside k6: the same scenario modules, built for Node with k6's own modules left out.
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import type { Plan } from '../../lib/plan/plan.ts'
import { choose } from '../../lib/input/variables.ts'
import type { Variables } from '../../lib/input/variables.ts'
import { inWork } from '../project.ts'
import { orWrongUse, WrongUse } from '../wrong-use.ts'

export interface Manifest {
  scenarios: Record<string, { bundle: string; bytes: number; plans: Plan[] }>
  /** By system: its own variables, and what each does. */
  variables: Record<string, Record<string, string>>
  /** Systems that have oracles, and those that have a testbed: what is in dist/ may be older than the tree. */
  oracles: string[]
  testbeds: string[]
}

let manifest: Promise<Manifest> | undefined

/** Read once: it is large, and what this process loads from dist/ is not loaded anew either. */
export function readManifest(): Promise<Manifest> {
  manifest ??= readFile(inWork('dist/manifest.json'), 'utf8').then((text) => JSON.parse(text) as Manifest)
  return manifest
}

/** The scenario that the variables name: SCENARIO, else the one that has CASE, else baseline. */
export function scenarioOf(manifest: Manifest, variables: Variables): string {
  const named = variables.SCENARIO
  if (named !== undefined) {
    chooseOrWrongUse('scenario', named, manifest.scenarios)
    return named
  }
  const id = variables.CASE
  if (id === undefined || id === 'ALL') return 'baseline'
  const ids = Object.values(manifest.scenarios).flatMap(({ plans }) => plans.map((plan) => plan.case))
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

/** Variables of every case to run: one, or with CASE=ALL each of the scenario's, or of every scenario. */
export function selections(manifest: Manifest, variables: Variables): Variables[] {
  if (variables.CASE !== 'ALL') return [variables]
  const names =
    variables.SCENARIO === undefined ? Object.keys(manifest.scenarios) : [scenarioOf(manifest, variables)]
  const wanted = names.flatMap((name) => manifest.scenarios[name]?.plans ?? [])
  const ids = wanted.filter(({ system }) => variables.SYSTEM === undefined || system === variables.SYSTEM)
  if (ids.length === 0) throw new WrongUse(`no case matches SYSTEM=${variables.SYSTEM}; make list names them`)
  return [...new Map(ids.map((plan) => [plan.case, plan])).values()].map((plan) => {
    const { SYSTEM: _, ...rest } = variables
    return { ...rest, CASE: plan.case, SCENARIO: plan.scenario }
  })
}
