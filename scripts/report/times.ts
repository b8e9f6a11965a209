// How long observations took that are no requests, for the page and for report.md.
import type { Verdict } from '../../verdict/verdict.ts'
import { count, duration } from './figures.ts'
import { scrolling } from './html/html-verdict.ts'
import { escapeMarkdown, type Markup, markup } from './text.ts'

const heads = ['Observation', 'Times', 'P50', 'P95', 'P99', 'Max']

const rowsOf = ({ times = {} }: Verdict): string[][] =>
  Object.entries(times).map(([of, { n, p50, p95, p99, max }]) => [
    of,
    count(n),
    ...[p50, p95, p99, max].map(duration),
  ])

/** Null where nothing was timed. */
export function timesTable(verdict: Verdict): Markup | null {
  const rows = rowsOf(verdict)
  if (rows.length === 0) return null
  const table = markup`<table><caption>How long it took, or was waited for in vain</caption><thead><tr>${heads.map((head, index) => markup`<th scope="col"${index > 0 && markup` class="number"`}>${head}</th>`)}</tr></thead><tbody>${rows.map(
    ([of = '', ...cells]) =>
      markup`<tr><th scope="row">${of}</th>${cells.map((text) => markup`<td class="number">${text}</td>`)}</tr>`,
  )}</tbody></table>`
  return scrolling('Times of observations', table)
}

export function timesMarkdown(
  verdict: Verdict,
  table: (heads: string[], rows: string[][]) => string,
): string {
  const rows = rowsOf(verdict)
  return rows.length === 0
    ? ''
    : `\n${table(
        heads,
        rows.map((row) => row.map(escapeMarkdown)),
      )}\n`
}
