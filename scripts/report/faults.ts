// What became of each fault, and what it cost: what was seen of it, the requests that failed while it lasted, and when
// service was back.
import type { FaultVerdict } from '../../verdict/verdict.ts'
import { backSince } from '../../verdict/windows.ts'
import type { Buckets } from './read/buckets.ts'
import { clock, count, duration, percentage } from './figures.ts'
import { escapeMarkdown as text, markup, type Markup } from './text.ts'
import { scrolling } from './html/html-verdict.ts'
import type { RunFolder } from './read/run-folder.ts'

/** Of the requests at a normal time so many may fail: the source's limit, and what a fault's share is measured by. */
const budgetShare = 0.001
/** Service is back when it is normal for so long. */
const windowSeconds = 10

/** What k6 saw around a fault. */
interface FaultCost {
  /** Requests while it lasted, and how many of them failed. */
  requests: number
  failed: number
  /** The failures that a run of this size may have in all, that many times over. */
  budgets: number
  /** From the fault's end to the first normal stretch, in ms; null when none was seen. `stepMs`: known this exactly. */
  backMs: number | null
  stepMs: number
}

/** Null where k6's record has nothing about the time of the fault. */
export function costOf({ start, end }: FaultVerdict, load: Buckets): FaultCost | null {
  const sent = load.values('http_reqs rate')
  const failures = load.values('failed rate')
  if (sent === undefined) return null
  const { startMs, stepMs } = load
  const perStep = stepMs / 1000
  const sum = (values: (number | null)[] = [], from = 0, to = values.length): number =>
    values.slice(from, to).reduce<number>((total, value) => total + (value ?? 0) * perStep, 0)
  const indexOf = (t: number): number => Math.max(0, Math.floor((t - startMs) / stepMs))
  const [from, to] = [indexOf(start), indexOf(end) + 1]
  const requests = sum(sent, from, to)
  if (requests === 0) return null
  const failed = sum(failures, from, to)
  const most = budgetShare * sum(sent)
  const runEnd = startMs + sent.length * stepMs
  // What k6 recorded are rates, so each second of a step has the same.
  const blocks: Record<string, [n: number, bad: number]> = {}
  for (let second = Math.ceil(startMs / 1000); second * 1000 < runEnd; second++) {
    const index = indexOf(second * 1000)
    blocks[second] = [sent[index] ?? 0, failures?.[index] ?? 0]
  }
  const { at } = backSince(blocks, end, runEnd, { seconds: windowSeconds, limit: budgetShare })
  const backMs = at === null ? null : at - end
  return { requests, failed, budgets: most > 0 ? failed / most : 0, backMs, stepMs }
}

const within = (ms: number | null | undefined): string =>
  ms === null || ms === undefined ? '' : ` in ${duration(ms)}`

const biteText = ({ bite, bite_ms: ms }: FaultVerdict): string =>
  bite ? `proven${within(ms)}` : 'NOT proven'

function healText({ healed, heal_ms: ms, residue = [] }: FaultVerdict): string {
  if (residue.length > 0) return `NO: ${residue.join(', ')}`
  return healed ? `yes${within(ms)}` : 'NO'
}

const effectText = ({ effect, problem }: FaultVerdict): string => {
  const seen =
    effect === null || effect === undefined
      ? ''
      : `${effect.what}: ${effect.before} → ${effect.during || '–'} → ${effect.after || '–'}`
  return [seen, problem ?? ''].filter(Boolean).join('; ')
}

function costText(cost: FaultCost | null): { failed: string; back: string } {
  if (cost === null) return { failed: '–', back: '–' }
  const { requests, failed, budgets, backMs, stepMs } = cost
  return {
    failed: `${count(Math.round(failed))} of ${count(Math.round(requests))} (${percentage(failed / requests)}), ${budgets.toFixed(1)} times the failures that the limit allows in the whole run`,
    back: backMs === null ? 'not seen' : `after ${duration(backMs)} (± ${duration(stepMs)})`,
  }
}

const heads = [
  'Fault',
  'From',
  'To',
  'Seen before → during → after',
  'Bite',
  'Healed',
  'Failed meanwhile',
  'Errors back to normal',
]

const note =
  `The budget is ${percentage(budgetShare)} of all requests of the run. Errors are back to normal in the ` +
  `first ${windowSeconds} s after the end of the fault in which no more than that share failed; fault.recovery judges latency and ` +
  'the queue, too.'

function rowOf(fault: FaultVerdict, { series }: RunFolder): string[] {
  const at = (t: number): string => clock((t - series.load.startMs) / 1000)
  const { failed, back } = costText(costOf(fault, series.load))
  return [
    fault.id,
    at(fault.start),
    at(fault.end),
    effectText(fault),
    biteText(fault),
    healText(fault),
    failed,
    back,
  ]
}

export function faultsSection(folder: RunFolder): Markup | null {
  const { faults } = folder.verdict
  if (faults.length === 0) return null
  const rows = faults.map((fault) => {
    const [id = '', ...cells] = rowOf(fault, folder)
    return markup`<tr><th scope="row">${id}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`
  })
  const table = markup`<table><thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`
  return markup`<section id="faults"><h2>Faults</h2><p class="note">${note}</p>${scrolling('Faults', table)}</section>`
}

/** Nothing for a run without faults. */
export function faultsMarkdown(folder: RunFolder): string {
  const { faults } = folder.verdict
  if (faults.length === 0) return ''
  const lines = [
    heads,
    heads.map(() => '---'),
    ...faults.map((fault) => rowOf(fault, folder).map((cell) => text(cell))),
  ]
  return `\n## Faults\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n${note}\n`
}
