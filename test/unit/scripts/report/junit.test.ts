// How verdicts become test cases: nothing that is not PASS may look green, and nothing is skipped.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DOMParser } from '@xmldom/xmldom'
import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { junitReport } from '../../../../scripts/report/junit.ts'
import { printable } from '../../../../scripts/report/text.ts'
import type { Status, Verdict } from '../../../../verdict/verdict.ts'
import { writeRunFixture } from '../../../fixtures/report/run-fixture.ts'

let folder = ''
let failed: Verdict
let passed: Verdict
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-report-'))
  failed = await writeRunFixture(join(folder, 'fail'), { fails: true })
  passed = await writeRunFixture(join(folder, 'pass'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const suite = (xml: string): Record<string, string> =>
  Object.fromEntries(
    [...(/<testsuite [^>]*>/.exec(xml)?.[0] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [
      name,
      value,
    ]),
  )

const caseOf = (xml: string, name: string): string =>
  xml.split('<testcase').find((part) => part.includes(`name="${name}`)) ?? `no case ${name}`

test('FAIL is a failure and UNDECIDED an error, each with its reason', () => {
  const xml = junitReport(failed)
  expect(suite(xml)).toMatchObject({ tests: '12', failures: '2', errors: '1', skipped: '0', time: '120' })
  expect(caseOf(xml, 'load.latency-p95')).toMatch(
    /<failure message="9.8 %, limit at most 5 % over 500 ms: The lower bound/,
  )
  expect(caseOf(xml, 'load.latency-p95')).toContain('a1f3-0000-submit')
  expect(caseOf(xml, 'target.registration-p95')).toMatch(/<error [^>]*type="UNDECIDED"/)
  expect(caseOf(xml, 'load.errors-normal')).not.toMatch(/<(failure|error)/)
})

test('a clean run has nothing red', () => {
  expect(suite(junitReport(passed))).toMatchObject({ tests: '12', failures: '0', errors: '0', skipped: '0' })
})

test('what was not claimed is named and is no test case', () => {
  const xml = junitReport(passed)
  expect(xml).toContain('<property name="not claimed: load.concurrent-workers"')
  expect(caseOf(xml, 'load.concurrent-workers')).toBe('no case load.concurrent-workers')
})

test.each<[Status, string]>([
  ['UNDECIDED', 'error'],
  ['INVALID', 'error'],
  ['FAIL', 'failure'],
])('a run that is %s without a criterion that says so is red by itself', (verdict, element) => {
  const line = `${verdict}: nothing was claimed`
  const xml = junitReport({ ...passed, criteria: [], verdict, line })
  expect(suite(xml)).toMatchObject({ tests: '1', [`${element}s`]: '1' })
  expect(caseOf(xml, 'the run as a whole')).toContain(`<${element} message="${line}`)
})

/** What XML, CDATA, attributes, terminals and jobs take for something else than text. */
const hostile = [
  'a]]>b]]>c',
  '<![CDATA[x',
  '<!-- -- -->',
  '</failure></testcase><testcase name="forged"/>',
  `"'&<>&amp;&#0;&nope;`,
  'a\u0000b\u0008c\u001b[31md\u007f\u0085',
  '\ufffe\uffff\ud800x\udc00',
  '\u{1f600}\u{10ffff}\u2028',
  'first\nsecond\r\nthird\rfourth\t<tab>',
  '::error::forged',
  '<?xml version="1.0"?>',
  '%s${x}',
]

/** Every text of it, however deep, has the suffix. */
function spoilt<T>(value: T, suffix: string, key = ''): T {
  const kept = ['started', 'status', 'verdict']
  if (typeof value === 'string') return (kept.includes(key) ? value : `${value} ${suffix}`) as T
  if (Array.isArray(value)) return value.map((one) => spoilt(one as unknown, suffix)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, spoilt(one, suffix, name)]),
  ) as T
}

interface Read {
  elements: string[]
  /** All attributes and texts. */
  words: string
}

function readBySaxes(xml: string): Read {
  const read: Read = { elements: [], words: '' }
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    read.elements.push(name)
    read.words += Object.values(attributes).join('\n')
  })
  parser.on('text', (text) => void (read.words += text))
  parser.write(xml).close()
  return read
}

function readByXmldom(xml: string): Read {
  const onError = (level: string, message: string): void => {
    // A replacement character stands for what cannot be shown, and is no mistake.
    if (level !== 'warning') throw new Error(`${level}: ${message}`)
  }
  const all = new DOMParser({ onError }).parseFromString(xml, 'text/xml').getElementsByTagName('*')
  const read: Read = { elements: [], words: '' }
  for (const one of all) {
    read.elements.push(one.tagName)
    for (const { value } of one.attributes) read.words += `${value}\n`
    for (const child of one.childNodes) if (child.nodeType === 3) read.words += child.nodeValue
  }
  return read
}

describe.each([
  ['saxes', readBySaxes],
  ['xmldom', readByXmldom],
])('by the parser %s', (_, read) => {
  test.each(hostile)('a text in every field is nothing but text: %j', (text) => {
    for (const verdict of [failed, passed]) {
      const { elements, words } = read(junitReport(spoilt(verdict, text)))
      expect(elements).toEqual(read(junitReport(verdict)).elements)
      expect(words).toContain(printable(text))
    }
  })

  test('whatever the text is', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        expect(read(junitReport(spoilt(failed, text))).words).toContain(printable(text))
      }),
      { numRuns: 30 },
    ))

  test.each(['<a b="<"/>', '<a>', '<a>&nope;</a>', '<a/><b/>'])('what is no XML is refused: %j', (xml) =>
    expect(() => read(xml)).toThrow(),
  )
})
