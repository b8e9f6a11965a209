// Tables of docs/verdicts.md that a test computes: compared, or with UPDATE_DOCS=1 written.
import { readFile, writeFile } from 'node:fs/promises'
import { expect } from 'vitest'

const page = new URL('../../../docs/verdicts.md', import.meta.url)
const end = '<!-- end of generated -->'

/** Prettier pads the cells of a table; what they say is compared. */
const plain = (text: string): string => text.replace(/ *\| */g, '|').replace(/\|[-|]+\|/g, '|-|')

/** Expects the page to hold this table between the line of that name and the next end; UPDATE_DOCS=1 puts it there. */
export async function expectTable(name: string, table: string): Promise<void> {
  const begin = `<!-- generated: ${name} -->`
  const text = await readFile(page, 'utf8')
  const from = text.indexOf(begin)
  expect(from, `docs/verdicts.md has no line ${begin}`).toBeGreaterThanOrEqual(0)
  const to = text.indexOf(end, from) + end.length
  const wanted = `${begin}\n\n${table}\n\n${end}`
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(page, text.slice(0, from) + wanted + text.slice(to))
  const now = await readFile(page, 'utf8')
  expect(plain(now.slice(from))).toContain(plain(wanted))
}
