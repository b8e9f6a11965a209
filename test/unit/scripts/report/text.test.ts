// Text of unknown origin cannot act in any format of the report.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytes, clock, duration, figure, inUnit, lengthText } from '../../../../scripts/report/figures.ts'
import {
  escapeHtml,
  escapeMarkdown,
  markdownBlock,
  markdownCode,
  markup,
  oneLine,
  printable,
  shortened,
  trusted,
} from '../../../../scripts/report/text.ts'

describe('text', () => {
  test('markup escapes whatever is put in, at any depth, and nothing that is markup already', () => {
    const hostile = `<script>alert("1")</script>&'`
    const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;'
    expect(markup`<p title="${hostile}">${[hostile, [markup`<b>${hostile}</b>`]]}</p>`.text).toBe(
      `<p title="${escaped}">${escaped}<b>${escaped}</b></p>`,
    )
    expect(markup`${null}${undefined}${false}${0}${trusted('<i>')}`.text).toBe('0<i>')
  })

  test('no text leaves a character that opens an element or ends an attribute', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[<>"']/.test(escapeHtml(text))))
  })

  test('control, bidirectional and broken characters become visible; tabs and line breaks stay', () => {
    expect(printable('a\u001b[31mb\u202ec\u0000d\ud800e\tf\r\ng')).toBe('a�[31mb�c�d�e\tf\ng')
    expect(oneLine(' a\n\tb\u2028c ')).toBe('a b c')
  })

  test('what is cut keeps its length and shows that it was cut', () => {
    expect(shortened('abcdef', 4)).toBe('abc…')
    expect(shortened('abcd', 4)).toBe('abcd')
  })

  test('Markdown cannot break a table, open HTML or start a heading', () => {
    expect(escapeMarkdown('a | b\n# c')).toBe('a \\| b # c')
    expect(escapeMarkdown('# c')).toBe('\\# c')
    expect(escapeMarkdown('1. c')).toBe('1\\. c')
    expect(escapeMarkdown('<img src=x> [x](y) P95 < 500 ms slow_tenth')).toBe(
      '\\<img src=x> \\[x\\](y) P95 < 500 ms slow_tenth',
    )
    expect(markdownCode('a`b|c')).toBe('`` a`b\\|c ``')
  })

  test('a log line cannot close the block it stands in', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('`', 'a', '\n', '~') })), (lines) => {
        const block = markdownBlock(lines)
        const fence = /^`+/.exec(block)?.[0] ?? ''
        const inside = block.split('\n').slice(1, -1)
        return (
          fence.length >= 3 && block.endsWith(fence) && inside.every((line) => !line.trim().startsWith(fence))
        )
      }),
    )
  })
})

describe('figures', () => {
  test('carry a unit that fits and never invent a number', () => {
    expect([duration(0.4213), duration(1250), duration(125_000), duration(null)]).toEqual([
      '0.421 ms',
      '1.25 s',
      '02:05 min',
      '–',
    ])
    expect([bytes(0), bytes(1536), bytes(180 * 1_048_576)]).toEqual(['0 B', '1.5 KiB', '180 MiB'])
    expect([figure(12_345.6), figure(0.012345), figure(NaN)]).toEqual(['12,346', '0.0123', '–'])
    expect([inUnit(0.0123, 'share'), inUnit(5, '%'), inUnit(0.2, ''), inUnit(null, 'ms')]).toEqual([
      '1.23 %',
      '5 %',
      '0.2',
      '–',
    ])
  })

  test('say of a simulated run how long it took, and how much time it simulated', () => {
    const phases = [
      { name: 'night', kind: 'normal' as const, start: 1000, end: 3_601_000 },
      { name: 'day', kind: 'normal' as const, start: 3_601_000, end: 86_401_000 },
    ]
    expect(lengthText({ clock: 'virtual', seconds: 61, phases })).toBe(
      '01:01, in which 24:00:00 were simulated',
    )
    expect(lengthText({ seconds: 61, phases })).toBe('01:01')
  })

  test('time of a run is mm:ss, from an hour up with hours', () => {
    expect([clock(0), clock(59.9), clock(754), clock(3661), clock(-5)]).toEqual([
      '00:00',
      '00:59',
      '12:34',
      '1:01:01',
      '−00:05',
    ])
  })
})
