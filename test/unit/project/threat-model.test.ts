// docs/threat-model.md promises nothing without a test: each line names a file and a title in it.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { projectRoot } from '../../assay.ts'

const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8')
const rows = read('docs/threat-model.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.endsWith('| Test |'))
const lines = rows.map((row) => {
  const [, file = '', title = ''] = /\| `(test\/[^`]+)`: (.+) \|$/.exec(row) ?? []
  return { row, file, title }
})

describe('every line of the threat model', () => {
  test('is there for each of the five who could do harm', () => {
    expect(read('docs/threat-model.md').match(/^## .+$/gm)).toHaveLength(6)
    expect(lines.length).toBeGreaterThan(30)
  })

  // The tests of systems go with them.
  const isThere = ({ file }: { file: string }): boolean => {
    const [system] = /^test\/systems\/[^/]+/.exec(file) ?? []
    return system === undefined || existsSync(path.join(projectRoot, system))
  }

  test.each(lines.filter(isThere))('$row', ({ file, title }) => {
    expect(title).not.toBe('')
    expect([title, read(file).includes(title)]).toEqual([title, true])
  })
})
