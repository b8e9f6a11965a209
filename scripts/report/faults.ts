// What became of each fault, and what it cost: what was seen of it, the requests that failed while it lasted, and when
// service was back, where the case claims a criterion that says what that is.
import type { Criterion } from '../../verdict/criterion.ts'
import type { FaultVerdict } from '../../verdict/verdict.ts'
import { backSince } from '../../verdict/windows.ts'
import type { Buckets } from './read/buckets.ts'
import { clock, count, duration, percentage } from './figures.ts'
import { escapeMarkdown as text, markup, type Markup } from './text.ts'
import { scrolling } from './html/html-verdict.ts'
import type { RunFolder } from './read/run-folder.ts'

/** What a claimed criterion calls normal after a fault: at most the share `limit` of the requests of so many seconds failed. */
interface NormalErrors {
  id: string
  seconds: number
  limit: number
  /** Whether the criterion has other rules. */
  hasMore: boolean
}

/** From the plan in config.json; null where no criterion of the case says it. */
function normalErrors(config: unknown): NormalErrors | null {
  const { plan } = (config ?? {}) as { plan?: { claimed?: Record<string, Partial<Criterion>> } }
  for (const [id, { rules = [] }] of Object.entries(plan?.claimed ?? {}))
    for (const rule of rules)
      if (rule.judge === 'recovery' && rule.after === 'fault' && rule.window?.overMs === undefined) {
        const { window } = rule
        if (window !== undefined)
          return { id, seconds: window.seconds, limit: window.limit, hasMore: rules.length > 1 }
      }
  return null
}

/** What k6 saw around a fault. */
interface FaultCost {
  /** Requests while it lasted, and how many of them failed. */
  requests: number
  failed: number
  /** So many times the failures that the whole run would have at the limit for normal errors; null where there is none. */
  timesNormal: number | null
  /** From the fault's end to the first normal stretch, in ms; null when none was seen. `stepMs`: known this exactly. */
  backMs: number | null
  stepMs: number
}

/** Null where k6's record has nothing about the time of the fault. */
export function costOf(
  { start, end }: FaultVerdict,
  load: Buckets,
  normal: Pick<NormalErrors, 'seconds' | 'limit'> | null,
): FaultCost | null {
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
  const cost = { requests, failed, timesNormal: null, backMs: null, stepMs }
  if (normal === null) return cost
  const most = normal.limit * sum(sent)
  const runEnd = startMs + sent.length * stepMs
  // What k6 recorded are rates, so each second of a step has the same.
  const blocks: Record<string, [n: number, bad: number]> = {}
  for (let second = Math.ceil(startMs / 1000); second * 1000 < runEnd; second++) {
    const index = indexOf(second * 1000)
    blocks[second] = [sent[index] ?? 0, failures?.[index] ?? 0]
  }
  const { at } = backSince(blocks, end, runEnd, normal)
  return { ...cost, timesNormal: most > 0 ? failed / most : null, backMs: at === null ? null : at - end }
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

function costText(cost: FaultCost | null, limit = 0): { failed: string; back: string } {
  if (cost === null) return { failed: '–', back: '–' }
  const { requests, failed, timesNormal, backMs, stepMs } = cost
  const times =
    timesNormal === null
      ? ''
      : `, ${timesNormal.toFixed(1)} times as many as ${percentage(limit)} of all requests of the run`
  return {
    failed: `${count(Math.round(failed))} of ${count(Math.round(requests))} (${percentage(failed / requests)})${times}`,
    back: backMs === null ? 'not seen' : `after ${duration(backMs)} (± ${duration(stepMs)})`,
  }
}

const headsOf = (normal: NormalErrors | null): string[] => [
  'Fault',
  'From',
  'To',
  'Seen before → during → after',
  'Bite',
  'Healed',
  'Failed meanwhile',
  ...(normal === null ? [] : ['Errors back to normal']),
]

const failuresNote = 'Failures are those of all requests, as k6 recorded them.'

const noteOf = (normal: NormalErrors | null): string =>
  normal === null
    ? failuresNote
    : `${failuresNote} Errors are back to normal in the first ${normal.seconds} s after the end of the fault in which no ` +
      `more than ${percentage(normal.limit)} failed, the limit of ${normal.id}${normal.hasMore ? ', which judges more than errors' : ''}.`

function rowOf(fault: FaultVerdict, { series }: RunFolder, normal: NormalErrors | null): string[] {
  const at = (t: number): string => clock((t - series.load.startMs) / 1000)
  const { failed, back } = costText(costOf(fault, series.load, normal), normal?.limit)
  return [
    fault.id,
    at(fault.start),
    at(fault.end),
    effectText(fault),
    biteText(fault),
    healText(fault),
    failed,
    ...(normal === null ? [] : [back]),
  ]
}

export function faultsSection(folder: RunFolder): Markup | null {
  const { faults } = folder.verdict
  if (faults.length === 0) return null
  const normal = normalErrors(folder.config)
  const rows = faults.map((fault) => {
    const [id = '', ...cells] = rowOf(fault, folder, normal)
    return markup`<tr><th scope="row">${id}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`
  })
  const table = markup`<table><thead><tr>${headsOf(normal).map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`
  return markup`<section id="faults"><h2>Faults</h2><p class="note">${noteOf(normal)}</p>${scrolling('Faults', table)}</section>`
}

/** Nothing for a run without faults. */
export function faultsMarkdown(folder: RunFolder): string {
  const { faults } = folder.verdict
  if (faults.length === 0) return ''
  const normal = normalErrors(folder.config)
  const heads = headsOf(normal)
  const lines = [
    heads,
    heads.map(() => '---'),
    ...faults.map((fault) => rowOf(fault, folder, normal).map((cell) => text(cell))),
  ]
  return `\n## Faults\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n${text(noteOf(normal))}\n`
}
