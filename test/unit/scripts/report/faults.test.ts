// What a report says of faults, and how a run is repeated from what its folder says of them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { workFolder } from '../../../../scripts/project.ts'
import { recordedRun } from '../../../../scripts/commands/replay.ts'
import { Buckets } from '../../../../scripts/report/read/buckets.ts'
import { costOf, faultsMarkdown, faultsSection } from '../../../../scripts/report/faults.ts'
import type { RunFolder } from '../../../../scripts/report/read/run-folder.ts'
import type { FaultVerdict } from '../../../../verdict/verdict.ts'
import { someFault } from '../../verdict/verdict-run.ts'

const t0 = 1_700_000_000_000

/** A minute of 100 requests a second, with so many failed in each second. */
function recorded(failedAt: (second: number) => number): Buckets {
  const load = new Buckets(t0, t0 + 60_000)
  for (let second = 0; second < 60; second++) {
    load.add('http_reqs rate', t0 + second * 1000, 100, 'mean')
    load.add('failed rate', t0 + second * 1000, failedAt(second), 'mean')
  }
  return load
}

/** The configuration of a run whose case claims these criteria. */
const configWith = (claimed: Record<string, unknown>) => ({ plan: { claimed } })
const isBack = (window: object) => ({
  judge: 'recovery',
  of: ['sales'],
  after: 'fault',
  withinSeconds: 30,
  window,
})
const normal = { seconds: 10, limit: 0.001 }

const fault: FaultVerdict = {
  ...someFault,
  id: 'kill <b>it</b>',
  start: t0 + 10_000,
  end: t0 + 20_000,
  bite: true,
  bite_ms: 400,
  healed: true,
  heal_ms: 1200,
  effect: { what: 'its pid', before: 'pid 1', during: 'no process', after: 'pid 2' },
}

describe('what a fault cost', () => {
  test('is what failed while it lasted, by what may fail in all, and the way back', () => {
    const cost = costOf(
      fault,
      recorded((second) => (second >= 10 && second < 24 ? 10 : 0)),
      normal,
    )!
    expect(cost).toMatchObject({ requests: 1100, failed: 110, backMs: 4000, stepMs: 1000 })
    // A thousandth of 6,000 requests is six.
    expect(cost.timesNormal).toBeCloseTo(110 / 6)
  })

  test('has no way back where none was seen, and none of its own where nothing was recorded', () => {
    expect(
      costOf(
        fault,
        recorded(() => 1),
        normal,
      ),
    ).toMatchObject({ backMs: null })
    expect(costOf(fault, new Buckets(t0, t0 + 60_000), normal)).toBeNull()
  })

  test('stands in both reports, with what was seen of the fault', () => {
    const folder = {
      verdict: {
        faults: [
          fault,
          { ...fault, id: 'two', bite: false, healed: false, residue: ['a rule'], problem: 'stuck' },
        ],
      },
      series: { load: recorded((second) => (second >= 10 && second < 21 ? 10 : 0)) },
      config: configWith({
        'shop.fault.back': { rules: [isBack({ ...normal, overMs: 5 }), isBack(normal)] },
      }),
    } as unknown as RunFolder
    const html = faultsSection(folder)!.text
    expect(html).toContain('kill &lt;b&gt;it&lt;/b&gt;')
    expect(html).toContain('its pid: pid 1 → no process → pid 2')
    expect(html).toContain('proven in 400 ms')
    expect(html).toContain('110 of 1,100 (10 %), 18.3 times as many as 0.1 % of all requests of the run')
    expect(html).toContain(
      'in the first 10 s after the end of the fault in which no more than 0.1 % failed, the limit of shop.fault.back, which judges more than errors.',
    )
    const text = faultsMarkdown(folder)
    expect(text).toContain('| NOT proven | NO: a rule |')
    expect(text).toContain('stuck')
    expect(text).toContain('after 1 s (± 1 s)')
    expect(text).toContain('| Errors back to normal |')
    expect(faultsMarkdown({ verdict: { faults: [] } } as unknown as RunFolder)).toBe('')
    expect(faultsSection({ verdict: { faults: [] } } as unknown as RunFolder)).toBeNull()
  })
})

describe('what is normal', () => {
  const folder = (config: unknown) =>
    ({
      verdict: { faults: [fault] },
      series: { load: recorded((second) => (second >= 10 && second < 21 ? 10 : 0)) },
      config,
    }) as unknown as RunFolder

  test('is what a claimed criterion says, with its own numbers', () => {
    const text = faultsMarkdown(
      folder(configWith({ 'shop.back': { rules: [isBack({ seconds: 5, limit: 0.02 })] } })),
    )
    expect(text).toContain('(10 %), 0.9 times as many as 2 % of all requests of the run')
    expect(text).toMatch(/first 5 s after .* no more than 2 % failed, the limit of shop\.back\.\n/)
  })

  test.each([
    ['no criterion', configWith({})],
    [
      'a criterion about slow answers alone',
      configWith({ a: { rules: [isBack({ ...normal, overMs: 5 })] } }),
    ],
    [
      'a criterion about the end of a peak',
      configWith({ a: { rules: [{ ...isBack(normal), after: 'peak' }] } }),
    ],
    [
      'a criterion that actors answer',
      configWith({ a: { rules: [isBack(normal)].map(({ window: _, ...r }) => r) } }),
    ],
    ['no configuration', null],
  ])('is not said where there is %s', (_, config) => {
    const text = faultsMarkdown(folder(config))
    expect(text).toContain('| 110 of 1,100 (10 %) |')
    expect(text).not.toContain('back to normal')
    expect(text).not.toContain('times as many')
    expect(faultsSection(folder(config))!.text).not.toContain('back to normal')
  })
})

describe('an earlier run', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'assay-replay-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  const planned = (name: string, start: number) => ({
    id: `kill ${name}`,
    driver: 'process',
    target: 'a',
    settings: { kind: 'kill' },
    seconds: 5,
    start,
  })
  const config = {
    variables: { SEED: 7, RUN: 'r1', OUT: 'json=/tmp/a.json', DEFECTS: ['slow-tenth'] },
    plan: {
      scenario: 'chaos',
      case: 'shop/F6',
      profile: 'smoke',
      faults: ['a', 'b'].map((name) => planned(name, 20)),
    },
  }
  const line = (at: number | null) => ({
    t: t0,
    kind: 'fault',
    name: 'kill a',
    driver: 'process',
    target: 'a',
    at,
    settings: { kind: 'kill' },
    seconds: 5,
  })
  const write = async (lines: object[]) => {
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(config))
    await writeFile(path.join(folder, 'timeline.ndjson'), lines.map((one) => JSON.stringify(one)).join('\n'))
  }

  test('is repeated with its variables, and its faults when they came', async () => {
    await write([{ kind: 'phase', name: 'x' }, line(25.5), { ...line(3.25), name: 'kill b' }])
    expect(await recordedRun(folder)).toEqual({
      scenario: 'chaos',
      variables: {
        SEED: 7,
        DEFECTS: ['slow-tenth'],
        SCENARIO: 'chaos',
        CASE: 'shop/F6',
        PROFILE: 'smoke',
      },
      faults: [planned('b', 3.25), planned('a', 25.5)],
    })
  })

  test('is repeated with the faults that could not be injected then, when they were due', async () => {
    await write([line(25.5)])
    expect((await recordedRun(folder)).faults).toEqual([planned('b', 20), planned('a', 25.5)])
  })

  test('whose timeline and plan do not fit together cannot be', async () => {
    await write([{ ...line(25.5), name: 'kill c' }])
    await expect(recordedRun(folder)).rejects.toThrow(
      'faults that its plan in config.json does not have: kill c',
    )
  })

  test('of an earlier version is repeated on its target file, which it saw from the work folder', async () => {
    await write([])
    const old = { ...config, variables: { TARGET: 'targets/mine.json' } }
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(old))
    expect((await recordedRun(folder)).variables.TARGET).toBe(path.join(workFolder, 'targets/mine.json'))
  })

  test('that is none, or never came to its load, cannot be', async () => {
    const relative = path.relative(process.cwd(), folder)
    await expect(recordedRun(relative)).rejects.toThrow(`${folder} holds no run that could be repeated`)
    await write([line(null)])
    await expect(recordedRun(folder)).rejects.toThrow('its load never began')
  })
})
