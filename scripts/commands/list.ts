// What there is: systems, scenarios, cases, profiles and criteria, from the plans that the build wrote.
import { formatDuration } from '../../lib/plan/duration.ts'
import { ruleKey } from '../../verdict/criterion.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import { defaultProfile, profiles } from '../../lib/plan/profiles.ts'
import { rawVariables, variablesOf } from './arguments.ts'
import { entry } from '../evidence/map-entry.ts'
import { allPlans, chooseOrWrongUse, readManifest, selections } from '../run/plans.ts'
import type { Manifest } from '../run/plans.ts'

interface Listing {
  cases: { id: string; system: string; scenario: string; profiles: string[]; criteria: string[] }[]
  criteria: { id: string; text: string; source: string }[]
}

function listing(plans: Plan[]): Listing {
  const cases = new Map<string, Listing['cases'][number]>()
  const criteria = new Map<string, Listing['criteria'][number]>()
  for (const plan of plans) {
    const known = cases.get(plan.case) ?? {
      id: plan.case,
      system: plan.system,
      scenario: plan.scenario,
      profiles: [],
      criteria: [],
    }
    cases.set(plan.case, known)
    known.profiles.push(plan.profile)
    for (const [id, { text, source }] of Object.entries(plan.claimed)) {
      if (!known.criteria.includes(id)) known.criteria.push(id)
      criteria.set(id, { id, text, source })
    }
  }
  return { cases: [...cases.values()], criteria: [...criteria.values()] }
}

const columns = (cells: string[], widths: number[]): string =>
  cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join('  ')
    .trimEnd()

/** A long row of stretches is told by its beginning and its end. */
const shownStretches = 10
function shortened(parts: string[]): string {
  if (parts.length <= shownStretches) return parts.join(', ')
  const half = shownStretches / 2
  return [
    ...parts.slice(0, half),
    `... ${parts.length - shownStretches} more ...`,
    ...parts.slice(-half),
  ].join(', ')
}

/** What the system adds to phases: each name with all values that it has, but those that say nothing. */
function addedText({ phases }: Plan): string {
  const values = new Map<string, Set<string>>()
  for (const [name, value] of phases.flatMap(({ added }) => Object.entries(added) as [string, unknown][])) {
    if (typeof value !== 'number' || value === 0) continue
    const [word, unit] = name.endsWith('Seconds') ? [name.slice(0, -'Seconds'.length), ' s'] : [name, '']
    entry(values, word, () => new Set<string>()).add(`${Number(value.toFixed(2))}${unit}`)
  }
  return [...values].map(([name, own]) => `${name} ${[...own].join('/')}`).join(', ')
}

function planLines(plan: Plan): string[] {
  const rates = plan.segments.map(
    ({ actor, phase, from, to }) => `${actor} ${phase} ${rate(from)}${from === to ? '' : `..${rate(to)}`}/s`,
  )
  const phases = plan.phases.map(
    ({ name, kind, start, end }) => `${name} (${kind}) ${formatDuration(end - start)}`,
  )
  const epochs = plan.epochs.length > 1 ? [`in ${plan.epochs.length} k6 processes, one after the other`] : []
  return [
    columns(
      [
        plan.profile,
        `${plan.peakLevel} ${plan.unit}`,
        addedText(plan),
        `${plan.clock === 'virtual' ? '<= ' : ''}${formatDuration(plan.driveSeconds)}`,
        `${Object.keys(plan.claimed).length} claimed`,
        ...epochs,
      ],
      [10, 13, 22, 8, 12],
    ),
    `    phases${plan.clock === 'virtual' ? ', simulated' : ''}: ${shortened(phases)}`,
    ...(plan.jobs.length > 0 ? [`    jobs: ${plan.jobs.join(', ')}`] : [`    arrivals: ${shortened(rates)}`]),
    ...plan.notClaimed.map(({ id, why }) => `    not claimed: ${id}: ${why}`),
  ]
}

const rate = (value: number): string => String(Number(value.toFixed(2)))

function sampleLines(plan: Plan): string[] {
  return Object.entries(plan.claimed).flatMap(([id, criterion]) =>
    criterion.rules.map((_, index) => {
      const { samples, needed, unit } = plan.expected[ruleKey(id, index)]!
      return columns(
        [`    ${id}`, criterion.text, `${Math.round(samples)} ${unit} expected, ${needed} needed`],
        [38, 50, 0],
      )
    }),
  )
}

/** The plans that SYSTEM, SCENARIO, CASE and PROFILE leave; all without any of them. */
function chosen(plans: Plan[], raw: Record<string, string>): Plan[] {
  const wanted: [variable: string, field: 'system' | 'scenario' | 'case' | 'profile'][] = [
    ['SYSTEM', 'system'],
    ['SCENARIO', 'scenario'],
    ['CASE', 'case'],
    ['PROFILE', 'profile'],
  ]
  return wanted.reduce((left, [variable, field]) => {
    const value = raw[variable]
    if (value === undefined || value === 'ALL') return left
    const valid = [...new Set(plans.map((plan) => plan[field]))]
    chooseOrWrongUse(field, value, Object.fromEntries(valid.map((name) => [name, true])))
    return left.filter((plan) => plan[field] === value)
  }, plans)
}

/** What `run` with the same variables would run. */
function runnable(manifest: Manifest, raw: Record<string, string>): Plan[] {
  const { JSON: _, ...given } = raw
  const runs = selections(manifest, variablesOf(given, manifest.variables), () => {})
  const profile = raw['PROFILE'] ?? defaultProfile
  return allPlans(manifest).filter(
    (plan) =>
      plan.profile === profile &&
      runs.some(({ CASE, SCENARIO }) => CASE === plan.case && SCENARIO === plan.scenario),
  )
}

export async function list(args: string[]): Promise<number> {
  const manifest = readManifest()
  const raw = rawVariables(args, process.env, ['JSON'], manifest.variables)
  const plans = raw['CASE'] === 'ALL' ? runnable(manifest, raw) : chosen(allPlans(manifest), raw)
  const listed = listing(plans)
  if (raw['JSON'] === '1') {
    console.log(JSON.stringify(listed, null, 1))
    return 0
  }
  console.log('profiles')
  for (const [name, what] of Object.entries(profiles)) console.log(`  ${name.padEnd(10)} ${what}`)
  for (const { id, system, scenario } of listed.cases) {
    const own = plans.filter((plan) => plan.case === id)
    console.log(`\n${id}  scenario ${scenario} on ${system}: ${own[0]?.source ?? ''}`)
    for (const plan of own) for (const line of planLines(plan)) console.log(`  ${line}`)
    // Samples of one size, unless somebody asks for one case: then of each.
    const detailed = raw['CASE'] === undefined ? own.filter(({ profile }) => profile === defaultProfile) : own
    for (const plan of detailed)
      console.log([`  criteria at ${plan.profile}`, ...sampleLines(plan)].join('\n'))
  }
  if (raw['CASE'] === undefined)
    console.log('\nmake list CASE=... shows the samples of every profile; PROFILE= and SCENARIO= choose too')
  return 0
}
