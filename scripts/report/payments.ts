// What became of the money, and what the laws of the ledger were held against: for the page and for report.md.
import { laws as sentences } from '../../verdict/oracles/ledger/check.ts'
import type { Verdict } from '../../verdict/verdict.ts'
import { count, duration } from './figures.ts'
import { scrolling } from './html-verdict.ts'
import { escapeMarkdown, type Markup, markup } from './text.ts'

type Payments = NonNullable<Verdict['payments']>

const nanotonPerTon = 1_000_000_000n

/** nanoTON as TON, with all nine digits: rounding is what is looked for here. */
function ton(nanoton: string | null): string {
  if (nanoton === null) return 'not known'
  const value = BigInt(nanoton)
  const [sign, amount] = value < 0n ? ['-', -value] : ['', value]
  return `${sign}${amount / nanotonPerTon}.${String(amount % nanotonPerTon).padStart(9, '0')} TON`
}

function moneyRows({ money }: Payments): [string, string][] {
  const { payouts } = money
  return [
    ['Earned by completed tasks', ton(money.earned)],
    ["Operator's fees", ton(money.fees)],
    [
      'Left over by the division, to the workers',
      money.remainders === null ? 'not known' : `${money.remainders} nanoTON`,
    ],
    ['Paid, as the ledger says', ton(money.paid)],
    ['Transferred, as the chain says', ton(money.transferred)],
    ['Pending in the end', ton(money.pending)],
    [
      'Payouts asked for',
      `${count(payouts.asked)}: ${count(payouts.accepted)} accepted, ${count(payouts.rejected)} rejected, ${count(payouts.unknown)} unknown`,
    ],
    [
      'Payouts in the ledger',
      `${count(payouts.confirmed)} confirmed, ${count(payouts.failed)} failed, ${count(payouts.pending)} pending; ${count(payouts.byService)} of them by threshold`,
    ],
  ]
}

function timesLine({ times }: Payments): string {
  if (times === null) return 'No payout was followed to its end.'
  const { n, p50, p95, p99, max } = times
  return `From asking to being seen confirmed, or for as long as that was waited for: P50 ${duration(p50)}, P95 ${duration(p95)}, P99 ${duration(p99)}, longest about ${duration(max)} (${count(n)} payouts).`
}

const lawRows = ({ laws }: Payments): [id: string, sentence: string, checks: string, violations: number][] =>
  Object.entries(laws).map(([law, { checks, violations }]) => [
    law,
    sentences[law as keyof typeof sentences],
    count(checks),
    violations,
  ])

export function paymentsSection(verdict: Verdict): Markup | null {
  const { payments } = verdict
  if (payments === undefined) return null
  const money = moneyRows(payments).map(
    ([what, value]) => markup`<tr><th scope="row">${what}</th><td>${value}</td></tr>`,
  )
  const laws = lawRows(payments).map(
    ([law, sentence, checks, violations]) =>
      markup`<tr${violations > 0 && markup` class="broken"`}><th scope="row"><code>${law}</code></th><td>${sentence}</td><td class="number">${checks}</td><td class="number">${count(violations)}</td></tr>`,
  )
  return markup`<section id="payments"><h2>Payments</h2>
${scrolling('Money', markup`<table><caption>Money</caption><tbody>${money}</tbody></table>`)}
<p>${timesLine(payments)}</p>
${payments.undecided.length > 0 && markup`<ul class="reasons">${payments.undecided.map((why) => markup`<li>${why}</li>`)}</ul>`}
${scrolling(
  'Laws of the ledger',
  markup`<table><caption>Laws, held against the whole history, the ledger and the chain</caption><thead><tr><th scope="col">Law</th><th scope="col">What it says</th><th scope="col" class="number">Checked</th><th scope="col" class="number">Broken</th></tr></thead><tbody>${laws}</tbody></table>`,
)}</section>`
}

export function paymentsMarkdown(
  verdict: Verdict,
  table: (heads: string[], rows: string[][]) => string,
): string {
  const { payments } = verdict
  if (payments === undefined) return ''
  const laws = lawRows(payments).map(([law, sentence, checks, violations]) => [
    law,
    sentence,
    checks,
    violations > 0 ? `**${count(violations)}**` : '0',
  ])
  return `### Payments

${table(['Money', 'Sum'], moneyRows(payments))}

${timesLine(payments)}

${payments.undecided.map((why) => `- ${escapeMarkdown(why)}\n`).join('')}
${table(['Law', 'What it says', 'Checked', 'Broken'], laws)}
`
}
