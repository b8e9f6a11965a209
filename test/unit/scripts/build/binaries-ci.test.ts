// How .ci/run counts: a change must not look better than it is.
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { inPackage } from '../../../../scripts/project.ts'

interface Outcome {
  passed: number
  failed: number
  skipped: number
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'assay-ci-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function count(outcome: Outcome | undefined, status: number): Promise<string> {
  const file = path.join(await temporaryFolder(), 'outcome.json')
  if (outcome !== undefined) await writeFile(file, JSON.stringify(outcome))
  return (await execa('node', [inPackage('.ci', 'count.mjs'), file, String(status)])).stdout
}

test.each<[string, string, Outcome | undefined, number]>([
  ['tests', '3 1 2', { passed: 3, failed: 1, skipped: 2 }, 1],
  ['a run that failed outside its tests as one failure', '1 1 0', { passed: 1, failed: 0, skipped: 0 }, 1],
  ['a run without results as one failure', '0 1 0', undefined, 0],
  ['a run that tested nothing as one failure', '0 1 3', { passed: 0, failed: 0, skipped: 3 }, 0],
])('counts %s', async (_, counted, outcome, status) => {
  expect(await count(outcome, status)).toBe(counted)
})

describe('the whole', () => {
  const results = (passed: number, failed: number, skipped = 0): string =>
    JSON.stringify({ passed, failed, skipped })

  /** Runs .ci/run with a make that fails for the named goals, whose tests come out as given, and whose run leaves this verdict. */
  async function ci(failing: string[], outcome: string | undefined, verdict?: object) {
    const folder = await temporaryFolder()
    await cp(inPackage('.ci'), path.join(folder, '.ci'), { recursive: true })
    await mkdir(path.join(folder, 'tools'))
    await mkdir(path.join(folder, 'reports'))
    // What an earlier run left must not be counted.
    await writeFile(path.join(folder, 'reports/test-outcome.json'), results(9, 0))
    const write =
      outcome === undefined ? '' : `[ "$1" = test ] && echo '${outcome}' > reports/test-outcome.json\n`
    const left = JSON.stringify(verdict ?? { verdict: failing.includes('run') ? 'FAIL' : 'PASS' })
    const leaves = `[ "$1" = run ] && echo run >> runs && mkdir "reports/\${2#RUN=}" && echo '${left}' > "reports/\${2#RUN=}/verdict.json"\n`
    const programs = {
      make: `${write}${leaves}case " ${failing.join(' ')} " in *" $1 "*) exit 2 ;; esac`,
      npm: 'exit 0',
      chromium: 'exit 0',
    }
    for (const [name, body] of Object.entries(programs)) {
      await writeFile(path.join(folder, 'tools', name), `#!/bin/sh\n${body}\nexit 0\n`)
      await chmod(path.join(folder, 'tools', name), 0o755)
    }
    const env = { PATH: `${path.join(folder, 'tools')}:${process.env['PATH'] ?? ''}` }
    const { stdout, exitCode } = await execa(path.join(folder, '.ci/run'), {
      cwd: tmpdir(),
      env,
      reject: false,
    })
    const runs = await readFile(path.join(folder, 'runs'), 'utf8')
    return [stdout.split('\n').at(-1), exitCode, runs.split('\n').length - 1]
  }

  test.each<[string, string[], string | undefined, string, number]>([
    ['all is well', [], results(2, 0), '4 passed, 0 failed, 0 skipped', 0],
    ['a test was skipped', [], results(2, 0, 1), '4 passed, 0 failed, 1 skipped', 0],
    ['a test fails', ['test'], results(1, 1), '3 passed, 1 failed, 0 skipped', 1],
    ['the check fails', ['check'], results(2, 0), '3 passed, 1 failed, 0 skipped', 1],
    ['the run fails', ['run'], results(2, 0), '3 passed, 1 failed, 0 skipped', 1],
    ['the tests end without results', ['test'], undefined, '2 passed, 1 failed, 0 skipped', 1],
  ])('ends with the counts when %s', async (_, failing, outcome, line, code) => {
    expect(await ci(failing, outcome)).toEqual([line, code, 1])
  })

  test.each<[string, object, string, number]>([
    [
      'skips it when others had the machine each time',
      { verdict: 'INVALID', machine: { spoils: true } },
      '3 passed, 0 failed, 1 skipped',
      0,
    ],
    [
      'fails it when it is INVALID for another reason',
      { verdict: 'INVALID', machine: { spoils: false } },
      '3 passed, 1 failed, 0 skipped',
      1,
    ],
    ['fails it when it stays UNDECIDED', { verdict: 'UNDECIDED' }, '3 passed, 1 failed, 0 skipped', 1],
  ])('repeats a run that says nothing, and %s', async (_, verdict, line, code) => {
    expect(await ci(['run'], results(2, 0), verdict)).toEqual([line, code, 3])
  })
})
