// The judging half of the page: what the verdict is, every criterion, and the witness of each that broke.
import type { Witness, CriterionVerdict, Status, Verdict } from '../../../verdict/verdict.ts'
import { statuses } from '../../../verdict/verdict.ts'
import { bounds, byUrgency, detailOf, ownReason } from '../criteria.ts'
import { clock, count, duration, lengthText, timeOfDay, utc } from '../figures.ts'
import { type Markup, markup, printable, shortened } from '../text.ts'
import { violationList } from '../violations.ts'

/** The shape that stands for a status, drawn so that no font is needed; the word always stands beside it. */
export const mark = (status: Status): Markup =>
  markup`<svg class="mark ${status.toLowerCase()}" viewBox="0 0 24 24" aria-hidden="true"><use href="#mark-${status.toLowerCase()}"/></svg>`

/** Circle, octagon, diamond and triangle: four outlines that differ without colour. */
export const markShapes: Markup = markup`<svg width="0" height="0" class="hidden" aria-hidden="true">
<symbol id="mark-pass" viewBox="0 0 24 24"><circle cx="12" cy="12" r="11"/><path class="sign" d="M6.5 12.5l3.7 3.7 7.3-8"/></symbol>
<symbol id="mark-fail" viewBox="0 0 24 24"><path d="M7.5 1h9L23 7.5v9L16.5 23h-9L1 16.5v-9z"/><path class="sign" d="M8 8l8 8M16 8l-8 8"/></symbol>
<symbol id="mark-undecided" viewBox="0 0 24 24"><path d="M12 .5L23.5 12 12 23.5.5 12z"/><path class="sign" d="M9.3 9.6c0-3.6 5.6-3.5 5.6-.2 0 2.2-2.8 2.2-2.8 4.4M12.1 17v.4"/></symbol>
<symbol id="mark-invalid" viewBox="0 0 24 24"><path d="M12 1.5l11.5 20.5H.5z"/><path class="sign" d="M12 9v6.2M12 18.4v.4"/></symbol>
</svg>`

const badge = (status: Status): Markup =>
  markup`<span class="badge ${status.toLowerCase()}">${mark(status)} ${status}</span>`

/** First screen: the verdict, its line, why, and what was run. */
export function verdictHeader(verdict: Verdict): Markup {
  const rest = verdict.line.startsWith(verdict.verdict)
    ? verdict.line.slice(verdict.verdict.length).trim()
    : verdict.line
  const tally = statuses.map((status) => ({
    status,
    n: verdict.criteria.filter((criterion) => criterion.status === status).length,
  }))
  return markup`<header class="verdict ${verdict.verdict.toLowerCase()}" id="verdict">
<p class="over">Assay · ${verdict.case} · ${verdict.scenario} · ${verdict.profile}${verdict.partial && ' · cut short'}</p>
<h1>${mark(verdict.verdict)}<span class="word">${verdict.verdict}</span> <span class="rest">${rest}</span></h1>
${verdict.reasons.length > 0 && markup`<ul class="reasons">${verdict.reasons.map((reason) => markup`<li>${reason}</li>`)}</ul>`}
<ul class="tally">${tally.map(({ status, n }) => n > 0 && markup`<li>${mark(status)} ${n} ${status}</li>`)}${
    verdict.not_claimed.length > 0 &&
    markup`<li><a href="#not-claimed">${verdict.not_claimed.length} not claimed</a></li>`
  }</ul>
<dl class="facts">
<div><dt>Target</dt><dd>${verdict.target}</dd></div>
<div><dt>Started</dt><dd>${utc(Date.parse(verdict.started))}</dd></div>
<div><dt>Duration</dt><dd>${lengthText(verdict)}</dd></div>
<div><dt>Seed</dt><dd>${verdict.seed}</dd></div>
<div><dt>Run</dt><dd>${verdict.run}</dd></div>
</dl>
</header>`
}

const barWidth = 120
/** A bound far beyond the limit is cut off here, as a multiple of the limit; the numbers beside it are whole. */
const barReach = 3

/** Bounds as a bar, the observed value as a dot, the limit as a line, from zero. Decorates numbers that stand beside it. */
function bar(criterion: CriterionVerdict): Markup | null {
  const { limit_value: limit, observed_value: observed, interval } = criterion
  if (observed === null || interval === null || !(limit > 0)) return null
  const reach = Math.min(
    Math.max(limit * 1.25, observed * 1.1, interval[1] * 1.1),
    Math.max(limit * barReach, observed * 1.1),
  )
  const at = (value: number): number =>
    Number((Math.min(1, Math.max(0, value / reach)) * barWidth).toFixed(1))
  return markup`<svg class="bar ${criterion.status.toLowerCase()}" viewBox="0 0 ${barWidth} 14" width="${barWidth}" height="14" aria-hidden="true"><path class="track" d="M0 7H${barWidth}"/><path class="range" d="M${at(interval[0])} 7H${Math.max(at(interval[1]), at(interval[0]) + 1)}"/><path class="limit" d="M${at(limit)} 0V14"/><circle cx="${at(observed)}" cy="7" r="3.5"/></svg>`
}

function criterionRow(criterion: CriterionVerdict, runReasons: string[]): Markup {
  const reason = ownReason(criterion, runReasons)
  const cell = (label: string, content: Markup | string): Markup =>
    markup`<td role="cell" data-label="${label}">${content}</td>`
  const needed =
    criterion.needed > 0 && markup` <span class="quiet">of ${count(criterion.needed)} needed</span>`
  return markup`<tr role="row" class="${criterion.status.toLowerCase()}">
<td role="cell" class="status">${badge(criterion.status)}</td>
<th role="rowheader" scope="row"><code>${criterion.id}</code><span class="promise">${criterion.text}</span></th>
${cell('Observed', markup`<strong>${criterion.observed}</strong>`)}${cell('Limit', criterion.limit)}
${cell('Samples', markup`${count(criterion.samples)}${needed}`)}
${cell('95 % bounds', markup`${bounds(criterion)} ${bar(criterion)}`)}${cell('Phase', criterion.phase)}
${cell('Reason', criterion.witness === null ? reason : markup`${reason} <a href="#${witnessId(criterion)}">Witness</a>`)}
</tr>`
}

export function criteriaSection(verdict: Verdict): Markup {
  if (verdict.criteria.length === 0) {
    return markup`<section id="criteria"><h2>Criteria</h2><p>No criterion was judged in this run.</p></section>`
  }
  const heads = ['Status', 'Criterion', 'Observed', 'Limit', 'Samples', '95 % bounds', 'Phase', 'Reason']
  return markup`<section id="criteria"><h2>Criteria</h2>
<p class="note">Each is decided by one-sided 95 % bounds: the bar is where the true value lies with that confidence, the dot what was observed, the line the limit.</p>
<table role="table" class="criteria"><thead role="rowgroup"><tr role="row">${heads.map((head) => markup`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${byUrgency(verdict.criteria).map((one) => criterionRow(one, verdict.reasons))}</tbody></table></section>`
}

/** A mark in the page; of an id as it is, because one dot less would make two different ids the same. */
const witnessId = (criterion: CriterionVerdict): string => `witness-${encodeURIComponent(criterion.id)}`

/** Whole log lines are in the service's log; here a very long one is cut. */
const logLineLength = 2000
const logLines = 60

/** A table that scrolls inside itself where the page is narrow, reachable by keyboard. */
export const scrolling = (label: string, table: Markup): Markup =>
  markup`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`

function operations(witness: Witness): Markup {
  const rows = witness.operations.slice(0, 10).map(
    (one) => markup`<tr><td>${timeOfDay(one.t)}</td><td>${one.phase}</td><th scope="row">${one.step}</th>
<td class="number">${one.status === 0 ? 'no answer' : one.status}</td><td class="number">${duration(one.ms)}</td><td><code>${one.correlationId}</code></td><td>${detailOf(one)}</td></tr>`,
  )
  return scrolling(
    'Failing operations',
    markup`<table><caption>First failing operations</caption><thead><tr><th scope="col">Time (UTC)</th><th scope="col">Phase</th><th scope="col">Step</th><th scope="col" class="number">Status</th><th scope="col" class="number">Duration</th><th scope="col">Correlation id</th><th scope="col">Detail</th></tr></thead><tbody>${rows}</tbody></table>`,
  )
}

/** Of a long run the worst minutes; the charts have them all. */
const minutesShown = 30

function perMinute(witness: Witness): Markup | null {
  const all = Object.entries(witness.perMinute).sort(([a], [b]) => a.localeCompare(b))
  if (all.length === 0) return null
  const worst = [...all].sort(([, a], [, b]) => b - a).slice(0, minutesShown)
  const shown = all.filter((entry) => worst.includes(entry))
  const most = Math.max(...shown.map(([, n]) => n), 1)
  const caption =
    shown.length < all.length ? `Per minute (the ${shown.length} worst of ${all.length})` : 'Per minute'
  return markup`<table class="minutes"><caption>${caption}</caption><thead><tr><th scope="col">Minute (UTC)</th><th scope="col" class="number">Bad</th><th scope="col"><span class="hidden">Bar</span></th></tr></thead><tbody>${shown.map(
    ([minute, n]) =>
      markup`<tr><th scope="row">${minute.replace('T', ' ')}</th><td class="number">${count(n)}</td><td><svg viewBox="0 0 100 8" width="100" height="8" aria-hidden="true"><path class="count" d="M0 4H${Math.round((n / most) * 100)}"/></svg></td></tr>`,
  )}</tbody></table>`
}

/** A command with room for the copy button that the page's script adds. */
export const command = (text: string): Markup =>
  markup`<div class="command"><pre tabindex="0"><code>${text}</code></pre></div>`

function witnessOf(criterion: CriterionVerdict, witness: Witness, started: number): Markup {
  const lines = witness.log.slice(0, logLines).map((line) => shortened(printable(line), logLineLength))
  return markup`<article class="witness" id="${witnessId(criterion)}">
<h3>${badge(criterion.status)} <code>${criterion.id}</code> ${criterion.text}</h3>
<p>${criterion.reason}</p>
<p>${witness.operations.length > 0 || Object.keys(witness.perMinute).length > 0 ? 'First at' : 'Judged from'} <strong>${utc(witness.first)}</strong>, ${clock((witness.first - started) / 1000)} into the run.</p>
<div class="beside">${witness.operations.length > 0 && operations(witness)}${perMinute(witness)}</div>
${violationList(witness.violations)}
${
  lines.length > 0
    ? markup`<h4>Service log around the first one</h4><pre class="log" tabindex="0">${lines.join('\n')}</pre>`
    : markup`<p class="quiet">No service log lines around that time.</p>`
}
<h4>Repeat</h4>${command(witness.repeat)}</article>`
}

/** The witness of everything that broke; a FAIL whose evidence names no operation says so. */
export function witnessSection(verdict: Verdict): Markup | null {
  const started = Date.parse(verdict.started)
  const shown = byUrgency(verdict.criteria).filter((one) => one.status === 'FAIL' || one.witness !== null)
  if (shown.length === 0) return null
  return markup`<section id="witness"><h2>Witness</h2>${shown.map((criterion) =>
    criterion.witness === null
      ? markup`<article class="witness"><h3>${badge(criterion.status)} <code>${criterion.id}</code> ${criterion.text}</h3><p>${criterion.reason}</p><p class="quiet">The evidence names no single operation for this criterion.</p></article>`
      : witnessOf(criterion, criterion.witness, started),
  )}</section>`
}
