// The capacity of a ramp in the report: what held, where throughput bends, what broke first, what overload leaves.
import type { Capacity, CapacityStep } from '../../verdict/capacity.ts'
import type { Held } from '../../verdict/steps.ts'
import type { Estimate } from '../../verdict/scalability.ts'
import type { Verdict } from '../../verdict/verdict.ts'
import { capacityPicture } from './html/capacity-picture.ts'
import { figure, percentage } from './figures.ts'
import { scrolling } from './html/html-verdict.ts'
import { capitalised, escapeMarkdown, type Markup, markup } from './text.ts'

const size = (step: CapacityStep, unit: string): string =>
  `${step.phase}, ${figure(step.level)} ${unit} and ${figure(step.offeredPerSecond)} pieces of work a second offered`

function held({ steps, last }: Capacity, unit: string): string {
  const step = last === null ? undefined : steps[last]
  const after = steps[last === null ? 0 : last + 1]
  const next = after === undefined ? '' : `${after.held === 'no' ? 'broken' : 'undecided'} (${after.bound})`
  if (step === undefined) return `No capacity is shown: the first step, ${after?.phase ?? ''}, is ${next}.`
  const beyond =
    after === undefined
      ? 'It is the largest that was tried, so the capacity may be higher.'
      : `The next one, ${after.phase}, is ${next}.`
  return `The last step that held, like all before it: ${size(step, unit)}. Nearest to its limit is ${step.bound}. ${beyond}`
}

const interval = ({ low, high }: { low: number; high: number }): string =>
  `95 % interval ${figure(low)} to ${figure(high)}`

function knee({ usl, note }: Capacity, unit: string): string {
  if (usl === null || usl.knee === null) return note
  const at = `Throughput falls beyond ${figure(usl.knee.level)} ${unit} (${interval(usl.knee)}), from ${figure(usl.peakPerSecond)} completed a second. The fit explains ${percentage(usl.r2)} of the differences between steps.`
  return `${at} ${note}`.trim()
}

function firstBroken({ firstBroken: first, steps }: Capacity, unit: string): string {
  if (first === null) return 'No step is shown to break a criterion.'
  const step = steps.find(({ phase }) => phase === first.phase)
  return `${first.ids.join(', ')} in ${step === undefined ? first.phase : size(step, unit)}.`
}

function degradation({ goodput }: Capacity): string {
  if (goodput === null) return 'No overload was offered, or no step completed anything in time.'
  return (
    `Under overload ${figure(goodput.overloadPerSecond)} a second were completed in time, ` +
    `${percentage(goodput.share)} of the ${figure(goodput.bestPerSecond)} a second of the best step, ${goodput.bestPhase}.`
  )
}

/** What a ramp showed, each in a sentence or two of plain text. */
const capacityFindings = (capacity: Capacity, unit: string): [name: string, text: string][] => [
  ['Capacity', held(capacity, unit)],
  ['Knee', knee(capacity, unit)],
  ['First broken', firstBroken(capacity, unit)],
  ['Degradation', degradation(capacity)],
]

const answers: Record<Held, string> = { yes: 'held', no: 'broken', undecided: 'undecided' }
const headsOf = (unit: string) => [
  'Step',
  capitalised(unit),
  'Offered',
  'Completed',
  'Answer',
  'Nearest bound',
]

/** Cells of one step in the order of the heads, as plain text. */
const cells = (step: CapacityStep): [string, string, string, string, string, string] => [
  step.phase,
  figure(step.level),
  `${figure(step.offeredPerSecond)} /s`,
  `${figure(step.completedPerSecond)} /s (${figure(step.completedInterval[0])} to ${figure(step.completedInterval[1])})`,
  answers[step.held],
  step.bound,
]

function stepsTable(capacity: Capacity, unit: string): Markup {
  const rows = capacity.steps.map((step, index) => {
    const [name, ...rest] = cells(step)
    const mark = index === capacity.last && markup` <span class="quiet">capacity</span>`
    return markup`<tr${step.held === 'no' && markup` class="broken"`}><th scope="row">${name}${mark}</th>${rest.map(
      (text, cell) => markup`<td${cell < 3 && markup` class="number"`}>${text}</td>`,
    )}</tr>`
  })
  return markup`<table class="ramp-steps"><caption>Steps, with 95 % intervals</caption><thead><tr>${headsOf(
    unit,
  ).map(
    (head, index) => markup`<th scope="col"${index > 0 && index < 4 && markup` class="number"`}>${head}</th>`,
  )}</tr></thead><tbody>${rows}</tbody></table>`
}

function parameters({ usl }: Capacity): Markup | null {
  if (usl === null) return null
  const facts: [string, Estimate, string][] = [
    ['Completed a second at a level of 1 (λ)', usl.lambda, ''],
    ['Share that must run one after the other (σ)', usl.sigma, ''],
    ['Cost of agreeing, per pair (κ)', usl.kappa, ''],
  ]
  const scientific = (value: number): string =>
    value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : figure(value)
  return markup`<dl class="facts">${facts.map(([name, { value, low, high }]) => markup`<div><dt>${name}</dt><dd>${scientific(value)} <span class="quiet">${scientific(low)} ${high === null ? 'or more' : `to ${scientific(high)}`}</span></dd></div>`)}</dl>`
}

/** The section of the page; null for a run that is no ramp. */
export function capacitySection({ capacity, unit }: Verdict): Markup | null {
  if (capacity === undefined) return null
  const findings = capacityFindings(capacity, unit)
  const description = findings.map(([name, text]) => `${name}: ${text}`).join(' ')
  const law =
    capacity.usl !== null &&
    markup`<p class="note">The curve is the universal scalability law, X(N) = λN / (1 + σ(N − 1) + κN(N − 1)), fitted to the work that the steps completed. A step that was offered less than it can do shows what was offered, not what it can do.</p>`
  return markup`<section id="capacity"><h2>Capacity</h2><dl class="pairs">${findings.map(([name, text]) => markup`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>
<figure class="wide"><figcaption>Throughput by ${unit}</figcaption>${scrolling(`Throughput by ${unit}`, capacityPicture(capacity, unit, description))}${law}${parameters(capacity)}</figure>
${scrolling('Steps of the ramp', stepsTable(capacity, unit))}</section>`
}

/** The same in Markdown, without its heading; null for a run that is no ramp. */
export function capacityMarkdown({ capacity, unit }: Verdict): string | null {
  if (capacity === undefined) return null
  const heads = headsOf(unit)
  const rows = [
    heads,
    heads.map(() => '---'),
    ...capacity.steps.map((step) => cells(step).map(escapeMarkdown)),
  ]
  const findings = capacityFindings(capacity, unit).map(
    ([name, text]) => `- **${name}:** ${escapeMarkdown(text)}`,
  )
  return `${findings.join('\n')}\n\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}`
}
