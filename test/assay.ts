// The product as its users call it: ./assay as a process, and the folder that a run leaves.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { variableNames } from '../lib/input/variables.ts'
import { allPlans, readManifest } from '../scripts/run/plans.ts'
import type { RunEvidence } from '../verdict/evidence.ts'
import type { Verdict } from '../verdict/verdict.ts'

export const projectRoot = path.dirname(import.meta.dirname)

let runs = 0

/** A run id that no other test uses. */
export const freshRunId = (name: string): string => `test-${name}-${process.pid}-${++runs}`

export interface Finished {
  exitCode: number
  output: string
}

/** What the command reads, but K6: which k6 there is belongs to the machine. */
const variablesOfRuns = new Set<string>([
  'SSL_CERT_FILE',
  ...variableNames.filter((name) => name !== 'K6'),
  'CLEAN',
  'DEATHS',
  'ASSAY_WORK',
])

/** Its failure is an answer, and its output one stream. */
const execution = { reject: false, all: true, extendEnv: false } as const

/** A server of a test wants no token, where the test says nothing else. */
let withoutTokens: Record<string, string> | undefined
const noTokens = (): Record<string, string> =>
  (withoutTokens ??= Object.fromEntries(
    allPlans(readManifest()).flatMap(({ credentials }) =>
      Object.values(credentials).map((name) => [name, '']),
    ),
  ))

/**
 * The surrounding environment without the variables that a run would read (a test runner may set BASE_URL for purposes of its
 * own), and with these.
 */
export const environmentWith = (own: Record<string, string>): Record<string, string | undefined> => ({
  ...noTokens(),
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !variablesOfRuns.has(name))),
  ...own,
})

/** Starts ./assay. */
export const startAssay = (args: string[], environment: Record<string, string> = {}) =>
  execa(path.join(projectRoot, 'assay'), args, { ...execution, env: environmentWith(environment) })

/** Runs ./assay from a folder and waits for it. With `shown` its output is shown while it goes. */
export async function assay(
  args: string[],
  environment: Record<string, string> = {},
  { timeoutMs = 240_000, shown = false, folder = process.cwd() } = {},
): Promise<Finished> {
  const result = await execa(path.join(projectRoot, 'assay'), args, {
    ...execution,
    env: environmentWith(environment),
    timeout: timeoutMs,
    cwd: folder,
    ...(shown ? { stdout: ['pipe', 'inherit'], stderr: ['pipe', 'inherit'] } : {}),
  })
  return { exitCode: result.exitCode ?? -1, output: result.all ?? '' }
}

/** What `./assay list JSON=1` says. */
export interface Listing {
  cases: { id: string; system: string; scenario: string; profiles: string[]; criteria: string[] }[]
  criteria: { id: string; text: string; source: string }[]
}

export async function listing(): Promise<Listing> {
  const { exitCode, output } = await assay(['list', 'JSON=1'])
  if (exitCode !== 0) throw new Error(`list exited ${exitCode} and printed:\n${output}`)
  return JSON.parse(output) as Listing
}

/** `./assay run` with a run id of its own, and what it left in its folder. */
export async function assayRun(
  name: string,
  variables: Record<string, string>,
  environment: Record<string, string> = {},
) {
  const run = freshRunId(name)
  const args = Object.entries({ ...variables, RUN: run }).map(([key, value]) => `${key}=${value}`)
  const finished = await assay(['run', ...args], environment)
  const folder = path.join(projectRoot, 'reports', run)
  const read = async <T>(file: string): Promise<T> => {
    const text = await readFile(path.join(folder, file), 'utf8').catch(() => {
      throw new Error(
        `${file} is not in ${run}; the run exited ${finished.exitCode} and printed:\n${finished.output}`,
      )
    })
    return JSON.parse(text) as T
  }
  return {
    ...finished,
    folder,
    verdict: () => read<Verdict>('verdict.json'),
    evidence: () => read<RunEvidence>('evidence.json'),
  }
}

/** Whatever still runs on behalf of a run: its folder is in the arguments of all that it starts. */
export async function processesOf(run: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eo', 'args'])
  return stdout.split('\n').filter((line) => line.includes(run))
}

/** The process whose arguments hold this text, or null. */
export async function pidOf(argument: string): Promise<number | null> {
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const words = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (words.split('\0').includes(argument)) return Number(name)
  }
  return null
}
