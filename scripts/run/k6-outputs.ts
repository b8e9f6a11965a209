// OUT=: where k6 sends its own measurements besides the run's report, as its option --out understands it.
import { statSync } from 'node:fs'
import path from 'node:path'
import { callersPath } from '../project.ts'
import { WrongUse } from '../wrong-use.ts'
import type { Part } from './parts.ts'

interface Kind {
  /** How its own variables begin, or what they are called. */
  variables: string[]
  /** Each process writes a file. */
  file?: true
}

const openTelemetry: Kind = { variables: ['K6_OTEL_', 'OTEL_'] }

/** What k6 1 and 2 have built in and a run may use, and the extension that took StatsD's place, for a k6 of one's own that has it. */
const kinds: Record<string, Kind> = {
  json: { variables: [], file: true },
  csv: { variables: ['K6_CSV_TIME_FORMAT', 'K6_CSV_SAVE_INTERVAL'], file: true },
  'experimental-prometheus-rw': { variables: ['K6_PROMETHEUS_RW_'] },
  opentelemetry: openTelemetry,
  'experimental-opentelemetry': openTelemetry,
  influxdb: { variables: ['K6_INFLUXDB_'] },
  'output-statsd': { variables: ['K6_STATSD_'] },
}

const refused: Record<string, string> = {
  'web-dashboard': 'every run has it already: see k6-dashboard.html in its folder',
  cloud:
    'the cloud may end the run; `k6 cloud run` with a bundle is the way there, see docs/where-it-runs.md',
  statsd:
    'k6 has none since 0.55; opentelemetry takes its place, or output-statsd with a K6= that has xk6-output-statsd',
  datadog: 'k6 has none any more; opentelemetry takes its place',
  kafka: 'k6 has none any more',
}

/** One output of k6. */
export interface Output {
  kind: string
  /** What stands behind its "=": an absolute path, an address, or nothing. */
  to: string
}

/** Names or beginnings of variables: those of all outputs, or of these. */
export const outputVariables = (of: string[] = Object.keys(kinds)): string[] =>
  of.flatMap((kind) => kinds[kind]!.variables)

/** @throws WrongUse for an output that k6 has not, that a run cannot have, or that shows a password */
export const outputsIn = (out: string | undefined): Output[] =>
  (out ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(outputIn)

function outputIn(text: string): Output {
  const [kind = '', ...rest] = text.split('=')
  const to = rest.join('=')
  if (Object.hasOwn(refused, kind)) throw new WrongUse(`OUT=${kind}: ${refused[kind]}`)
  if (!Object.hasOwn(kinds, kind))
    throw new WrongUse(
      `OUT: unknown output "${withoutAddress(kind)}"; valid: ${Object.keys(kinds).join(', ')}; a comma stands between two`,
    )
  if (kinds[kind]!.file === true) return { kind, to: fileOf(kind, to) }
  // Arguments are seen by everybody on this machine, and stand in the run's folder.
  if (/@|[?&;](p|u|[^=]*(pass|token|secret|key|user)[^=]*)=/i.test(to))
    throw new WrongUse(
      `OUT=${kind}: the address holds a user or a secret; give those in the environment, see docs/where-it-runs.md`,
    )
  return { kind, to }
}

/** A mistyped address may hold a password. */
const withoutAddress = (text: string): string => (/[@/?]/.test(text) ? '...' : text)

/** k6 itself would take a missing name for its console, or for a file of its own choice in a folder of its own. */
function fileOf(kind: string, to: string): string {
  if (to === '' || to === '-') throw new WrongUse(`OUT=${kind}: write OUT=${kind}=file`)
  const file = callersPath(to)
  if (kind === 'csv' && file.includes('='))
    throw new WrongUse(`OUT=csv: k6 takes ${file} for settings because of its "="; give another file`)
  const folder = path.dirname(file)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new WrongUse(`OUT=${kind}: there is no folder ${folder} for ${path.basename(file)}`)
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new WrongUse(`OUT=${kind}: ${file} is a folder; name a file`)
  return file
}

/**
 * k6's arguments for one process. Of several each writes a file with its number, and marks its series with it: two processes
 * that send the same series would overwrite each other's values.
 */
export function outputArguments(outputs: Output[], { index, of }: Pick<Part, 'index' | 'of'>): string[] {
  const all = outputs.flatMap(({ kind, to }) => {
    const own = of > 1 && kinds[kind]?.file === true ? numbered(to, index) : to
    return ['--out', own === '' ? kind : `${kind}=${own}`]
  })
  return all.length > 0 && of > 1 ? [...all, '--tag', `k6_process=${index}`] : all
}

/** "series.json.gz" is "series-2.json.gz": k6 looks at the ending. */
function numbered(file: string, index: number): string {
  const [stem = '', ...endings] = path.basename(file).split('.')
  return path.join(path.dirname(file), [`${stem}-${index}`, ...endings].join('.'))
}

/** What k6 says in its log that an output could not take: once for each output and reason. */
export function undelivered(log: string): string[] {
  const said = log.split('\n').flatMap((line) => {
    if (!line.includes('"output":')) return []
    try {
      const { level, output, msg, error } = JSON.parse(line) as Record<string, string | undefined>
      return level === 'error' ? [`${output}: ${msg}${error === undefined ? '' : ` (${error})`}`] : []
    } catch {
      return []
    }
  })
  return [...new Set(said)]
}
