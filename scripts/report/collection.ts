// One page over many runs: which held, which did not and why, with a link to each report. As HTML and as Markdown.
import type { CriterionVerdict, Status } from '../../verdict/verdict.ts'
import type { CollectedRun } from '../commands/collected-runs.ts'
import { byUrgency, ownReason } from './criteria.ts'
import { missedText } from './expectations.ts'
import { clock, count, utc } from './figures.ts'
import { mark, markShapes } from './html/html-verdict.ts'
import { pageText } from './html/page.ts'
import { escapeMarkdown as text, type Markup, markup, markdownCode as code, statusMark } from './text.ts'

/** The path of a run's report from the page, or null where there is none. */
const reportOf = (run: CollectedRun): string | null =>
  run.hasReport
    ? [...run.folder.split('/').filter(Boolean), 'report.html'].map(encodeURIComponent).join('/')
    : null

const lineOf = (runs: CollectedRun[]): string => {
  const counted = runs.filter((run) => run.counts)
  return `${counted.filter((run) => run.status === 'PASS').length} of ${counted.length} runs passed`
}

/** Criteria of the runs that count which did not pass, the most urgent of each run first. */
const broken = (runs: CollectedRun[]): [CollectedRun, CriterionVerdict][] =>
  runs
    .filter((run) => run.counts)
    .flatMap((run) =>
      byUrgency(run.verdict?.criteria ?? [])
        .filter((criterion) => criterion.status !== 'PASS')
        .map((criterion): [CollectedRun, CriterionVerdict] => [run, criterion]),
    )

const reasonOf = (run: CollectedRun, criterion: CriterionVerdict): string =>
  ownReason(criterion, run.verdict?.reasons ?? [])

/** What is worth saying of a run besides its verdict. */
function remarks({ verdict, counts }: CollectedRun): string {
  const said = [
    ...(counts ? [] : ['repeated, does not count']),
    ...(verdict?.partial === true ? ['cut short'] : []),
    ...((verdict?.not_claimed.length ?? 0) > 0 ? [`${verdict!.not_claimed.length} not claimed`] : []),
    ...(verdict === null ? [] : [missedText(verdict)].filter(Boolean)),
  ]
  return said.join(', ')
}

const runHeads = [
  'Verdict',
  'Case',
  'Scenario',
  'System',
  'Profile',
  'Line',
  'Seed',
  'Started',
  'Time',
  'Remarks',
]
const criterionHeads = ['Status', 'Run', 'Criterion', 'Observed', 'Limit', 'Samples', 'Reason']

/** What both forms show of a run after its verdict and its name. */
const runCells = (run: CollectedRun): string[] => [
  run.scenario,
  run.system,
  run.profile,
  run.line,
  run.verdict === null ? '–' : String(run.verdict.seed),
  run.verdict === null ? '–' : utc(Date.parse(run.verdict.started)),
  run.verdict === null ? '–' : clock(run.verdict.seconds),
  remarks(run),
]

const criterionCells = (run: CollectedRun, criterion: CriterionVerdict): string[] => [
  criterion.observed,
  criterion.limit,
  count(criterion.samples),
  reasonOf(run, criterion),
]

const cells = (heads: string[], values: string[]): Markup[] =>
  values.map((value, index) => markup`<td role="cell" data-label="${heads[index]}">${value}</td>`)

const badge = (status: Status): Markup =>
  markup`<td role="cell" class="status"><span class="badge ${status.toLowerCase()}">${mark(status)} ${status}</span></td>`

const table = (heads: string[], rows: Markup[]): Markup =>
  markup`<table role="table" class="criteria"><thead role="rowgroup"><tr role="row">${heads.map((head) => markup`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead><tbody role="rowgroup">${rows}</tbody></table>`

function runRow(run: CollectedRun): Markup {
  const report = reportOf(run)
  const name = markup`<code>${run.case}</code>`
  return markup`<tr role="row" class="${run.status.toLowerCase()}">${badge(run.status)}<th role="rowheader" scope="row">${report === null ? name : markup`<a href="${report}">${name}</a>`}</th>${cells(runHeads.slice(2), runCells(run))}</tr>
`
}

const criterionRow = ([run, criterion]: [CollectedRun, CriterionVerdict]): Markup =>
  markup`<tr role="row" class="${criterion.status.toLowerCase()}">${badge(criterion.status)}<td role="cell" data-label="Run">${run.case} ${run.profile}</td><th role="rowheader" scope="row"><code>${criterion.id}</code><span class="promise">${criterion.text}</span></th>${cells(criterionHeads.slice(3), criterionCells(run, criterion))}</tr>
`

/** The page as HTML that needs nothing else and runs nothing. */
export function collectionHtml(runs: CollectedRun[], status: Status): string {
  const bad = broken(runs)
  return pageText({
    title: `${status} · ${lineOf(runs)} · Assay`,
    body: markup`${markShapes}<header class="verdict ${status.toLowerCase()}"><p class="over">Assay · ${runs.length} runs</p>
<h1>${mark(status)}<span class="word">${status}</span> <span class="rest">${lineOf(runs)}</span></h1></header>
<main>
<section id="runs"><h2>Runs</h2>${runs.length === 0 ? markup`<p>No run left a verdict.</p>` : table(runHeads, runs.map(runRow))}</section>
<section id="criteria"><h2>What did not pass</h2>${bad.length === 0 ? markup`<p>No criterion of these runs.</p>` : table(criterionHeads, bad.map(criterionRow))}</section>
</main>
`,
  })
}

const markdownTable = (heads: string[], rows: string[][]): string =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

/** The same page as Markdown, for the summary of a job. */
export function collectionMarkdown(runs: CollectedRun[], status: Status): string {
  const rows = runs.map((run) => {
    const report = reportOf(run)
    const name = report === null ? code(run.case) : `[${code(run.case)}](${report})`
    return [`${statusMark[run.status]} ${run.status}`, name, ...runCells(run).map(text)]
  })
  const bad = broken(runs).map(([run, criterion]) => [
    `${statusMark[criterion.status]} ${criterion.status}`,
    `${code(run.case)} ${text(run.profile)}`,
    `${code(criterion.id)} ${text(criterion.text)}`,
    ...criterionCells(run, criterion).map(text),
  ])
  return `# ${statusMark[status]} ${status}: ${lineOf(runs)}

${rows.length === 0 ? 'No run left a verdict.' : markdownTable(runHeads, rows)}

## What did not pass

${bad.length === 0 ? 'No criterion of these runs.' : markdownTable(criterionHeads, bad)}
`
}
