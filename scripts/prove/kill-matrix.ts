// The kill matrix on disk: which defect was caught by which criterion, and what clean runs said.
import { readFile } from 'node:fs/promises'
import { shareBounds } from '../../verdict/statistics.ts'
import type { Status } from '../../verdict/verdict.ts'
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

export interface KillMatrix {
  defects: Row[]
  clean_runs: CleanRuns
  /** Processes of runs that were killed in the middle of a fault. Left out until it was tried. */
  deaths?: Death[]
}

export const noCleanRuns = (): CleanRuns => ({
  runs: 0,
  pass: 0,
  fail: 0,
  undecided: 0,
  invalid: 0,
  alarms: {},
})

const matrixFile = (ending: string): string => inWork('reports', `kill-matrix.${ending}`)

/** The matrix so far: what is proved again replaces its row, the rest stays. */
export async function readMatrix(): Promise<KillMatrix> {
  const text = await readFile(matrixFile('json'), 'utf8').catch(() => null)
  return text === null ? { defects: [], clean_runs: noCleanRuns() } : (JSON.parse(text) as KillMatrix)
}

export async function writeMatrix(matrix: KillMatrix): Promise<void> {
  await putInPlace(matrixFile('json'), JSON.stringify(matrix, null, 1))
  await putInPlace(matrixFile('md'), markdown(matrix))
}

export function enter(matrix: KillMatrix, row: Row): void {
  const others = matrix.defects.filter(
    ({ name, criterion }) => name !== row.name || criterion !== row.criterion,
  )
  matrix.defects = [...others, row]
}

/** What clean runs say about false alarms: how many runs were not PASS, and the share that they may come from. */
export function alarmText({ runs, pass, fail, undecided, invalid }: CleanRuns): string {
  const share = (bad: number): string => `${(100 * shareBounds(bad, runs).upper).toFixed(1)} %`
  return (
    `${runs} clean runs: PASS ${pass}, FAIL ${fail}, UNDECIDED ${undecided}, INVALID ${invalid}; ` +
    `false FAIL in at most ${share(fail)} of runs, no PASS in at most ${share(runs - pass)} (95 % bounds)`
  )
}

function markdown(matrix: KillMatrix): string {
  const { clean_runs: clean } = matrix
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
    ...(clean.runs > 0 ? [`${alarmText(clean)}.`] : []),
    ...(matrix.deaths === undefined
      ? []
      : ['## Killed in the middle of a fault', '', ...matrix.deaths.map((one) => `- ${deathText(one)}`), '']),
    ...Object.entries(clean.alarms).map(([id, count]) => `- ${id}: not PASS in ${count}`),
    '',
  ].join('\n')
}
