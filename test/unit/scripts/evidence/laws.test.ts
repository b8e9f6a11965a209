// Payments as the runner sees them: what is told of them, and how it becomes evidence.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Plan } from '../../../../lib/plan/plan.ts'
import { EventLog } from '../../../../scripts/evidence/events.ts'
import { completeEvidence } from '../../../../scripts/evidence/evidence.ts'
import { nothingBrought } from '../nothing-brought.ts'
import { askOracles, begun, historyFile, keepHistory } from '../../../../scripts/evidence/oracles.ts'
import { findingsMarkdown, findingsSections } from '../../../../scripts/report/findings.ts'
import { violationLines, violationList } from '../../../../scripts/report/violations.ts'
import { criteria, lawful, mean } from '../../../../thresholds/limits.ts'
import { judgeRun } from '../../../../verdict/judge.ts'
import { laws } from '../../../../verdict/oracles/ledger/check.ts'
import { ledger } from '../../../../verdict/oracles/ledger/oracle.ts'
import { planOf } from '../runner-plan.ts'
import { counted } from '../../verdict/verdict-run.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-payments-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const line = (event: Record<string, unknown>): string =>
  `${JSON.stringify({ level: 'info', msg: JSON.stringify(event), time: '' })}\n`
const entryLine = (entry: Record<string, unknown>): string =>
  line({ event: 'history', oracle: 'ledger', entry })

const account = '0:aa'
const t0 = 1_000_000

/** One payout that was asked for, paid and seen, and the task that earned it. `twice`: the chain paid it twice. */
function told(twice = false): string[] {
  const history = (fields: Record<string, unknown>) => entryLine({ process: 'payee-0', ...fields })
  const payout = { id: 'p1', account, amount: '90', status: 'confirmed', tx: 'ab', depth: 1 }
  const sums = { gross: '100', fee: '5', net: '95', available: '5', pending: '0', paid: '90' }
  const snapshot = (part: string, rows?: unknown[], more?: object) =>
    line({ event: 'state', oracle: 'ledger', part: { part, rows, ...more } })
  const transfer = { mark: 'p1', account, amount: '90', tx: 'ab', succeeded: true }
  return [
    line({ event: 'start', t0 }),
    snapshot('terms', undefined, { terms: { perUnit: '100', feeBasisPoints: 500, depth: 1 } }),
    history({ type: 'work', outcome: 'ok', t: t0 + 1, task: '1', account, units: 1 }),
    history({ type: 'invoke', call: 1, t: t0 + 2, op: 'pay', key: 'k', account, amount: '90' }),
    history({
      type: 'ok',
      call: 1,
      t: t0 + 3,
      op: 'pay',
      payout: { ...payout, status: 'accepted', tx: null, depth: null },
    }),
    line({ event: 'time', of: 'payout-time', kind: 'normal', t: t0 + 2, ms: 2000 }),
    line({ event: 'time', of: 'payout-time', kind: 'normal', t: t0 + 900, ms: 4000 }),
    line({ event: 'time', of: 'payout-time', kind: 'burst', t: t0 + 900, ms: 9000 }),
    // A reading that was begun anew: what it had before is void.
    snapshot('begin', undefined, { t: t0 + 58_000 }),
    snapshot('transfers', [transfer, { ...transfer, tx: 'ef' }]),
    snapshot('begin', undefined, { t: t0 + 59_000 }),
    snapshot('earnings', [{ task: '1', account, units: 1, gross: '100', fee: '5', net: '95' }]),
    snapshot('payouts', [{ ...payout, key: 'k', period: null }]),
    snapshot('accounts', [{ account, ...sums, threshold: null }]),
    snapshot('transfers', twice ? [transfer, { ...transfer, tx: 'cd' }] : [transfer]),
    snapshot('end', undefined, { t: t0 + 60_000, totals: sums }),
  ]
}

const claimed = criteria('test', {
  mean: ['a mean', mean({ of: 'payout-time', under: 5000, in: 'normal', floor: 1 })],
  once: [
    'once',
    lawful({ of: 'payout', oracle: 'ledger', laws: ['once'], what: 'paid twice', in: ['normal'], floor: 1 }),
  ],
  own: [
    'own reads',
    lawful({
      of: 'payout',
      oracle: 'ledger',
      laws: ['content', 'own-order'],
      what: 'forgotten',
      in: ['normal'],
      floor: 1,
    }),
  ],
  all: [
    'the rest',
    lawful({
      of: 'payout',
      oracle: 'ledger',
      laws: ['work', 'acknowledged'],
      what: 'wrong',
      in: ['normal'],
      floor: 1,
    }),
  ],
})

async function judged(lines: string[]) {
  const file = join(folder, 'events.ndjson')
  await writeFile(file, lines.join(''))
  const log = new EventLog([{ file, label: 'epoch 1' }], begun({ ledger }))
  await log.follow()
  await keepHistory(log, folder)
  const plan: Plan = { ...planOf([{ kind: 'normal', seconds: 30 }], claimed), history: true }
  const { findings, problems } = await askOracles(plan, log, folder, [])
  const written = { ...counted(), ended: t0 + 60_000 }
  const evidence = completeEvidence(written, plan, log, { ...nothingBrought, findings })
  const verdict = judgeRun({
    claimed,
    required: [],
    notClaimed: [],
    evidence,
    mergeReasons: [],
    partial: false,
    unit: 'workers',
    oracleProblems: problems,
    target: 'test',
    leftovers: [],
    repeat: 'again',
  })
  return { findings, evidence, verdict, of: (id: string) => verdict.criteria.find((one) => one.id === id)! }
}

describe('what is told of payments', () => {
  test('is written down as a history, line by line, without what is no part of it', async () => {
    await judged(told())
    const lines = (await readFile(historyFile(folder), 'utf8')).trim().split('\n')
    expect(lines.map((text) => (JSON.parse(text) as { type: string }).type)).toEqual(['work', 'invoke', 'ok'])
  })

  test('becomes evidence: means by kind, laws by what the oracle found, the tail of the times', async () => {
    const { evidence, verdict, of } = await judged(told())
    expect(evidence.rules['mean']).toEqual({
      type: 'moments',
      n: 2,
      sum: 6000,
      seconds: { [t0 / 1000]: [2, 6000] },
    })
    expect(of('once').status).toBe('PASS')
    expect(of('once').samples).toBeGreaterThan(0)
    expect(of('all').status).toBe('PASS')
    const { undecided, figures } = verdict.findings!['ledger']!
    expect(undecided).toEqual([])
    for (const name of ['paid-nanoton', 'transferred-nanoton'])
      expect(figures.find((figure) => figure.name === name)).toMatchObject({
        value: '90',
        shown: '0.000000090 TON',
      })
    expect(verdict.times!['payout-time']).toMatchObject({ n: 3 })
    expect(verdict.times!['payout-time']!.max).toBeGreaterThan(8900)
  })

  test('a law that is broken is FAIL for its criterion alone, and its witness says what happened', async () => {
    const { of } = await judged(told(true))
    expect(of('once').status).toBe('FAIL')
    expect(of('all').status).toBe('PASS')
    const [violation] = of('once').witness!.violations!
    expect(violation).toMatchObject({ law: 'once' })
    expect(violation!.text).toContain('p1')
    expect(violation!.events.length).toBeGreaterThan(1)
  })

  test('is told to people: the sums with all their digits, every law, and each violation on a line of time', async () => {
    const { verdict, of } = await judged(told(true))
    const [[id, title, section]] = findingsSections(verdict) as [[string, string, { text: string }]]
    expect([id, title]).toEqual(['oracle-ledger', 'Payments'])
    const page = section.text
    expect(page).toContain('0.000000090 TON')
    expect(page).toContain('0.000000180 TON')
    expect(page.match(/<tr class="broken"><th scope="row"><code>(\S+)<\/code>/)![1]).toBe('once')
    for (const law of Object.keys(laws)) expect(page).toContain(`<code>${law}</code>`)
    const list = violationList(of('once').witness!.violations)!.text
    expect(list).toContain('<code>once</code>')
    expect(list.match(/<li><span/g)!.length).toBe(of('once').witness!.violations![0]!.events.length)
    expect(violationLines(of('once').witness!.violations)[0]).toMatch(/^once: payout p1/)
    const table = (heads: string[], rows: string[][]) =>
      [heads, ...rows].map((row) => row.join(' | ')).join('\n')
    expect(findingsMarkdown(verdict, table)).toMatch(/^once \| .* \| \*\*1\*\*$/m)
    expect(findingsSections({ ...verdict, findings: {} })).toEqual([])
    expect(violationList([])).toBeNull()
  })

  test('a reading of the books that did not come to its end leaves what only they can tell undecided', async () => {
    const { findings, of } = await judged(told().slice(0, -1))
    expect(findings['ledger']!.undecided).toContain('there is no final snapshot of ledger and chain')
    expect(of('once').status).toBe('UNDECIDED')
  })

  test('what clients saw is judged even then', async () => {
    const forgotten = [
      entryLine({
        process: 'payee-0',
        type: 'invoke',
        call: 2,
        t: t0 + 5,
        op: 'read',
        key: 'k',
      }),
      entryLine({
        process: 'payee-0',
        type: 'ok',
        call: 2,
        t: t0 + 6,
        op: 'read',
        payout: null,
      }),
    ]
    const { of } = await judged([...told().slice(0, -1), ...forgotten])
    expect(of('own').status).toBe('FAIL')
    expect(of('own').witness!.violations![0]!.text).toBe('key k was known and then is not')
  })

  test('a law that nothing was held against has not been kept', async () => {
    const { of } = await judged(told())
    expect(of('own')).toMatchObject({ status: 'UNDECIDED' })
    expect(of('own').reason).toContain('nothing was held against own-order')
  })

  test('a request whose outcome nobody knows leaves it open', async () => {
    const asked = entryLine({
      process: 'payee-1',
      type: 'invoke',
      call: 1,
      t: t0 + 2,
      op: 'pay',
      key: 'lost',
      account,
      amount: '1',
    })
    const lost = entryLine({ process: 'payee-1', type: 'unknown', call: 1, t: t0 + 9, why: '0' })
    const { of } = await judged([asked, lost, ...told()])
    expect(of('once')).toMatchObject({ status: 'UNDECIDED' })
    expect(of('once').reason).toContain('what became of 1 more is not known')
  })
})
