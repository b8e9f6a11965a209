// Reads the folder of one run. Only verdict.json must be there; whatever else is missing is named, never guessed.
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PhaseSpan, RunEvidence } from '../../../verdict/evidence.ts'
import { isObject, verdictIn } from '../../../verdict/read-verdict.ts'
import type { Verdict } from '../../../verdict/verdict.ts'
import { k6MemoryText } from './k6-memory.ts'
import { oneLine } from '../text.ts'
import { WrongUse } from '../../wrong-use.ts'
import { readSeries, type RunSeries } from './series.ts'
import { readTimeline, type TimelineEntry } from './timeline.ts'

export interface ServiceLog {
  service: string
  bytes: number
  /** The last lines at level warn or above, from the end of the log. */
  warnings: string[]
}

export interface RunFolder {
  directory: string
  verdict: Verdict
  evidence: RunEvidence | null
  config: unknown
  timeline: TimelineEntry[]
  phases: PhaseSpan[]
  series: RunSeries
  /** Of several k6 processes: what their memory is by, and the figures. */
  k6Memory: [name: string, figures: string] | null
  logs: ServiceLog[]
  /** The other files of the folder, for links. */
  files: string[]
  /** What the report could not read and therefore does not show. */
  missing: { file: string; why: string; absent: string }[]
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'

/**
 * The verdict of a run folder.
 * @throws WrongUse when verdict.json is not there, is not JSON or is not a verdict.
 */
export async function readVerdict(directory: string): Promise<Verdict> {
  const path = join(directory, 'verdict.json')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const why = isMissing(error) ? 'is not there' : `cannot be read (${(error as Error).message})`
    throw new WrongUse(
      `no report without a verdict: ${path} ${why}. Give the folder of a run that has ended.`,
    )
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new WrongUse(`${path} should be JSON but is not (${String(error)}). Repeat the run.`)
  }
  const verdict = verdictIn(value)
  if (typeof verdict === 'string')
    throw new WrongUse(`${path} should be a verdict of schema 1 or 2, but ${verdict}. Repeat the run.`)
  return verdict
}

type Missing = RunFolder['missing']

async function readJson(directory: string, file: string, absent: string, missing: Missing): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(directory, file), 'utf8'))
  } catch (error) {
    missing.push({ file, why: isMissing(error) ? 'not there' : `unreadable: ${String(error)}`, absent })
    return null
  }
}

const tailBytes = 64 * 1024
const warningsShown = 6
/** pino's number for the level "warn". */
const levelWarn = 40

async function readLog(directory: string, name: string): Promise<ServiceLog> {
  const path = join(directory, name)
  const { size } = await stat(path)
  const file = await open(path)
  try {
    const from = Math.max(0, size - tailBytes)
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(Math.min(size, tailBytes)),
      0,
      Math.min(size, tailBytes),
      from,
    )
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n')
    const whole = from > 0 ? lines.slice(1) : lines
    const warnings = whole
      .filter(isWarning)
      .slice(-warningsShown)
      .map((line) => oneLine(line))
    return { service: name.replace(/\.log$/, ''), bytes: size, warnings }
  } finally {
    await file.close()
  }
}

function isWarning(line: string): boolean {
  const level = /"level":(\d+)/.exec(line)
  return level === null ? /\b(WARN(ING)?|ERROR|FATAL|PANIC)\b/.test(line) : Number(level[1]) >= levelWarn
}

async function readLogs(directory: string, missing: Missing): Promise<ServiceLog[]> {
  const folder = join(directory, 'services')
  const names = await readdir(folder).catch(() => [])
  const logs: ServiceLog[] = []
  for (const name of names.filter((one) => one.endsWith('.log')).sort())
    logs.push(await readLog(folder, name))
  if (logs.length === 0)
    missing.push({ file: 'services/*.log', why: 'not there', absent: 'excerpts of service logs' })
  return logs
}

/** Start and end of the time axis in Unix ms: from the start of the run to its end or the end of its last phase. */
function extent(
  verdict: Verdict,
  evidence: RunEvidence | null,
  phases: PhaseSpan[],
): [start: number, end: number] {
  const started = Date.parse(verdict.started)
  const starts = [started, evidence?.started, phases[0]?.start].filter(
    (t) => t !== undefined && Number.isFinite(t),
  )
  const ends = [
    started + verdict.seconds * 1000,
    evidence?.ended,
    ...phases.map((phase) => phase.end),
  ].filter((t) => t !== undefined && Number.isFinite(t))
  const start = Math.min(...(starts as number[]))
  return [start, Math.max(start, ...(ends as number[]))]
}

/** How many k6 processes shared the load, by the run's own configuration. */
function shardsOf(config: unknown): number {
  const variables = isObject(config) ? config['variables'] : null
  const shards = isObject(variables) ? variables['SHARDS'] : null
  return typeof shards === 'number' && shards >= 1 ? shards : 1
}

/** Everything a report can show of one run. Missing or unreadable optional files are listed in `missing`. */
export async function readRunFolder(directory: string): Promise<RunFolder> {
  const verdict = await readVerdict(directory)
  const missing: Missing = []
  const evidence = (await readJson(
    directory,
    'evidence.json',
    'evidence over time',
    missing,
  )) as RunEvidence | null
  const config = await readJson(directory, 'config.json', 'the configuration', missing)
  const told = verdict.phases.length > 0 ? verdict.phases : (evidence?.phases ?? [])
  // The charts are of real time, of which simulated phases are no part.
  const phases = verdict.clock === 'virtual' ? [] : told
  const [start, end] = extent(verdict, evidence, phases)
  const series = await readSeries(directory, start, end, evidence, missing)
  const k6Memory = k6MemoryText(series.k6Memory, shardsOf(config))
  const timeline = await readTimeline(directory, series.observations, missing)
  const logs = await readLogs(directory, missing)
  const own = new Set(['report.html', 'report.md', 'junit.xml'])
  const files = (await readdir(directory)).filter((name) => !own.has(name) && name !== 'services').sort()
  return { directory, verdict, evidence, config, timeline, phases, series, k6Memory, logs, files, missing }
}
