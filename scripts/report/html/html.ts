// report.html: one file that needs nothing else, neither network nor server.
import { faultsSection } from '../faults.ts'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { capacitySection } from '../capacity.ts'
import { expectationsSection } from '../expectations.ts'
import { chartGroups, type Chart, type ChartGroup } from '../charts.ts'
import {
  appendixSection,
  chartSection,
  configurationSection,
  generatorSection,
  notClaimedSection,
  phaseKey,
  stepsSection,
} from './html-run.ts'
import { criteriaSection, markShapes, verdictHeader, witnessSection } from './html-verdict.ts'
import { pageScript } from './page-script.ts'
import { pageText } from './page.ts'
import { findingsSections } from '../findings.ts'
import type { RunFolder } from '../read/run-folder.ts'
import { type Markup, markup, trusted } from '../text.ts'

async function chartLibrary(): Promise<{ script: string; style: string }> {
  // Resolved by the file that package exports allow; its neighbours are the ones for a page.
  const folder = dirname(createRequire(import.meta.url).resolve('uplot'))
  const [script, style] = await Promise.all([
    readFile(join(folder, 'uPlot.iife.min.js'), 'utf8'),
    readFile(join(folder, 'uPlot.min.css'), 'utf8'),
  ])
  return { script, style }
}

const rounded = (value: number | null): number | null =>
  value === null ? null : Number(value.toPrecision(4))

/** JSON that cannot end the element it stands in. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')

function chartData(folder: RunFolder, groups: ChartGroup[]): string {
  const { load } = folder.series
  const seconds = (t: number): number => (t - load.startMs) / 1000
  const chart = ({ id, unit, joined, lines }: Chart): object => ({
    joined: joined === true,
    id,
    unit,
    lines: lines.map((line) => ({ name: line.name, values: line.values.map(rounded) })),
  })
  return inScript({
    step: load.stepMs / 1000,
    count: load.count,
    phases: folder.phases.map(({ name, kind, start, end }) => ({
      name,
      kind,
      from: seconds(start),
      to: seconds(end),
    })),
    faults: folder.verdict.faults.map((fault) => ({
      name: fault.id,
      kind: 'fault',
      from: seconds(fault.start),
      to: seconds(fault.end),
    })),
    marks: folder.timeline
      .filter((entry) => entry.kind === 'mark')
      .map((entry) => ({ name: entry.name, at: seconds(entry.t) })),
    charts: groups.flatMap((group) => group.charts.map(chart)),
  })
}

const contents = (links: [id: string, name: string][]): Markup =>
  markup`<nav aria-label="Contents">${links.map(([id, name]) => markup`<a href="#${id}">${name}</a> `)}</nav>`

function body(folder: RunFolder, groups: ReturnType<typeof chartGroups>): Markup {
  const { verdict } = folder
  const noRecord = 'Nothing over time: k6-dashboard.ndjson of this run is missing or holds no samples.'
  const witness = witnessSection(verdict)
  const expectations = expectationsSection(verdict)
  const faults = faultsSection(folder)
  const capacity = capacitySection(verdict)
  const findings = findingsSections(verdict)
  const links: [string, string][] = [
    ['criteria', 'Criteria'],
    ...(expectations === null ? [] : [['expectations', 'Expected'] as [string, string]]),
    ...(witness === null ? [] : [['witness', 'Witness'] as [string, string]]),
    ...(faults === null ? [] : [['faults', 'Faults'] as [string, string]]),
    ...(capacity === null ? [] : [['capacity', 'Capacity'] as [string, string]]),
    ...findings.map(([id, title]): [string, string] => [id, title]),
    ['throughput', 'Throughput'],
    ['latency', 'Latency'],
    ['services', 'Services'],
    ['steps', 'Steps'],
    ['generator', 'Generator and machine'],
    ['repeat', 'Repeat'],
    ['appendix', 'Appendix'],
  ]
  return markup`${markShapes}<a class="skip" href="#criteria">To the criteria</a>
${verdictHeader(verdict)}
${contents(links)}
<main>
${criteriaSection(verdict)}
${expectations}
${witness}
${faults}
${capacity}
${findings.map(([, , section]) => section)}
<section id="time"><h2>Over time</h2>${phaseKey(folder)}<p class="absent" id="no-curves">The curves need JavaScript; the figures by phase below each do not.</p></section>
${groups.judged.charts.length > 0 && chartSection(groups.judged, folder, '')}
${chartSection(groups.throughput, folder, noRecord)}
${chartSection(groups.latency, folder, noRecord)}
${groups.observations.charts.length > 0 && chartSection(groups.observations, folder, '')}
${chartSection(groups.services, folder, 'No samples of services: services/resources.ndjson of this run is missing or empty.')}
${stepsSection(folder)}
${generatorSection(folder)}
${notClaimedSection(folder)}
${configurationSection(folder)}
${appendixSection(folder)}
</main>`
}

/** The whole page as text. */
export async function htmlReport(folder: RunFolder): Promise<string> {
  const library = await chartLibrary()
  const script = `${library.script}\n${pageScript}`
  const groups = chartGroups(folder)
  const data = chartData(folder, Object.values(groups))
  const { verdict } = folder
  return pageText({
    title: `${verdict.verdict} · ${verdict.case} · Assay`,
    style: library.style,
    script,
    body: markup`${body(folder, groups)}
<script type="application/json" id="chart-data">${trusted(data)}</script>
`,
  })
}
