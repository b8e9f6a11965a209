// One planted defect under the shortest load that can show it: which run that is, and when it may end.
import { kindsOf } from '../../verdict/criterion.ts'
import type { FaultVerdict, Status, Verdict } from '../../verdict/verdict.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import type { PlantedDefect } from '../../testbed/testbed.ts'
import type { Variables } from '../../lib/input/variables.ts'
import type { RunResult } from '../run/conclusion.ts'
import { isLost } from '../evidence/certain.ts'
import type { Row } from './kill-matrix.ts'
import { run } from '../run/run.ts'
import { WrongUse } from '../wrong-use.ts'

/** Profiles short enough to plant defects in. */
const profiles = ['kill', 'smoke']

/** A defect under one load, with the criteria of its that this load judges. */
export interface KillRun {
  name: string
  plan: Plan
  ids: string[]
  /** The law of an oracle that has to be named, too. */
  law?: string
  /** What a criterion has to say that cannot say FAIL: that the evidence is missing. */
  caughtAs?: Status
}

/**
 * The runs that show a defect by all criteria that it names: under the case that it names, else the baseline, else the
 * shortest load that judges the criterion.
 */
export function killRuns(
  name: string,
  criteria: string[],
  plans: Plan[],
  { under, law, caughtAs }: Pick<PlantedDefect, 'under' | 'law' | 'caughtAs'> = {},
): KillRun[] {
  const runs: KillRun[] = []
  for (const id of criteria) {
    const shared = runs.find(({ plan }) => plan.claimed[id] !== undefined)
    if (shared !== undefined) {
      shared.ids.push(id)
      continue
    }
    const able = plans.filter(
      (plan) =>
        profiles.includes(plan.profile) && plan.claimed[id] !== undefined && watchesLongEnough(plan, id),
    )
    // Where most of what can be broken shows.
    const isMeant = (plan: Plan): boolean =>
      under === undefined ? plan.scenario === 'baseline' : plan.case === under
    const meant = able.filter(isMeant)
    const shortest = (meant.length > 0 ? meant : able).toSorted(
      (a, b) => needed(a, [id]) - needed(b, [id]),
    )[0]
    if (shortest === undefined)
      throw new WrongUse(`no case claims ${id} at ${profiles.join(' or ')}; it cannot be shown`)
    runs.push({
      name,
      plan: shortest,
      ids: [id],
      ...(law === undefined ? {} : { law }),
      ...(caughtAs === undefined ? {} : { caughtAs }),
    })
  }
  return runs
}

/** A recovery that does not come shows only where it is watched for as long as it may take. */
function watchesLongEnough({ claimed, phases, settleSeconds }: Plan, id: string): boolean {
  const endOf = (kind: string): number => phases.findLast((phase) => phase.kind === kind)?.end ?? 0
  return claimed[id]!.rules.every(
    (rule) =>
      rule.judge !== 'recovery' ||
      endOf('recovery') + settleSeconds - endOf(rule.after) >= rule.withinSeconds,
  )
}

/** In seconds: some load follows what is checked before it. */
const leastLoad = 1

/** The load may end with the last phase that the criteria judge. */
function needed(plan: Plan, ids: string[]): number {
  const kinds = ids.flatMap((id) => plan.claimed[id]?.rules.flatMap(kindsOf) ?? [])
  return Math.max(leastLoad, ...plan.phases.filter(({ kind }) => kinds.includes(kind)).map(({ end }) => end))
}

/** How the reason of a run begins that ended by an error of our own. */
export const brokeDown = 'the run broke down'

/**
 * Plants the defect, and says of each criterion whether it caught it. A run that breaks down does not take the other
 * ones with it: it counts as one that measured badly.
 */
export async function killRun(
  killed: KillRun,
  variables: Variables,
): Promise<{ rows: Row[]; interrupted: boolean }> {
  const began = new Date()
  try {
    const { verdict, interrupted } = await plantedRun(killed, variables)
    return { rows: rowsOf(killed, began, verdict), interrupted }
  } catch (error) {
    if (error instanceof WrongUse) throw error
    const words = `${brokeDown}: ${(error as Error).message}`
    return { rows: rowsOf(killed, began, { criteria: [], faults: [] }, 'INVALID', words), interrupted: false }
  }
}

function plantedRun({ name, plan, ids, law }: KillRun, variables: Variables): Promise<RunResult> {
  const duration = Math.ceil(needed(plan, ids))
  return run({
    scenario: plan.scenario,
    variables: {
      ...variables,
      SEED: variables.SEED ?? 1,
      CASE: plan.case,
      PROFILE: plan.profile,
      DEFECTS: [name],
      // What is broken shows in a part as well.
      ...(duration < plan.driveSeconds ? { DURATION: duration, PARTIAL: true } : {}),
    },
    // The oracle looks at the whole of a run.
    stopWhen: (log, own) =>
      law === undefined &&
      ids.every((id) => own.claimed[id] !== undefined && isLost(id, own.claimed[id], log, own))
        ? `${ids.join(' and ')} broken, which is what this run was to show`
        : null,
    say: (line) => console.log(`    ${line}`),
  })
}

/**
 * Whether the evidence is missing for no other reason than the defect: whoever looked could see, nothing was refused, and
 * the fault did not show.
 */
function lackEffect(faults: FaultVerdict[]): boolean {
  const unseen = faults.filter(({ bite }) => !bite)
  return unseen.length > 0 && unseen.every(({ problem, effect }) => problem === null && !!effect?.during)
}

export function rowsOf(
  { name, plan, ids, law, caughtAs = 'FAIL' }: KillRun,
  began: Date,
  { criteria, findings = {}, faults }: Pick<Verdict, 'criteria' | 'findings' | 'faults'>,
  otherwise: Row['status'] = 'not claimed',
  words = '',
): Row[] {
  const broken = ids
    .flatMap((id) => plan.claimed[id]?.rules ?? [])
    .flatMap((rule) => (rule.judge === 'law' ? (findings[rule.oracle]?.violations ?? []) : []))
    .find((violation) => violation.law === law)
  const red = criteria.filter(({ status }) => status === 'FAIL').map(({ id }) => id)
  return ids.map((id) => {
    const own = criteria.find((entry) => entry.id === id)
    return {
      name,
      criterion: id,
      case: plan.case,
      profile: plan.profile,
      caught:
        own?.status === caughtAs &&
        (law === undefined || broken !== undefined) &&
        (caughtAs === 'FAIL' || lackEffect(faults)),
      also_red: red.filter((other) => other !== id),
      status: own?.status ?? otherwise,
      ...(law === undefined ? {} : { law }),
      reason: broken === undefined ? (own?.reason ?? words) : `${broken.law}: ${broken.text}`,
      began: began.toISOString(),
      seconds: Math.round((Date.now() - began.getTime()) / 1000),
    }
  })
}
