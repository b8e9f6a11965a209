// What oracles found, for the page and for report.md: what each law was held against, and what was added up beside them.
import type { Findings } from '../../verdict/oracles/oracle.ts'
import type { Verdict } from '../../verdict/verdict.ts'
import { count } from './figures.ts'
import { scrolling } from './html/html-verdict.ts'
import { escapeMarkdown, type Markup, markup } from './text.ts'

/** A section of its own for each oracle: the id of its place in the page, its heading, and what it holds. */
export const findingsSections = ({ findings = {} }: Verdict): [id: string, title: string, Markup][] =>
  Object.entries(findings).map(([oracle, found]) => {
    const id = `oracle-${oracle}`
    return [id, found.title, section(id, oracle, found)]
  })

function section(id: string, oracle: string, { title, laws, undecided, figures }: Findings): Markup {
  const sums = figures.map(
    ({ text, shown }) => markup`<tr><th scope="row">${text}</th><td>${shown}</td></tr>`,
  )
  const rows = Object.entries(laws).map(
    ([law, { says, checks, violations }]) =>
      markup`<tr${violations > 0 && markup` class="broken"`}><th scope="row"><code>${law}</code></th><td>${says}</td><td class="number">${count(checks)}</td><td class="number">${count(violations)}</td></tr>`,
  )
  return markup`<section id="${id}"><h2>${title}</h2>
${figures.length > 0 && scrolling('Figures', markup`<table><caption>Figures</caption><tbody>${sums}</tbody></table>`)}
${undecided.length > 0 && markup`<ul class="reasons">${undecided.map((why) => markup`<li>${why}</li>`)}</ul>`}
${scrolling(
  `Laws of the oracle "${oracle}"`,
  markup`<table><caption>Laws, held against the whole history and the state in the end</caption><thead><tr><th scope="col">Law</th><th scope="col">What it says</th><th scope="col" class="number">Checked</th><th scope="col" class="number">Broken</th></tr></thead><tbody>${rows}</tbody></table>`,
)}</section>`
}

export function findingsMarkdown(
  { findings = {} }: Verdict,
  table: (heads: string[], rows: string[][]) => string,
): string {
  return Object.values(findings)
    .map(({ title, laws, undecided, figures }) => {
      const rows = Object.entries(laws).map(([law, { says, checks, violations }]) => [
        escapeMarkdown(law),
        escapeMarkdown(says),
        count(checks),
        violations > 0 ? `**${count(violations)}**` : '0',
      ])
      const sums = figures.map(({ text, shown }) => [escapeMarkdown(text), escapeMarkdown(shown)])
      return `### ${escapeMarkdown(title)}

${figures.length > 0 ? `${table(['Figure', 'Value'], sums)}\n\n` : ''}${undecided.map((why) => `- ${escapeMarkdown(why)}\n`).join('')}
${table(['Law', 'What it says', 'Checked', 'Broken'], rows)}
`
    })
    .join('\n')
}
