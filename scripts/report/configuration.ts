// The configuration of a run as name and value, one line each.
import { clock } from './figures.ts'
import type { RunFolder } from './read/run-folder.ts'
import { shortened } from './text.ts'

/** A configuration holds a few dozen settings; one that holds a data set must not become the report. */
const mostLines = 300
/** Deeper than this a value reads better as one line of JSON: a phase, a rule. */
const mostDepth = 2
const valueLength = 300

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0

const inWords = (value: unknown): string =>
  shortened(typeof value === 'string' ? value : JSON.stringify(value), valueLength)

/**
 * Flattens config.json: `{a: {b: 1}}` becomes `['a.b', '1']`. Anything but an object gives no lines; of one with too
 * many settings the last line says how many are left out.
 */
export function configLines(config: unknown): [name: string, value: string][] {
  const lines: [string, string][] = []
  const walk = (path: string[], value: unknown): void => {
    const plainList = Array.isArray(value) && !value.some(isGroup)
    if (plainList) lines.push([path.join('.'), shortened(value.map(String).join(', '), valueLength)])
    else if (isGroup(value) && path.length <= mostDepth)
      for (const [key, inner] of Object.entries(value)) walk([...path, key], inner)
    else lines.push([path.join('.'), inWords(value)])
  }
  if (isGroup(config)) walk([], config)
  const left = lines.length - mostLines
  return left > 0 ? [...lines.slice(0, mostLines), ['…', `${left} more in config.json`]] : lines
}

/** Name, kind, begin and end of each phase; simulated ones begin with the first of them. */
export function loadPattern({ verdict, phases, series }: RunFolder): [name: string, ...rest: string[]][] {
  const isSimulated = verdict.clock === 'virtual'
  const shown = isSimulated ? verdict.phases : phases
  const began = isSimulated ? shown[0]?.start : series.load.startMs
  const at = (t: number): string => clock((t - (began ?? t)) / 1000)
  return shown.map(({ name, kind, start, end }) => [name, kind, at(start), at(end)])
}
