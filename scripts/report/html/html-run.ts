// The describing half of the page: what happened over time, per step, in the generator, and how to repeat it.
import type { StepRow } from '../../../verdict/evidence.ts'
import { fineFacts } from '../fine-limits.ts'
import { lagLimitMs } from '../../../verdict/criterion.ts'
import { waitShareLimit } from '../../../verdict/generator.ts'
import { phaseFigures, type Chart, type ChartGroup } from '../charts.ts'
import { configLines } from '../configuration.ts'
import { bytes, clock, count, duration, figure, percentage, utc } from '../figures.ts'
import { command, scrolling } from './html-verdict.ts'
import { machineFacts } from '../machine.ts'
import type { RunFolder } from '../read/run-folder.ts'
import { timesTable } from '../times.ts'
import { type Markup, markup } from '../text.ts'

function figures(chart: Chart, folder: RunFolder): Markup {
  const { load } = folder.series
  const table = phaseFigures(chart, folder.phases, load.startMs, load.stepMs)
  return markup`<details><summary>Figures by phase</summary>${scrolling(
    `${chart.title}, figures by phase`,
    markup`<table><thead><tr><th scope="col">Line</th>${table.phases.map((name) => markup`<th scope="col" class="number">${name}</th>`)}</tr></thead><tbody>${table.rows.map(
      (row) =>
        markup`<tr><th scope="row">${row.line}</th>${row.cells.map((cell) => markup`<td class="number">${cell.mean}${cell.highest !== '–' && markup` <span class="quiet">max ${cell.highest}</span>`}</td>`)}</tr>`,
    )}</tbody></table>`,
  )}</details>`
}

function chartFigure(chart: Chart, folder: RunFolder): Markup {
  const label = `Line chart of ${chart.title} over the run: ${chart.lines.map((line) => line.name).join(', ')}. Figures by phase follow.`
  return markup`<figure><figcaption>${chart.title}</figcaption><div class="chart" data-chart="${chart.id}" role="img" aria-label="${label}"></div>${figures(chart, folder)}</figure>`
}

/** A group of charts, or one line that says what is not there. */
export function chartSection(group: ChartGroup, folder: RunFolder, absent: string): Markup {
  const body =
    group.charts.length === 0
      ? markup`<p class="absent">${absent}</p>`
      : markup`<p class="note">${group.note}</p><div class="charts">${group.charts.map((chart) => chartFigure(chart, folder))}</div>`
  return markup`<section id="${group.id}"><h2>${group.title}</h2>${body}</section>`
}

/** Marks beyond these stay in timeline.ndjson and as ticks on the time axes. */
const marksShown = 20

/** The key of the bands behind every chart, in order, and the marks; times are from the start of the run. */
export function phaseKey(folder: RunFolder): Markup | null {
  const marks = folder.timeline.filter((entry) => entry.kind === 'mark').slice(0, marksShown)
  if (folder.phases.length === 0 && marks.length === 0) return null
  const at = (t: number): string => clock((t - folder.series.load.startMs) / 1000)
  const phases = folder.phases.map((phase) => {
    const kind = phase.kind === phase.name ? null : markup` <span class="quiet">${phase.kind}</span>`
    return markup`<li><span class="band ${phase.kind}" aria-hidden="true"></span><strong>${phase.name}</strong>${kind} ${at(phase.start)}–${at(phase.end)}</li>`
  })
  const ticks = marks.map(
    (entry) => markup`<li>${entry.name} <span class="quiet">at</span> ${at(entry.t)}</li>`,
  )
  return markup`<ol class="phases" aria-label="Phases and marks">${phases}${ticks}</ol>`
}

function stepRow(row: StepRow): Markup {
  const failedShare = row.requests > 0 ? percentage(row.failed / row.requests) : '–'
  return markup`<tr${row.failed > 0 && markup` class="broken"`}><th scope="row">${row.step}</th><td class="number">${count(row.requests)}</td><td class="number">${count(row.failed)} <span class="quiet">${failedShare}</span></td><td class="number">${count(row.refused)}</td>${[row.p50, row.p95, row.p99, row.max].map((ms) => markup`<td class="number">${duration(ms)}</td>`)}</tr>`
}

export function stepsSection(folder: RunFolder): Markup {
  const { steps } = folder.verdict
  const heads = ['Step', 'Requests', 'Failed', 'Refused', 'P50', 'P95', 'P99', 'Max']
  const table = markup`<table><thead><tr>${heads.map((head, index) => markup`<th scope="col"${index > 0 && markup` class="number"`}>${head}</th>`)}</tr></thead><tbody>${steps.map(stepRow)}</tbody></table>`
  return markup`<section id="steps"><h2>Steps</h2>${steps.length === 0 ? markup`<p class="absent">No request was recorded.</p>` : scrolling('Steps', table)}${timesTable(folder.verdict)}</section>`
}

/** What the generator did itself, and who had the machine: a verdict is only as good as this. */
export function generatorSection(folder: RunFolder): Markup {
  const { generator: judged } = folder.verdict
  const measured = folder.evidence?.generator
  const facts: [string, string][] = [
    ['Arrivals offered', count(judged.offered)],
    ['Arrivals started', count(judged.delivered)],
    ['Dropped, no virtual user free', count(judged.dropped)],
    ['Scheduling lag, P99', `${duration(judged.lag_ms)}, limit ${duration(lagLimitMs)}`],
    ...fineFacts(folder.verdict),
    ['CPU of k6', judged.cpu === null ? 'not measured' : `${figure(judged.cpu)} cores`],
  ]
  if (folder.k6Memory !== null) facts.push(folder.k6Memory)
  if (measured !== undefined) {
    const { lag, cpu } = measured
    facts.push(['Lag probes over the limit', `${count(lag.over)} of ${count(lag.n)}`])
    if (cpu !== null)
      facts.push([
        'Time waiting for a core',
        `${percentage(cpu.waitShare)}, limit ${percentage(waitShareLimit)}`,
      ])
  }
  facts.push(...machineFacts(folder.verdict))
  return markup`<section id="generator"><h2>Generator and machine</h2><dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></section>`
}

export function notClaimedSection(folder: RunFolder): Markup | null {
  const { not_claimed: list } = folder.verdict
  if (list.length === 0) return null
  return markup`<section id="not-claimed"><h2>Not claimed</h2><p class="note">Promises of the source on which this run says nothing.</p><dl class="pairs">${list.map(({ id, why }) => markup`<div><dt><code>${id}</code></dt><dd>${why}</dd></div>`)}</dl></section>`
}

export function configurationSection(folder: RunFolder): Markup {
  const lines = configLines(folder.config)
  const table = markup`<details><summary>Configuration (${lines.length} settings)</summary><dl class="pairs">${lines.map(([name, value]) => markup`<div><dt><code>${name}</code></dt><dd>${value}</dd></div>`)}</dl></details>`
  return markup`<section id="repeat"><h2>Repeat this run</h2>${command(folder.verdict.repeat)}${lines.length > 0 && table}</section>`
}

/** Leftovers in the target, logs, files and whatever could not be read. */
export function appendixSection(folder: RunFolder): Markup {
  const { leftovers } = folder.verdict
  const logs = folder.logs.map(
    (log) =>
      markup`<li><a href="services/${encodeURIComponent(log.service)}.log">${log.service}.log</a> <span class="quiet">${bytes(log.bytes)}</span>${
        log.warnings.length > 0
          ? markup`<details><summary>${log.warnings.length === 1 ? 'Last warning' : `Last ${log.warnings.length} warnings`}</summary><pre class="log" tabindex="0">${log.warnings.join('\n')}</pre></details>`
          : markup` <span class="quiet">no warnings near its end</span>`
      }</li>`,
  )
  const omitted = [
    ...folder.series.load.left,
    ...folder.series.resources.left,
    ...folder.series.evidence.left,
  ]
  return markup`<section id="appendix"><h2>Appendix</h2>
<h3>Left in the target</h3>${leftovers.length === 0 ? markup`<p>The run left nothing behind in the target.</p>` : markup`<ul>${leftovers.map((line) => markup`<li>${line}</li>`)}</ul>`}
${folder.missing.length > 0 && markup`<h3>Not in this report</h3><ul>${folder.missing.map(({ file, why, absent }) => markup`<li><code>${file}</code> (${why}): ${absent}</li>`)}</ul>`}
${omitted.length > 0 && markup`<p>Left out of the charts for their number: ${omitted.slice(0, 50).join(', ')}</p>`}
${logs.length > 0 && markup`<h3>Service logs</h3><ul>${logs}</ul>`}
<h3>Files of this run</h3><ul class="files">${folder.files.map((file) => markup`<li><a href="${encodeURIComponent(file)}">${file}</a></li>`)}</ul>
<p class="quiet">Run ${folder.verdict.run}, started ${utc(Date.parse(folder.verdict.started))}.</p></section>`
}
