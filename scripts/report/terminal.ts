// The table at the end of a run, for a terminal.
import type { CriterionVerdict, Status, Verdict } from '../../verdict/verdict.ts'
import { byUrgency, ownReason } from './criteria.ts'
import { expectationLines } from './expectations.ts'
import { count } from './figures.ts'
import { oneLine, shortened, statusMark } from './text.ts'

export interface TableOptions {
  /** Colour codes; pass whether the stream is a terminal. */
  colour?: boolean
  /** Path of the report, printed below the table. */
  report?: string
  /** Widest line in characters. */
  columns?: number
}

const defaultColumns = 110
const colours: Record<Status, string> = {
  PASS: '\u001b[32m',
  FAIL: '\u001b[31m',
  UNDECIDED: '\u001b[33m',
  INVALID: '\u001b[35m',
}
const plain = '\u001b[0m'

/** Text in lines of at most `width` characters; a word that is longer is broken. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of oneLine(text).split(' ')) {
    let rest = word
    if (line !== '' && [...line].length + 1 + [...rest].length > width) {
      lines.push(line)
      line = ''
    }
    while ([...rest].length > width) {
      lines.push([...rest].slice(0, width).join(''))
      rest = [...rest].slice(width).join('')
    }
    line = line === '' ? rest : `${line} ${rest}`
  }
  return line === '' ? lines : [...lines, line]
}

const widest = (texts: string[], most: number): number =>
  Math.min(most, Math.max(0, ...texts.map((text) => [...text].length)))
const cell = (text: string, width: number): string => {
  const short = shortened(text, width)
  return short + ' '.repeat(Math.max(0, width - [...short].length))
}

/**
 * The verdict as a table of at most `columns` characters per line: one line per criterion, broken ones first, with the
 * reason below each that did not pass; then what was not claimed, what the source expects, why the run is what it is, and its line.
 * The caller prints the closing `verdict: FAIL (1)`.
 */
export function verdictTable(verdict: Verdict, options: TableOptions = {}): string {
  const columns = options.columns ?? defaultColumns
  const paint = (status: Status, text: string): string =>
    options.colour === true ? colours[status] + text + plain : text
  const criteria = byUrgency(verdict.criteria)
  const fields = (one: CriterionVerdict): [string, string, string, string] => [
    oneLine(one.id),
    oneLine(one.observed),
    oneLine(one.limit),
    count(one.samples),
  ]
  const heads: [string, string, string, string] = ['criterion', 'observed', 'limit', 'samples']
  const rows = [heads, ...criteria.map(fields)]
  const status = 11
  const id = widest(
    rows.map((row) => row[0]),
    30,
  )
  const samples = widest(
    rows.map((row) => row[3]),
    12,
  )
  const room = columns - 1 - status - 1 - id - samples - 6
  const limit = widest(
    rows.map((row) => row[2]),
    Math.floor(room / 2),
  )
  const observed = widest(
    rows.map((row) => row[1]),
    room - limit,
  )
  const line = (row: [string, string, string, string]): string =>
    `${cell(row[0], id)}  ${cell(row[1], observed)}  ${cell(row[2], limit)}  ${shortened(row[3], samples).padStart(samples)}`

  const indented = (text: string, indent: number): string[] =>
    wrapped(text, columns - indent).map((part) => ' '.repeat(indent) + part)
  const output = [
    shortened(
      oneLine(`${verdict.case} ${verdict.scenario}, ${verdict.profile}, against ${verdict.target}`),
      columns,
    ),
    '',
    ` ${cell('', status)} ${line(heads)}`.trimEnd(),
  ]
  for (const one of criteria) {
    output.push(
      ` ${paint(one.status, cell(`${statusMark[one.status]} ${one.status}`, status))} ${line(fields(one))}`,
    )
    if (one.status !== 'PASS') output.push(...indented(ownReason(one, verdict.reasons), status + 4))
  }
  if (verdict.not_claimed.length > 0) {
    output.push('', 'not claimed')
    for (const { id: unclaimed, why } of verdict.not_claimed)
      output.push(...indented(`${unclaimed}: ${why}`, 2))
  }
  output.push(...expectationLines(verdict, columns), '')
  for (const reason of verdict.reasons) output.push(...indented(reason, 0))
  output.push(...wrapped(verdict.line, columns).map((part) => paint(verdict.verdict, part)))
  // A path must stay in one piece to be opened, so it may be wider than the table.
  if (options.report !== undefined) output.push(`report: ${oneLine(options.report)}`)
  return output.join('\n')
}
