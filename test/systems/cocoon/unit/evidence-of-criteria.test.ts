// The page that says what each criterion rests on: one line for each, and none for another.
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { inPackage } from '../../../../scripts/project.ts'
import { system } from '../../../../systems/cocoon/system.ts'

const file = 'docs/evidence-of-criteria.md'
/** The rows of its first table: id, and what it rests on. */
let rows: [id: string, words: string][] = []

beforeAll(async () => {
  const page = await readFile(inPackage(file), 'utf8')
  const lines = page.split('\n').filter((line) => line.startsWith('| '))
  rows = lines.slice(2).map((line): [string, string] => {
    const [, id = '', words = ''] = line.split('|').map((cell) => cell.trim())
    return [id, words]
  })
})

describe('what each criterion rests on', () => {
  test('stands in one line, and no line is of a criterion that there is not', () => {
    expect(rows.map(([id]) => id).toSorted()).toEqual(Object.keys(system.criteria).toSorted())
  })

  test('is seen by us, or told by the target and held against something', () => {
    const odd = rows.filter(([, words]) => !/^(seen by us|told by the target)\b/.test(words))
    expect(odd).toEqual([])
    const unheld = rows.filter(
      ([, words]) => words.includes('told by the target') && !words.includes('held against'),
    )
    expect(unheld).toEqual([])
  })

  test('is one click from the README', async () => {
    expect(await readFile(inPackage('README.md'), 'utf8')).toContain(`[${file}](${file})`)
  })
})
