// The three files of a report, made from run folders as runs leave them, whole and damaged.
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { configLines } from '../../../../scripts/report/configuration.ts'
import { writeReport } from '../../../../scripts/report/index.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'
import { writeRunFixture } from '../../../fixtures/report/run-fixture.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-report-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const save = (verdict: Verdict): Promise<void> =>
  writeFile(join(folder, 'verdict.json'), JSON.stringify(verdict))

async function report(): Promise<{ html: string; markdown: string; junit: string }> {
  const paths = await writeReport(folder)
  const [html, markdown, junit] = await Promise.all(
    [paths.html, paths.markdown, paths.junit].map((path) => readFile(path, 'utf8')),
  )
  return { html: html ?? '', markdown: markdown ?? '', junit: junit ?? '' }
}

const hostile = `</script><img src=x onerror="alert(1)">&'`

describe('a whole run', () => {
  test('is one page of bounded size that loads nothing', async () => {
    await writeRunFixture(folder, { fails: true })
    const { html } = await report()
    expect(html.length).toBeLessThan(1_000_000)
    expect(html).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)="(?!data:)/)
    expect(html).toContain("default-src 'none'")
    expect(html.indexOf('id="verdict"')).toBeLessThan(html.indexOf('id="criteria"'))
    expect(html.indexOf('id="criteria"')).toBeLessThan(html.indexOf('id="witness"'))
  })

  test('of a day stays as small', async () => {
    await writeRunFixture(folder, { fails: true, seconds: 86_400 })
    await writeReport(folder)
    expect((await stat(join(folder, 'report.html'))).size).toBeLessThan(1_000_000)
  })

  test('shows in Markdown what the template of the source asks for, in its order', async () => {
    const verdict = await writeRunFixture(folder, { fails: true })
    const { markdown } = await report()
    const heads = ['Executive Summary', 'Test Configuration', 'Results', 'Recommendations', 'Appendix']
    expect(markdown.match(/^## .+$/gm)).toEqual(heads.map((head) => `## ${head}`))
    expect(markdown).toContain('**Status: FAIL.** FAIL 2 of 11: load.latency-p95, target.submit-p95')
    expect(markdown).toContain('`load.latency-p95` broke first at 12:00:24.')
    expect(markdown).toContain('41 samples of the 59 that would decide')
    expect(markdown).toContain('`load.concurrent-workers`')
    // How large the load was is said in the unit of the system, whatever that is.
    expect(markdown.match(/^- `plan\..+$/gm)).toEqual([
      '- `plan.unit`: workers',
      '- `plan.peakLevel`: 10',
      '- `plan.peakPerSecond`: 27',
    ])
    expect(markdown).toContain(verdict.repeat)
  })

  test('that passes recommends nothing but what its figures carry', async () => {
    await writeRunFixture(folder)
    const { markdown, html } = await report()
    expect(markdown).toContain('None: nothing that was judged broke.')
    expect(markdown).toContain('`allocation.fairness` holds with little room')
    expect(html).not.toContain('id="witness"')
  })
})

describe('a configuration', () => {
  test('is told setting by setting, deep parts in one line, and a vast one is cut and says so', () => {
    const plan = { workers: 10, phases: [{ name: 'normal', kind: 'normal' }], required: ['a', 'b'] }
    expect(configLines({ plan, none: {}, off: null })).toEqual([
      ['plan.workers', '10'],
      ['plan.phases.0', '{"name":"normal","kind":"normal"}'],
      ['plan.required', 'a, b'],
      ['none', '{}'],
      ['off', 'null'],
    ])
    expect(configLines('text')).toEqual([])
    const vast = configLines(
      Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`setting-${index}`, index])),
    )
    expect(vast.at(-1)).toEqual(['…', '700 more in config.json'])
  })
})

describe('hostile text', () => {
  test('stays text in every place that a system under test can write to', async () => {
    const verdict = await writeRunFixture(folder, { fails: true })
    const [criterion] = verdict.criteria
    const witness = criterion?.witness
    if (criterion === undefined || witness === null || witness === undefined)
      throw new Error('the fixture has a witness')
    Object.assign(criterion, {
      id: hostile,
      text: hostile,
      reason: hostile,
      observed: hostile,
      limit: hostile,
      phase: hostile,
    })
    Object.assign(witness, {
      log: [hostile, '\u001b]0;x\u0007'],
      repeat: hostile,
      perMinute: { [hostile]: 3 },
    })
    for (const one of witness.operations)
      Object.assign(one, { step: hostile, correlationId: hostile, detail: hostile, phase: hostile })
    for (const one of verdict.steps) Object.assign(one, { step: hostile })
    for (const one of verdict.phases) Object.assign(one, { name: hostile })
    Object.assign(verdict, {
      reasons: [hostile],
      target: hostile,
      line: hostile,
      leftovers: [hostile],
      not_claimed: [{ id: hostile, why: hostile }],
    })
    await save(verdict)
    await writeFile(join(folder, 'config.json'), JSON.stringify({ [hostile]: hostile }))
    await writeFile(
      join(folder, 'timeline.ndjson'),
      JSON.stringify({ t: Date.parse(verdict.started), kind: 'mark', name: hostile }),
    )
    await writeFile(join(folder, 'services', 'gateway-1.log'), JSON.stringify({ level: 50, msg: hostile }))
    await writeFile(
      join(folder, 'services', 'resources.ndjson'),
      JSON.stringify({ t: Date.parse(verdict.started), service: hostile, cpu: 1 }),
    )
    const { html, markdown, junit } = await report()
    expect(html).not.toContain('<img')
    expect(html.match(/<\/script>/g)).toHaveLength(2)
    expect(html.match(/&lt;\/script&gt;&lt;img/g)?.length).toBeGreaterThan(25)
    expect(html).not.toContain('\u001b')
    expect(
      markdown.replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '').replace(/(`+)[^\n]*?[^`]\1(?!`)/g, ''),
    ).not.toMatch(/(?<!\\)<img/)
    expect(junit.replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, '')).not.toContain('<img')
  })
})

describe('a damaged run folder', () => {
  test('without anything but its verdict still gives a report that names what is missing', async () => {
    const verdict = await writeRunFixture(folder, { fails: true })
    await rm(folder, { recursive: true })
    await mkdir(folder)
    await save({ ...verdict, phases: [], steps: [] })
    const { html, markdown } = await report()
    for (const file of [
      'evidence.json',
      'config.json',
      'timeline.ndjson',
      'k6-dashboard.ndjson',
      'services/resources.ndjson',
      'services/*.log',
    ]) {
      expect(html).toContain(`<code>${file}</code> (not there)`)
      expect(markdown).toContain(`(not there)`)
    }
    expect(html).toContain('No samples of services')
    expect(html).toContain('FAIL')
  })

  test('with unreadable optional files names them and goes on', async () => {
    await writeRunFixture(folder)
    await writeFile(join(folder, 'evidence.json'), '{')
    await writeFile(join(folder, 'timeline.ndjson'), '{}\nnonsense\n')
    await writeFile(join(folder, 'k6-dashboard.ndjson'), '')
    const { html } = await report()
    expect(html).toMatch(/<code>evidence.json<\/code> \(unreadable: SyntaxError/)
    expect(html).toContain('<code>timeline.ndjson</code> (2 of 2 lines are unreadable)')
    expect(html).toContain('<code>k6-dashboard.ndjson</code> (empty)')
  })

  test('of no length draws nothing and says so', async () => {
    const verdict = await writeRunFixture(folder)
    await rm(join(folder, 'evidence.json'))
    await save({
      ...verdict,
      seconds: 0,
      phases: [],
      criteria: [],
      verdict: 'UNDECIDED',
      line: 'UNDECIDED: nothing was judged',
    })
    const { html } = await report()
    expect(html).toContain('No criterion was judged in this run.')
    expect(html).not.toContain('data-chart="')
  })

  test.each([
    ['no verdict', null, /no report without a verdict: .*verdict.json is not there/],
    ['half a verdict', '{"schema":1', /should be JSON/],
    ['another schema', '{"schema":3}', /its schema is 3/],
    ['an unknown status', '{"schema":1,"verdict":"GREEN"}', /its verdict is "GREEN"/],
    ['no criteria', '{"schema":1,"verdict":"PASS","reasons":[]}', /its field criteria is no list/],
    ['a folder in its place', 'folder', /verdict.json cannot be read \(EISDIR/],
  ])('with %s is wrong use that says what to do', async (_, text, message) => {
    if (text === 'folder') await mkdir(join(folder, 'verdict.json'))
    else if (text !== null) await writeFile(join(folder, 'verdict.json'), text)
    const written = writeReport(folder)
    await expect(written).rejects.toThrow(message)
    await expect(written).rejects.toBeInstanceOf(WrongUse)
  })
})
