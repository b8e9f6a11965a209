// What the source expects beside what was measured: for a terminal, for report.md and for the page. It decides nothing.
import type { ExpectationVerdict, ExpectedVerdict } from '../../verdict/expectations.ts'
import type { Verdict } from '../../verdict/verdict.ts'
import { ownReason } from './criteria.ts'
import { scrolling } from './html/html-verdict.ts'
import {
  escapeMarkdown as text,
  type Markup,
  markdownCode as code,
  markup,
  oneLine,
  shortened,
} from './text.ts'

const title = 'What the source expects'
const note =
  'No promises: whether these are held or missed changes no verdict. They are the figures as they were measured, without bounds.'

/** In words, so that nothing depends on seeing colours or signs. */
function heldText({ held, measured }: Pick<ExpectedVerdict, 'held' | 'measured'>): string {
  if (held === null) return measured === null ? 'not measured' : 'not decided'
  return held ? 'held' : 'missed'
}

/** Why it was not measured or does not tell, without what the whole run says already. */
const whyOf = ({ why }: ExpectedVerdict, { reasons }: Verdict): string =>
  why === undefined ? '' : ownReason({ reason: why }, reasons)

const shownOf = ({ shown }: ExpectedVerdict): string => (shown === '' ? '–' : shown)

const longestWord = 'not measured'.length

/** A line of at most `columns` characters for each row, below a heading; none where the source expects nothing. */
export function expectationLines(verdict: Verdict, columns: number): string[] {
  const { expectations = [] } = verdict
  if (expectations.length === 0) return []
  const lines = expectations.flatMap(({ id, load, rows }) => [
    `  ${oneLine(`${id}${load === undefined ? '' : ` (${load})`}`)}`,
    ...rows.map((row) => {
      const said = [`${row.text}: expected ${row.range}`, row.shown, whyOf(row, verdict)].filter(Boolean)
      return `  ${heldText(row).padEnd(longestWord)}  ${oneLine(said.join('; '))}`
    }),
  ])
  return [
    '',
    `${title.toLowerCase()} (it changes no verdict)`,
    ...lines.map((line) => shortened(line, columns)),
  ]
}

/** The section of report.md, with the empty line after it; nothing where the source expects nothing. */
export function expectationsMarkdown(
  verdict: Verdict,
  table: (heads: string[], rows: string[][]) => string,
): string {
  const { expectations = [] } = verdict
  if (expectations.length === 0) return ''
  const tables = expectations.map((one) => {
    const rows = one.rows.map((row) => [
      heldText(row),
      text(row.text),
      text(row.range),
      text(shownOf(row)),
      text(whyOf(row, verdict)),
    ])
    return `${code(one.id)} ${text(one.text)} (${text(one.source)})${one.load === undefined ? '' : `: ${text(one.load)}`}

${table(['Result', 'Figure', 'Expected', 'Measured', 'Why not'], rows)}`
  })
  return `### ${title}\n\n${[note, ...tables].join('\n\n')}\n\n`
}

function rowOf(row: ExpectedVerdict, verdict: Verdict): Markup {
  return markup`<tr><td><strong>${heldText(row)}</strong></td><th scope="row">${row.text}</th><td>${row.range}</td><td>${shownOf(row)}</td><td>${whyOf(row, verdict)}</td></tr>`
}

function tableOf(one: ExpectationVerdict, verdict: Verdict): Markup {
  const heads = ['Result', 'Figure', 'Expected', 'Measured', 'Why not'].map(
    (head) => markup`<th scope="col">${head}</th>`,
  )
  return markup`<h3><code>${one.id}</code> ${one.text} <span class="quiet">${one.source}</span></h3>
${one.load !== undefined && markup`<p class="note">${one.load}</p>`}
${scrolling(`${title}: ${one.id}`, markup`<table><thead><tr>${heads}</tr></thead><tbody>${one.rows.map((row) => rowOf(row, verdict))}</tbody></table>`)}`
}

/** The section of the page; null where the source expects nothing. */
export function expectationsSection(verdict: Verdict): Markup | null {
  const { expectations = [] } = verdict
  if (expectations.length === 0) return null
  return markup`<section id="expectations"><h2>${title}</h2><p class="note">${note}</p>
${expectations.map((one) => tableOf(one, verdict))}</section>`
}

/** "2 of 7 expectations missed"; empty where none was. */
export function missedText({ expectations = [] }: Verdict): string {
  const rows = expectations.flatMap((one) => one.rows)
  const missed = rows.filter(({ held }) => held === false).length
  return missed === 0 ? '' : `${missed} of ${rows.length} expectations missed`
}
