// What the source expects, in a terminal, in report.md and in the page: in words, whole, and as somebody's text.
import { expect, test } from 'vitest'
import {
  expectationLines,
  expectationsMarkdown,
  expectationsSection,
  missedText,
} from '../../../../scripts/report/expectations.ts'
import { verdictTable } from '../../../../scripts/report/index.ts'
import { judgeRun } from '../../../../verdict/judge.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'
import { healthy, inputOf } from '../../verdict/verdict-run.ts'

const plain = judgeRun(inputOf(healthy()))
const why = 'the generator lagged (the figure is not to be trusted)'
const verdict: Verdict = {
  ...plain,
  reasons: ['the generator lagged'],
  expectations: [
    {
      id: 'shop.expected',
      text: 'a sale',
      source: 'shop.md',
      load: 'the source speaks of more',
      rows: [
        {
          text: 'P50 | 1',
          range: '0.5 to 1 ms',
          measured: 0.7,
          unit: 'ms',
          shown: '0.7 ms: of buy',
          held: true,
        },
        { text: 'P99 <b>', range: '2 to 5 ms', measured: 9, unit: 'ms', shown: '9 ms: of buy', held: false },
        {
          text: 'hits',
          range: '80 to 85 %',
          measured: null,
          unit: '%',
          shown: '',
          held: null,
          why: 'nobody told',
        },
        { text: 'CPU', range: '40 to 60 %', measured: 20, unit: '%', shown: '20 %', held: null, why },
      ],
    },
  ],
}
const table = (heads: string[], rows: string[][]): string =>
  [heads, ...rows].map((row) => row.join(' ; ')).join('\n')

test('a terminal has a line for each row, after the table', () => {
  expect(expectationLines(verdict, 200)).toEqual([
    '',
    'what the source expects (it changes no verdict)',
    '  shop.expected (the source speaks of more)',
    '  held          P50 | 1: expected 0.5 to 1 ms; 0.7 ms: of buy',
    '  missed        P99 <b>: expected 2 to 5 ms; 9 ms: of buy',
    '  not measured  hits: expected 80 to 85 %; nobody told',
    '  not decided   CPU: expected 40 to 60 %; 20 %; see the reasons for the whole run (the figure is not to be trusted)',
  ])
  const lines = verdictTable(verdict, { columns: 80 }).split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(lines.indexOf('what the source expects (it changes no verdict)')).toBeGreaterThan(
    lines.findIndex((line) => line.includes(verdict.criteria.at(-1)!.id)),
  )
})

test('report.md has a table that no text can break', () => {
  const markdown = expectationsMarkdown(verdict, table)
  expect(markdown).toMatch(/^### What the source expects\n\nNo promises: /)
  expect(markdown).toContain('`shop.expected` a sale (shop.md): the source speaks of more\n')
  expect(markdown).toContain('held ; P50 \\| 1 ; 0.5 to 1 ms ; 0.7 ms: of buy ; ')
  expect(markdown).toContain('missed ; P99 \\<b> ; 2 to 5 ms ; 9 ms: of buy ; ')
  expect(markdown).toContain('not measured ; hits ; 80 to 85 % ; – ; nobody told')
})

test('the page has a section that says it in words', () => {
  const page = expectationsSection(verdict)!.text
  expect(page).toContain('<section id="expectations"><h2>What the source expects</h2>')
  for (const word of ['held', 'missed', 'not measured', 'not decided'])
    expect(page).toContain(`<strong>${word}</strong>`)
  expect(page).toContain('P99 &lt;b&gt;')
  expect(page).toContain('see the reasons for the whole run (the figure is not to be trusted)')
})

test('nothing is shown where the source expects nothing', () => {
  expect(expectationLines(plain, 110)).toEqual([])
  expect(expectationsMarkdown(plain, table)).toBe('')
  expect(expectationsSection(plain)).toBeNull()
  expect(missedText(plain)).toBe('')
})

test('a page over many runs says how many were missed', () => {
  expect(missedText(verdict)).toBe('1 of 4 expectations missed')
})
