// The kill matrix on disk: which defect was caught by which criterion, and what clean runs said.
import { readFile } from 'node:fs/promises'
import { shareBounds } from '../../verdict/statistics.ts'
import type { Status, Verdict } from '../../verdict/verdict.ts'
import { deathText, type Death } from './deaths.ts'
import { putInPlace } from '../run/kept.ts'
import { inWork } from '../project.ts'

export interface Row {
  name: string
  criterion: string
  case: string
  profile: string
  caught: boolean
  also_red: string[]
  /** The law of an oracle that it had to break, where it names one. */
  law?: string
  status: Status | 'not claimed'
  reason: string
  /** ISO 8601: rows stay until they are proved again, so that some may be older than others. */
  began: string
  seconds: number
}

export interface CleanRuns {
  runs: number
  pass: number
  fail: number
  undecided: number
  invalid: number
  /** Criteria that were not PASS, by id, with how often. */
  alarms: Record<string, number>
}

/** Systems are proved one by one or together: what is proved of one leaves what is known of the others. */
export interface KillMatrix {
  defects: Row[]
  /** Those of all systems together. */
  clean_runs: CleanRuns
  /** The same by system. Left out in files of older versions. */
  clean_runs_of?: Record<string, CleanRuns>
  /** Processes of runs that were killed in the middle of a fault. Left out until it was tried. */
  deaths?: Death[]
}

const noCleanRuns = (): CleanRuns => ({
  runs: 0,
  pass: 0,
  fail: 0,
  undecided: 0,
  invalid: 0,
  alarms: {},
})

/** A matrix of nothing. */
export const noProof = (): KillMatrix => ({ defects: [], clean_runs: noCleanRuns() })

const matrixFile = (ending: string): string => inWork('reports', `kill-matrix.${ending}`)

/** The matrix so far: what is proved again replaces its row, the rest stays. */
export async function readMatrix(): Promise<KillMatrix> {
  const text = await readFile(matrixFile('json'), 'utf8').catch(() => null)
  return text === null ? noProof() : (JSON.parse(text) as KillMatrix)
}

export async function writeMatrix(matrix: KillMatrix): Promise<void> {
  await putInPlace(matrixFile('json'), JSON.stringify(matrix, null, 1))
  await putInPlace(matrixFile('md'), markdown(matrix))
}

/** The id of a criterion says of which system it is, so that defects of one name in two systems have rows of their own. */
export function enter(matrix: KillMatrix, row: Row): void {
  const others = matrix.defects.filter(
    ({ name, criterion }) => name !== row.name || criterion !== row.criterion,
  )
  matrix.defects = [...others, row]
}

/** What killing processes in the cases of these systems came to, in place of what was known of them. */
export function enterDeaths(matrix: KillMatrix, systems: string[], deaths: Death[]): void {
  const others = (matrix.deaths ?? []).filter(({ case: id }) => !systems.includes(id.split('/')[0]!))
  matrix.deaths = [...others, ...deaths]
}

/** Forgets the clean runs of these systems: they are going to be made again. */
export function forgetCleanRuns(matrix: KillMatrix, systems: string[]): void {
  const known = Object.entries(matrix.clean_runs_of ?? {})
  setCleanRuns(matrix, Object.fromEntries(known.filter(([system]) => !systems.includes(system))))
}

/** Adds one clean run to those of its system. */
export function enterCleanRun(
  matrix: KillMatrix,
  { system, verdict, criteria }: Pick<Verdict, 'system' | 'verdict' | 'criteria'>,
): void {
  const all = matrix.clean_runs_of ?? {}
  const counts = all[system] ?? noCleanRuns()
  counts.runs++
  counts[verdict.toLowerCase() as Lowercase<Status>]++
  for (const { id, status } of criteria)
    if (status !== 'PASS') counts.alarms[id] = (counts.alarms[id] ?? 0) + 1
  setCleanRuns(matrix, { ...all, [system]: counts })
}

function setCleanRuns(matrix: KillMatrix, all: Record<string, CleanRuns>): void {
  matrix.clean_runs_of = all
  matrix.clean_runs = noCleanRuns()
  for (const { alarms, ...counts } of Object.values(all)) {
    for (const [name, count] of Object.entries(counts))
      matrix.clean_runs[name as keyof typeof counts] += count
    // Ids of criteria begin with their system.
    Object.assign(matrix.clean_runs.alarms, alarms)
  }
}

/** What clean runs say about false alarms: how many runs were not PASS, and the share that they may come from. */
export function alarmText({ runs, pass, fail, undecided, invalid }: CleanRuns): string {
  const share = (bad: number): string => `${(100 * shareBounds(bad, runs).upper).toFixed(1)} %`
  return (
    `${runs} clean runs: PASS ${pass}, FAIL ${fail}, UNDECIDED ${undecided}, INVALID ${invalid}; ` +
    `false FAIL in at most ${share(fail)} of runs, no PASS in at most ${share(runs - pass)} (95 % bounds)`
  )
}

function cleanLines({ clean_runs: all, clean_runs_of: bySystem = {} }: KillMatrix): string[] {
  if (all.runs === 0) return []
  const systems = Object.entries(bySystem)
  return [
    '## Clean runs',
    '',
    ...(systems.length === 0 ? [`- ${alarmText(all)}`] : []),
    ...systems.map(([system, counts]) => `- ${system}: ${alarmText(counts)}`),
    ...Object.entries(all.alarms).map(([id, count]) => `- ${id}: not PASS in ${count}`),
    '',
  ]
}

export function markdown(matrix: KillMatrix): string {
  const { deaths = [] } = matrix
  return [
    '# Kill matrix',
    '',
    '| defect | criterion | run | caught | also red | reason | began | seconds |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...matrix.defects.map(
      (row) =>
        `| ${row.name} | ${row.criterion} | ${row.case} ${row.profile} | ${row.caught ? 'yes' : `**no** (${row.status})`} | ${row.also_red.join(', ')} | ${row.reason} | ${row.began.slice(0, 16)} | ${row.seconds} |`,
    ),
    '',
    ...cleanLines(matrix),
    ...(deaths.length === 0
      ? []
      : ['## Killed in the middle of a fault', '', ...deaths.map((one) => `- ${deathText(one)}`), '']),
  ].join('\n')
}
