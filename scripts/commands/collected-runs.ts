// The runs below a folder, as jobs of a matrix leave them, held against the list of those that were to be there.
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { Status, Verdict } from '../../verdict/verdict.ts'
import { readVerdict } from '../report/read/run-folder.ts'
import { bySeverity } from '../../verdict/severity.ts'
import { WrongUse } from '../wrong-use.ts'

/** A run that a matrix asks for. */
export interface ExpectedRun {
  case: string
  profile: string
  /** Only shown, where the run left nothing that says it. */
  scenario?: string
  system?: string
}

export interface CollectedRun extends ExpectedRun {
  scenario: string
  system: string
  status: Status
  line: string
  /** Whether it decides: an INVALID run that was repeated once does not, everything else does. */
  counts: boolean
  /** Null where no verdict was left or where it cannot be read: that is INVALID, and no gate lets it through. */
  verdict: Verdict | null
  /** Folder of the run below the one that was collected, with forward slashes; empty where none was left. */
  folder: string
  /** Whether report.html lies beside the verdict. */
  hasReport: boolean
}

/**
 * Every run below the folder and every expected one, the worst first.
 * @throws WrongUse when the folder cannot be read.
 */
export async function collectRuns(root: string, expected: ExpectedRun[]): Promise<CollectedRun[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: Error) => {
    throw new WrongUse(`the folder ${root} cannot be read: ${error.message}`)
  })
  const files = entries.filter((entry) => entry.isFile())
  const inRoot = (folder: string): string => path.relative(root, folder).split(path.sep).join('/')
  const reports = new Set(files.flatMap((file) => (file.name === 'report.html' ? [file.parentPath] : [])))
  const runs = await Promise.all(
    files
      .filter((file) => file.name === 'verdict.json')
      .map(({ parentPath }) => readRun(parentPath, inRoot(parentPath), reports.has(parentPath))),
  )
  const absent = expected.filter((one) => !runs.some((run) => run.verdict !== null && isSame(run, one)))
  return withoutRepeated([...runs, ...absent.map(absentRun)]).sort(
    (a, b) =>
      Number(b.counts) - Number(a.counts) ||
      bySeverity(a.status, b.status) ||
      nameOf(a).localeCompare(nameOf(b)) ||
      startOf(a) - startOf(b),
  )
}

const isSame = (a: ExpectedRun, b: ExpectedRun): boolean => a.case === b.case && a.profile === b.profile
const nameOf = (run: ExpectedRun): string => `${run.case} ${run.profile}`
const startOf = (run: CollectedRun): number => (run.verdict === null ? 0 : Date.parse(run.verdict.started))

async function readRun(directory: string, folder: string, hasReport: boolean): Promise<CollectedRun> {
  try {
    const verdict = await readVerdict(directory)
    const { scenario, system, profile, line } = verdict
    const names = { case: verdict.case, scenario, system, profile }
    return { ...names, status: verdict.verdict, line, counts: true, verdict, folder, hasReport }
  } catch (error) {
    const line = `INVALID: ${(error as Error).message}`
    const names = { case: '?', scenario: '?', system: '?', profile: '?' }
    return { ...names, status: 'INVALID', line, counts: true, verdict: null, folder, hasReport }
  }
}

const absentRun = (run: ExpectedRun): CollectedRun => ({
  case: run.case,
  profile: run.profile,
  scenario: run.scenario ?? '?',
  system: run.system ?? '?',
  status: 'INVALID',
  line: 'INVALID: expected, and left no verdict',
  counts: true,
  verdict: null,
  folder: '',
  hasReport: false,
})

/**
 * An INVALID run may be repeated once, because it says nothing of the system: then the later run counts in its place.
 * A second INVALID one shows that the machine cannot measure this, and counts. A FAIL is never repeated away.
 */
function withoutRepeated(runs: CollectedRun[]): CollectedRun[] {
  return runs.map((run) => {
    if (run.status !== 'INVALID' || run.verdict === null) return run
    const same = runs.filter((other) => other.verdict !== null && isSame(run, other))
    const invalid = same.filter((other) => other.status === 'INVALID')
    const later = same.some((other) => startOf(other) > startOf(run))
    return { ...run, counts: !(invalid.length === 1 && later) }
  })
}

/**
 * The runs that a matrix asks for, from its JSON: a list, or an object that holds it as `include`.
 * @throws WrongUse when the text is something else, or names no run: nothing to expect must not look like success.
 */
export function parseExpected(text: string, file: string): ExpectedRun[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new WrongUse(`EXPECTED=${file} is not JSON: ${(error as Error).message}`)
  }
  const list = Array.isArray(json) ? json : (json as { include?: unknown } | null)?.include
  const isRun = (one: unknown): one is ExpectedRun => {
    const { case: id, profile } = (one ?? {}) as Partial<Record<string, unknown>>
    return typeof id === 'string' && typeof profile === 'string'
  }
  if (!Array.isArray(list) || list.length === 0 || !list.every(isRun)) {
    throw new WrongUse(
      `EXPECTED=${file} must hold at least one run, each with a case and a profile, as a list or below "include"; it holds ${text.slice(0, 100)}`,
    )
  }
  return list
}
