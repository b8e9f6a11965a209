// The capacity section of the report: there for a ramp, whole in words and picture, and absent for any other run.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { capacityMarkdown, capacitySection } from '../../../../scripts/report/capacity.ts'
import { writeReport } from '../../../../scripts/report/index.ts'
import { capacityOf, type Capacity } from '../../../../verdict/capacity.ts'
import type { PhaseRow } from '../../../../verdict/evidence.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'
import { rampCriteria, rampPhases, rampStep } from '../../../fixtures/report/ramp-fixture.ts'
import { writeRunFixture } from '../../../fixtures/report/run-fixture.ts'

/** As a report reads it: out of a file. */
function stored(rows: PhaseRow[]): Capacity {
  const capacity = capacityOf(rows, rampCriteria, 'workers')
  if (capacity === null) throw new Error('the phases are no ramp')
  return JSON.parse(JSON.stringify(capacity)) as Capacity
}

const verdictWith = (capacity: Capacity): Verdict => ({ unit: 'workers', capacity }) as Verdict

function section(capacity: Capacity): string {
  const html = capacitySection(verdictWith(capacity))
  if (html === null) throw new Error('no section was made')
  return html.text
}

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '')

describe('a report', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-capacity-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function report(capacity?: Capacity): Promise<{ html: string; markdown: string }> {
    const verdict = await writeRunFixture(folder)
    if (capacity !== undefined)
      await writeFile(join(folder, 'verdict.json'), JSON.stringify({ ...verdict, capacity }))
    const paths = await writeReport(folder)
    return { html: await readFile(paths.html, 'utf8'), markdown: await readFile(paths.markdown, 'utf8') }
  }

  test('of a ramp shows its capacity in the page, in its contents, and in Markdown', async () => {
    const { html, markdown } = await report(stored(rampPhases()))
    expect(html).toContain('<section id="capacity">')
    expect(html).toContain('<a href="#capacity">Capacity</a>')
    expect(html).toContain('linear scaling, if workers cost each other nothing')
    // The page allows no style and no script but its own.
    expect(/<section id="capacity">[\s\S]*?<\/section>/.exec(html)?.[0]).not.toMatch(/\s(style|on\w+)=/)
    const part = /### Capacity recommendations([\s\S]*?)## Recommendations/.exec(markdown)?.[1] ?? ''
    expect(part).toContain('**Capacity:** The last step that held')
    expect(part.match(/^\| step-\d+ \|/gm)).toHaveLength(10)
  })

  test('of any other run has no such section', async () => {
    const { html, markdown } = await report()
    expect(html).not.toContain('#capacity')
    expect(markdown).toContain('The highest rate in this run')
  })
})

describe('the findings', () => {
  test('name capacity with its bound, knee with its interval, what broke first, and what overload left', () => {
    const text = capacityMarkdown(verdictWith(stored(rampPhases()))) ?? ''
    expect(text).toMatch(
      /The last step that held, like all before it: step-6, 120 workers and [\d.]+ pieces of work a second offered\. Nearest to its limit is load\.latency-p95: at most 1\.\d+ % over 500 ms/,
    )
    expect(text).toMatch(/The next one, step-7, is broken \(load\.latency-p95: at least 6\.\d+ %/)
    expect(text).toMatch(
      /Throughput falls beyond 1\d\d workers \(95 % interval 1\d\d to 1\d\d\), from 8\d\.\d completed a second/,
    )
    expect(text).toMatch(/\*\*First broken:\*\* load\.latency-p95 in step-7, 140 workers/)
    expect(text).toMatch(
      /Under overload 51\.7 a second were completed in time, 61\.1 % of the 84\.5 a second of the best step, step-6\./,
    )
  })

  test('say what is not shown: no capacity, no knee, nothing broken, no overload', () => {
    const few =
      capacityMarkdown(verdictWith(stored([10, 40, 70].map((level) => rampStep(level, level))))) ?? ''
    expect(few).toContain('No capacity is shown: the first step, step-of-10, is undecided')
    expect(few).toContain('No curve is fitted')
    expect(few).toContain('No step is shown to break a criterion.')
    expect(few).toContain('No overload was offered')
    const ample = capacityMarkdown(
      verdictWith(stored([10, 40, 70].map((level) => rampStep(level, 100 * level)))),
    )
    expect(ample).toContain('It is the largest that was tried, so the capacity may be higher.')
  })
})

describe('the picture', () => {
  const html = section(stored(rampPhases()))

  test('has a mark for every step by its answer, one for overload, and is told in words', () => {
    const picture = /<svg class="ramp"[\s\S]*?<\/svg>/.exec(html)?.[0] ?? ''
    expect(matches(picture, /class="point (\w+)"/g)).toEqual([
      ...Array.from({ length: 6 }, () => 'yes'),
      ...Array.from({ length: 4 }, () => 'no'),
      'overload',
    ])
    expect(picture.match(/class="error"/g)).toHaveLength(10)
    for (const name of ['fit', 'uncertain', 'ideal', 'knee', 'knee-range', 'capacity'])
      expect(picture.split(`class="${name}"`), name).toHaveLength(2)
    expect(picture).toMatch(/<desc id="ramp-description">Capacity: The last step that held.*Degradation: /)
    expect(picture).toMatch(/>knee 1\d\d \(1\d\d to 1\d\d\)</)
    expect(picture).toContain('>Workers<')
    expect(picture).toContain('>Completed per second<')
  })

  test('places what is more farther right and higher, and all of it inside', () => {
    const places = [...html.matchAll(/class="point (?:yes|no)" transform="translate\(([\d.]+) ([\d.]+)\)"/g)]
    const [x, y] = [places.map((place) => Number(place[1])), places.map((place) => Number(place[2]))]
    expect(x).toHaveLength(10)
    expect(x).toEqual(x.toSorted((a, b) => a - b))
    expect(y.slice(0, 5)).toEqual(y.slice(0, 5).toSorted((a, b) => b - a))
    expect(Math.min(...y)).toBeGreaterThan(0)
    expect(Math.max(...x)).toBeLessThan(880)
    expect(html).not.toMatch(/NaN|Infinity|undefined/)
  })

  test('leaves out what is not known, in the picture and in its key', () => {
    const few = section(stored([10, 40, 70].map((workers) => rampStep(workers, workers))))
    expect(matches(few, /class="point (\w+)" transform/g)).toEqual(['undecided', 'undecided', 'undecided'])
    expect(few).not.toMatch(/class="(fit|uncertain|ideal|knee|knee-range|capacity)"/)
    expect(few).not.toMatch(/NaN|Infinity|undefined/)
    expect(few).toContain('step with too little evidence')
    expect(few).not.toContain('step that held')
  })

  test('stands when nothing was completed at all', () => {
    const rows = [10, 40, 70].map((workers) => rampStep(workers, 0))
    expect(section(stored(rows))).not.toMatch(/NaN|Infinity/)
  })
})

test('names of phases and criteria stay text', () => {
  const hostile = '</desc></svg><img src=x onerror="alert(1)">|'
  const capacity = stored(rampPhases())
  for (const step of capacity.steps) Object.assign(step, { phase: hostile, bound: hostile })
  capacity.firstBroken = { phase: hostile, ids: [hostile] }
  const html = section(capacity)
  expect(html).not.toContain('<img')
  expect(html.match(/<\/svg>/g)).toHaveLength(1 + (html.match(/<svg viewBox="-16/g)?.length ?? 0))
  expect(capacityMarkdown(verdictWith(capacity))).not.toMatch(/(?<!\\)<img/)
})
