// What an oracle says stands in a table of report.md as it was said: it is somebody's text.
import { expect, test } from 'vitest'
import { findingsMarkdown } from '../../../../scripts/report/findings.ts'
import type { Findings } from '../../../../verdict/oracles/oracle.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'

test('texts of an oracle cannot break the tables that they stand in', () => {
  const found: Findings = {
    title: 'Stock',
    laws: { kept: { says: 'left | sold', checks: 3, violations: 1 } },
    violations: [],
    unresolved: 0,
    undecided: [],
    figures: [{ name: 'sold', text: 'sold | left', value: 2, shown: '2 | 1' }],
  }
  const rows: string[][] = []
  findingsMarkdown({ findings: { stock: found } } as unknown as Verdict, (_, cells) => {
    rows.push(...cells)
    return ''
  })
  expect(rows).toEqual([
    ['sold \\| left', '2 \\| 1'],
    ['kept', 'left \\| sold', '3', '**1**'],
  ])
})
