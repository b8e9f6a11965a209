// How .ci/run counts: a change must not look better than it is.
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { inProject } from '../../scripts/project.ts'

type Results = [file: 'passed' | 'failed', tests: string[]][]

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'assay-ci-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function count(results: Results | undefined, status: number): Promise<string> {
  const folder = await temporaryFolder()
  const file = path.join(folder, 'results.json')
  const testResults = results?.map(([of, tests]) => ({
    status: of,
    assertionResults: tests.map((result) => ({ status: result })),
  }))
  if (testResults !== undefined) await writeFile(file, JSON.stringify({ testResults }))
  return (await execa('node', [inProject('.ci', 'count.mjs'), file, String(status)])).stdout
}

test.each<[string, string, Results | undefined, number]>([
  [
    'tests',
    '3 1',
    [
      ['passed', ['passed', 'passed']],
      ['failed', ['passed', 'failed']],
    ],
    1,
  ],
  ['nothing for skipped ones', '1 0', [['passed', ['passed', 'skipped', 'pending', 'todo']]], 0],
  [
    'a file that did not load as one failure',
    '1 1',
    [
      ['passed', ['passed']],
      ['failed', []],
    ],
    1,
  ],
  [
    'a file whose set-up failed as one failure',
    '1 1',
    [
      ['passed', ['passed']],
      ['failed', ['skipped']],
    ],
    1,
  ],
  ['a run that failed outside its tests as one failure', '1 1', [['passed', ['passed']]], 1],
  ['a run without results as one failure', '0 1', undefined, 0],
  ['a run without tests as one failure', '0 1', [], 0],
])('counts %s', async (_, counted, results, status) => {
  expect(await count(results, status)).toBe(counted)
})

describe('the whole', () => {
  const results = (...tests: string[]): string =>
    JSON.stringify({
      testResults: [{ status: 'passed', assertionResults: tests.map((status) => ({ status })) }],
    })

  /** Runs .ci/run with a make that fails for the named goals, and whose tests come out as given. */
  async function ci(failing: string[], outcome: string | undefined) {
    const folder = await temporaryFolder()
    await cp(inProject('.ci'), path.join(folder, '.ci'), { recursive: true })
    await mkdir(path.join(folder, 'tools'))
    await mkdir(path.join(folder, 'reports'))
    // What an earlier run left must not be counted.
    await writeFile(
      path.join(folder, 'reports/test-results.json'),
      results(...Array<string>(9).fill('passed')),
    )
    const write =
      outcome === undefined ? '' : `[ "$1" = test ] && echo '${outcome}' > reports/test-results.json\n`
    const programs = {
      make: `${write}case " ${failing.join(' ')} " in *" $1 "*) exit 2 ;; esac`,
      npm: 'exit 0',
      chromium: 'exit 0',
    }
    for (const [name, body] of Object.entries(programs)) {
      await writeFile(path.join(folder, 'tools', name), `#!/bin/sh\n${body}\nexit 0\n`)
      await chmod(path.join(folder, 'tools', name), 0o755)
    }
    const env = {
      PATH: `${path.join(folder, 'tools')}:${process.env['PATH'] ?? ''}`,
      // Whoever runs these tests may have one.
      CLUSTER: path.join(folder, 'no-cluster'),
    }
    const { stdout, exitCode } = await execa(path.join(folder, '.ci/run'), {
      cwd: tmpdir(),
      env,
      reject: false,
    })
    return [stdout.split('\n').at(-1), exitCode]
  }

  test.each<[string, string[], string | undefined, string, number]>([
    ['all is well', [], results('passed', 'passed'), '4 passed, 0 failed', 0],
    ['a test fails', ['test'], results('passed', 'failed'), '3 passed, 1 failed', 1],
    ['the check fails', ['check'], results('passed', 'passed'), '3 passed, 1 failed', 1],
    ['the run fails', ['run'], results('passed', 'passed'), '3 passed, 1 failed', 1],
    ['the tests end without results', ['test'], undefined, '2 passed, 1 failed', 1],
  ])('ends with the counts when %s', async (_, failing, outcome, line, code) => {
    expect(await ci(failing, outcome)).toEqual([line, code])
  })
})
