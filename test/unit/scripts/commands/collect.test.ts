// One page and one exit code over many runs: the worst decides, and what is missing is never green.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { collect, outcomeOf } from '../../../../scripts/commands/collect.ts'
import { collectRuns, parseExpected } from '../../../../scripts/commands/collected-runs.ts'
import type { CollectedRun } from '../../../../scripts/commands/collected-runs.ts'
import { worst } from '../../../../verdict/severity.ts'
import { exitCodes, statuses } from '../../../../verdict/verdict.ts'
import type { Status, Verdict } from '../../../../verdict/verdict.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'assay-collect-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const criterion = (status: Status, reason: string): Verdict['criteria'][number] => ({
  id: 'shop.load.latency-p95',
  text: 'P95 latency < 500 ms',
  source: 'source.md',
  status,
  limit: 'P95 < 500 ms',
  limit_value: 5,
  unit: '%',
  observed: '7 % <over>',
  observed_value: 7,
  samples: 1234,
  needed: 0,
  interval: null,
  phase: 'normal',
  reason,
  witness: null,
})

const verdictOf = (status: Status, about: Partial<Verdict> = {}): Verdict => ({
  schema: 2,
  run: 'one',
  scenario: 'baseline',
  system: 'shop',
  case: 'shop/S1',
  profile: 'smoke',
  partial: false,
  seed: 7,
  unit: 'workers',
  target: 'testbed',
  started: '2026-01-02T03:04:05.000Z',
  seconds: 90,
  verdict: status,
  line: `${status} 1 of 1`,
  reasons: [],
  criteria: [criterion(status, `because ${status}`)],
  faults: [],
  generator: { offered: 1, delivered: 1, dropped: 0, lag_ms: 1, cpu: 0.1 },
  not_claimed: [],
  phases: [],
  steps: [],
  leftovers: [],
  repeat: './assay run',
  ...about,
})

/** A folder with one run per entry, at the given place below it. */
async function folderOf(runs: Record<string, Verdict | string>): Promise<string> {
  const root = await temporaryFolder()
  for (const [place, verdict] of Object.entries(runs)) {
    const folder = path.join(root, place)
    await mkdir(folder, { recursive: true })
    const text = typeof verdict === 'string' ? verdict : JSON.stringify(verdict)
    await writeFile(path.join(folder, 'verdict.json'), text)
  }
  return root
}

async function expectedFile(runs: unknown): Promise<string> {
  const file = path.join(await temporaryFolder(), 'matrix.json')
  await writeFile(file, JSON.stringify(runs))
  return file
}

const s1 = { case: 'shop/S1', profile: 'smoke' }
const s3 = { case: 'shop/S3', profile: 'smoke', scenario: 'peak', system: 'shop' }

describe('the worst verdict', () => {
  test('is FAIL before INVALID before UNDECIDED before PASS', () => {
    expect(worst(['PASS', 'UNDECIDED', 'INVALID', 'FAIL'])).toBe('FAIL')
    expect(worst(['PASS', 'UNDECIDED', 'INVALID'])).toBe('INVALID')
    expect(worst(['PASS', 'UNDECIDED', 'PASS'])).toBe('UNDECIDED')
    expect(worst(['PASS'])).toBe('PASS')
    expect(worst([])).toBe('UNDECIDED')
  })

  test('does not depend on the order, and is one of them', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...statuses), { minLength: 1 }), (all) => {
        expect(all).toContain(worst(all))
        expect(worst([...all].reverse())).toBe(worst(all))
        expect(worst(all) === 'PASS').toBe(all.every((one) => one === 'PASS'))
      }),
    )
  })
})

describe('the exit code', () => {
  test.each(statuses)('of one run that is %s is its own', async (status) => {
    expect(await collect(await folderOf({ a: verdictOf(status) }), ['GATE=pass'])).toBe(exitCodes[status])
  })

  test.each<[Status, number]>([
    ['PASS', 0],
    ['UNDECIDED', 0],
    ['INVALID', 0],
    ['FAIL', exitCodes.FAIL],
  ])('with GATE=no-fail of %s is %i', async (status, code) => {
    expect(await collect(await folderOf({ a: verdictOf(status) }), ['GATE=no-fail'])).toBe(code)
  })

  test('with GATE=no-fail is INVALID where nobody answered: nothing was measured', async () => {
    const folder = await folderOf({
      a: verdictOf('PASS'),
      b: verdictOf('INVALID', { ...s3, measured: false }),
    })
    expect(await collect(folder, ['GATE=no-fail'])).toBe(exitCodes.INVALID)
  })

  test('with GATE=no-fail names what it let through', async () => {
    const runs = await collectRuns(await folderOf({ a: verdictOf('UNDECIDED') }), [])
    expect(outcomeOf(runs, 'no-fail').warning).toBe('UNDECIDED is let through by GATE=no-fail')
    expect(outcomeOf(runs, 'pass').warning).toBeNull()
  })

  test('is that of the worst of many', async () => {
    const folder = await folderOf({
      a: verdictOf('PASS'),
      'b/deep': verdictOf('FAIL', { case: 'shop/S3' }),
      c: verdictOf('UNDECIDED', { case: 'shop/S4' }),
    })
    expect(await collect(folder, [])).toBe(exitCodes.FAIL)
  })

  test.each(['pass', 'no-fail'])('is INVALID of an empty folder, with GATE=%s too', async (gate) => {
    expect(await collect(await temporaryFolder(), [`GATE=${gate}`])).toBe(exitCodes.INVALID)
  })

  test.each(['pass', 'no-fail'])('is INVALID when an expected run is missing, GATE=%s', async (gate) => {
    const folder = await folderOf({ a: verdictOf('PASS') })
    const args = [`GATE=${gate}`, `EXPECTED=${await expectedFile({ include: [s1, s3] })}`]
    expect(await collect(folder, args)).toBe(exitCodes.INVALID)
    expect(await readFile(path.join(folder, 'index.md'), 'utf8')).toContain(
      '| ! INVALID | `shop/S3` | peak | shop | smoke | INVALID: expected, and left no verdict |',
    )
    await expect(collect(folder, [`GATE=${gate}`, `EXPECTED=${await expectedFile([s1])}`])).resolves.toBe(
      exitCodes.PASS,
    )
  })

  test('a run of another profile is not the expected one', async () => {
    const folder = await folderOf({ a: verdictOf('PASS', { profile: 'kill' }) })
    expect(await collect(folder, [`EXPECTED=${await expectedFile([s1])}`])).toBe(exitCodes.INVALID)
  })

  test.each(['{', '{"schema":1,"verdict":"FINE"}', 'null'])(
    'is INVALID where verdict.json is %s, and no gate excuses it',
    async (text) => {
      const folder = await folderOf({ a: verdictOf('PASS'), b: text })
      expect(await collect(folder, ['GATE=no-fail'])).toBe(exitCodes.INVALID)
    },
  )
})

describe('a repeated run', () => {
  const at = (second: number): Partial<Verdict> => ({ started: `2026-01-02T03:04:0${second}.000Z` })

  test.each<[string, Status[], number]>([
    ['INVALID once, then PASS', ['INVALID', 'PASS'], 0],
    ['INVALID once, then FAIL', ['INVALID', 'FAIL'], exitCodes.FAIL],
    ['INVALID twice', ['INVALID', 'INVALID'], exitCodes.INVALID],
    ['INVALID twice, then PASS', ['INVALID', 'INVALID', 'PASS'], exitCodes.INVALID],
    ['FAIL, then PASS', ['FAIL', 'PASS'], exitCodes.FAIL],
    ['UNDECIDED, then PASS', ['UNDECIDED', 'PASS'], exitCodes.UNDECIDED],
    ['PASS, then INVALID', ['PASS', 'INVALID'], exitCodes.INVALID],
  ])('%s', async (_, all, code) => {
    const runs = all.map((status, index) => [`run-${index}`, verdictOf(status, at(index))] as const)
    expect(await collect(await folderOf(Object.fromEntries(runs)), [])).toBe(code)
  })

  test('of another case excuses nothing', async () => {
    const folder = await folderOf({
      a: verdictOf('INVALID', at(1)),
      b: verdictOf('PASS', { ...at(2), case: 'shop/S3' }),
    })
    expect(await collect(folder, [])).toBe(exitCodes.INVALID)
  })
})

describe('the page', () => {
  test('has the worst run first, links to each report, and escapes what it shows', async () => {
    const folder = await folderOf({
      'green one': verdictOf('PASS'),
      'red/run': verdictOf('FAIL', { case: 'shop/S3', scenario: 'peak', line: 'FAIL <b>1</b> of 1' }),
    })
    await writeFile(path.join(folder, 'green one', 'report.html'), '')
    await collect(folder, [])
    const html = await readFile(path.join(folder, 'index.html'), 'utf8')
    const markdown = await readFile(path.join(folder, 'index.md'), 'utf8')
    expect(html.indexOf('shop/S3')).toBeLessThan(html.indexOf('shop/S1'))
    expect(html).toContain('<a href="green%20one/report.html">')
    expect(html).not.toContain('red/run/report.html')
    expect(html).toContain('FAIL &lt;b&gt;1&lt;/b&gt; of 1')
    expect(html).toContain('7 % &lt;over&gt;')
    expect(html).not.toContain('because PASS')
    expect(markdown).toContain('# ✗ FAIL: 1 of 2 runs passed')
    expect(markdown).toContain('[`shop/S1`](green%20one/report.html)')
    expect(markdown).toContain('because FAIL')
    expect(markdown).toContain('\\<over>')
  })
})

test('no text of a verdict gives an order to the job that shows it, or to a terminal', async () => {
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  onTestFinished(() => log.mockRestore())
  const line = 'FAIL\n::error::forged\r::warning::forged ##[error]forged \u001b[2J'
  await collect(await folderOf({ a: verdictOf('FAIL', { line, case: 'a\n::set-env name=A::b' }) }), [])
  expect(lines.join('\n')).toContain('::error::forged')
  for (const one of lines.flatMap((text) => text.split(/[\r\n]/))) {
    expect(one.trimStart()).not.toMatch(/^::/)
    expect(one).not.toContain('##[')
    // oxlint-disable-next-line no-control-regex
    expect(one).not.toMatch(/[\u0000-\u001f]/)
  }
})

describe('wrong use', () => {
  test.each([
    ['GATE=maybe', /unknown GATE="maybe"; valid: pass, no-fail/],
    ['GATES=pass', /unknown variable GATES; did you mean GATE\?/],
  ])('is named', async (argument, message) => {
    await expect(collect(await temporaryFolder(), [argument])).rejects.toThrow(message)
  })

  test('a folder that is not there', async () => {
    const folder = path.join(await temporaryFolder(), 'absent')
    await expect(collect(folder, [])).rejects.toThrow(/absent cannot be read: ENOENT/)
  })

  test.each(['[]', '{"include":[]}', '{}', 'null', '[{"case":"shop/S1"}]', '[3]'])(
    'a list of expected runs that is %s',
    (text) => expect(() => parseExpected(text, 'matrix.json')).toThrow(/must hold at least one run/),
  )

  test('a list of expected runs that is no JSON', () =>
    expect(() => parseExpected('{', 'matrix.json')).toThrow(/EXPECTED=matrix.json is not JSON/))
})

test('a run without a verdict is let through by no gate', () => {
  const run: CollectedRun = {
    ...s1,
    scenario: '?',
    system: '?',
    status: 'INVALID',
    line: 'INVALID',
    counts: true,
    verdict: null,
    folder: '',
    hasReport: false,
  }
  expect(outcomeOf([run], 'no-fail').exitCode).toBe(exitCodes.INVALID)
  expect(outcomeOf([{ ...run, verdict: verdictOf('INVALID') }], 'no-fail').exitCode).toBe(0)
})
