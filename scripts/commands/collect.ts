// Merges the verdicts of many runs into one page, and answers for all of them: the last job of a matrix.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { exitCodes } from '../../verdict/verdict.ts'
import type { Status } from '../../verdict/verdict.ts'
import { callersPath } from '../project.ts'
import { rawVariables } from './arguments.ts'
import { collectRuns, parseExpected } from './collected-runs.ts'
import type { CollectedRun } from './collected-runs.ts'
import { attempted, putInPlace } from '../run/kept.ts'
import { logLine } from '../report/text.ts'
import { collectionHtml, collectionMarkdown } from '../report/collection.ts'
import { worst } from '../../verdict/severity.ts'
import { WrongUse } from '../wrong-use.ts'

export const gates = ['pass', 'no-fail'] as const
export type Gate = (typeof gates)[number]

export interface Outcome {
  status: Status
  exitCode: number
  /** What the gate let through, for people; null when it let nothing through. */
  warning: string | null
}

/**
 * What the runs come to. With `pass` only PASS succeeds; `no-fail` lets UNDECIDED and INVALID through with a warning, but
 * never a run that left no verdict or that nobody answered: a gate excuses what was measured badly, not what was not measured.
 */
export function outcomeOf(runs: CollectedRun[], gate: Gate): Outcome {
  const counted = runs.filter((run) => run.counts)
  const status = counted.length === 0 ? 'INVALID' : worst(counted.map((run) => run.status))
  const isExcused =
    gate === 'no-fail' &&
    counted.length > 0 &&
    status !== 'FAIL' &&
    counted.every(({ verdict }) => verdict !== null && verdict.measured !== false)
  if (!isExcused || status === 'PASS') return { status, exitCode: exitCodes[status], warning: null }
  return { status, exitCode: 0, warning: `${status} is let through by GATE=no-fail` }
}

function gateOf(name: string | undefined): Gate {
  const gate = gates.find((one) => one === (name ?? 'pass'))
  if (gate === undefined) throw new WrongUse(`unknown GATE="${name}"; valid: ${gates.join(', ')}`)
  return gate
}

/**
 * Writes index.html and index.md into the folder. EXPECTED names a file with the runs that must be there.
 * @returns the exit code of the worst verdict, after GATE.
 * @throws WrongUse when the folder or the file cannot be read, or a variable is malformed.
 */
export async function collect(named: string, args: string[]): Promise<number> {
  const folder = callersPath(named)
  const raw = rawVariables(args, process.env, ['EXPECTED', 'GATE'])
  const gate = gateOf(raw['GATE'])
  const file = raw['EXPECTED'] === undefined ? undefined : callersPath(raw['EXPECTED'])
  const text =
    file === undefined
      ? null
      : await readFile(file, 'utf8').catch((error: Error) => {
          throw new WrongUse(`EXPECTED=${file} cannot be read: ${error.message}`)
        })
  const runs = await collectRuns(folder, text === null ? [] : parseExpected(text, file ?? ''))
  const outcome = outcomeOf(runs, gate)
  const page = path.join(folder, 'index.html')
  // The verdicts are there whether or not a page can be made of them.
  const unwritten = await attempted({
    'the page is not written': () => putInPlace(page, collectionHtml(runs, outcome.status)),
    'index.md is not written': () =>
      putInPlace(path.join(folder, 'index.md'), collectionMarkdown(runs, outcome.status)),
  })
  for (const problem of unwritten) console.error(`assay: the verdict stands, but ${problem}`)
  for (const run of runs) {
    const repeated = run.counts ? '' : ', repeated'
    console.log(`${run.status.padEnd(9)}  ${logLine(`${run.case} ${run.profile}${repeated}: ${run.line}`)}`)
  }
  if (runs.length === 0) console.log(`no verdict.json below ${folder}`)
  // GitHub shows a line that begins so beside the job.
  const sign = process.env['GITHUB_ACTIONS'] === 'true' ? '::warning::' : 'warning: '
  if (outcome.warning !== null) console.log(sign + outcome.warning)
  if (unwritten.length === 0) console.log(`page: ${page}`)
  console.log(`verdict: ${outcome.status} (${exitCodes[outcome.status]})`)
  return outcome.exitCode
}
