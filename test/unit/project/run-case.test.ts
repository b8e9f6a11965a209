// How a job runs a case: an INVALID run is repeated once, a FAIL never, and what is told to the job is what was found.
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { gates } from '../../../scripts/commands/collect.ts'
import { inPackage } from '../../../scripts/project.ts'

const [pass, fail, undecided, invalid, wrongUse] = [0, 1, 2, 3, 64]
/** Of a run that leaves no verdict. */
const brokenDown = 7

/** Stands for the command: takes the next exit code of `codes`, and leaves a report unless that is wrong use. */
const fakeAssay = `#!/bin/sh
cd "$ASSAY_WORK"
if [ "$1" = list ]; then
  echo '{"cases":[{"id":"shop/C1","scenario":"chaos","system":"shop"},{"id":"shop/C2","scenario":"chaos","system":"shop"},{"id":"shop/C3","scenario":"chaos","system":"shop"}]}'
  exit 0
fi
echo "$* FROM=$OLDPWD GATE=$GATE TOKEN=$TOKEN EMPTY=$EMPTY CREDENTIALS=$CREDENTIALS WORK=$ASSAY_WORK" >> calls
if [ "$1" = collect ]; then
  echo "page of $(ls "$2" | tr '\\n' ' ')" > "$2/index.md"
  exit "$(cat collected)"
fi
[ -z "$SAYS" ] || echo "$SAYS"
code=$(head -n 1 codes)
sed -i 1d codes
[ "$code" = 64 ] && exit 64
mkdir -p "reports/$RUN"
echo "report of attempt ending \${RUN##*-}" > "reports/$RUN/report.md"
[ "$code" = ${brokenDown} ] || echo '{}' > "reports/$RUN/verdict.json"
exit "$code"
`

async function runCase(
  codes: number[],
  environment: Record<string, string> = {},
  collected = 0,
  args = ['PROFILE=kill'],
) {
  const root = await mkdtemp(path.join(tmpdir(), 'assay-run-case-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  await mkdir(path.join(root, '.github'))
  await cp(inPackage('.github/run-case.sh'), path.join(root, '.github/run-case.sh'))
  await writeFile(path.join(root, 'assay'), fakeAssay)
  await chmod(path.join(root, 'assay'), 0o755)
  const work = path.join(root, environment['ASSAY_WORK'] ?? '')
  await mkdir(work, { recursive: true })
  await writeFile(path.join(work, 'codes'), `${codes.join('\n')}\n`)
  await writeFile(path.join(work, 'collected'), String(collected))
  const read = (file: string): Promise<string> => readFile(path.join(work, file), 'utf8').catch(() => '')
  const { exitCode, all } = await execa(path.join(root, '.github/run-case.sh'), args, {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', GITHUB_STEP_SUMMARY: path.join(work, 'summary'), ...environment },
    extendEnv: false,
    reject: false,
    all: true,
  })
  const calls = (await read('calls')).split('\n').filter((line) => line !== '')
  const attempts = (await readdir(path.join(work, 'reports/ci')).catch(() => [])).filter((name) =>
    /\d$/.test(name),
  )
  return {
    root: await realpath(root),
    exitCode,
    output: all,
    calls,
    attempts: attempts.sort(),
    summary: await read('summary'),
  }
}

test.each([
  ['PASS', [pass], 1],
  ['FAIL', [fail, pass], 1],
  ['UNDECIDED', [undecided, pass], 1],
  ['INVALID, then PASS', [invalid, pass], 2],
  ['INVALID, then FAIL', [invalid, fail, pass], 2],
  ['INVALID twice', [invalid, invalid, pass], 2],
])('%s', async (_, codes, attempts) => {
  const run = await runCase(codes)
  expect(run.calls.filter((call) => call.startsWith('run PROFILE=kill'))).toHaveLength(attempts)
  expect(run.attempts).toHaveLength(attempts)
  expect(run.calls.at(-1)).toMatch(/^collect \S*\/reports\/ci GATE=pass/)
  expect(run.summary).toBe(`page of ${run.attempts.join(' ')} \nreport of attempt ending ${attempts}\n`)
})

test('a last attempt without a verdict is INVALID, whatever the one before it left', async () => {
  const run = await runCase([invalid, brokenDown])
  expect(run.exitCode).toBe(invalid)
  expect(run.output).toContain('left no verdict (exit code 7)')
})

test('in a work folder of its own, which is seen from the folder of the caller', async () => {
  const { exitCode, calls, attempts } = await runCase([invalid, pass], { ASSAY_WORK: 'mine' })
  expect([exitCode, attempts]).toEqual([0, ['1', '2']])
  for (const call of calls) expect(call).toMatch(/ WORK=\/.*\/mine$/)
})

test('runs are started in the folder of the caller, from which a target file is seen', async () => {
  const { root, calls } = await runCase([pass], { ASSAY_WORK: 'mine' })
  for (const call of calls) expect(call).toContain(` FROM=${root} `)
})

describe('with CASE=ALL', () => {
  const all = (codes: number[], environment = {}, collected = 0) =>
    runCase(codes, environment, collected, ['CASE=ALL', 'SCENARIO=chaos'])
  const ran = (calls: string[]) =>
    calls.flatMap((call) => (call.startsWith('run ') ? [/CASE=(shop\/C\d) /.exec(call)![1]] : []))

  test('every case has its run, and only what was INVALID is repeated, once', async () => {
    const { calls, attempts, exitCode, summary } = await all(
      [fail, invalid, pass, invalid, invalid],
      {},
      fail,
    )
    expect(ran(calls)).toEqual(['shop/C1', 'shop/C2', 'shop/C2', 'shop/C3', 'shop/C3'])
    expect(attempts).toEqual(['shop-C1-1', 'shop-C2-1', 'shop-C2-2', 'shop-C3-1', 'shop-C3-2'])
    expect(calls.at(-1)).toMatch(/^collect \S*\/reports\/ci GATE=pass/)
    expect(exitCode).toBe(fail)
    expect(summary.match(/^report of attempt ending \d$/gm)).toEqual(
      [1, 2, 2].map((attempt) => `report of attempt ending ${attempt}`),
    )
  })

  test.each([
    ['leaves no verdict', brokenDown, pass, invalid],
    ['leaves no verdict beside a FAIL', brokenDown, fail, fail],
    ['is wrong use', wrongUse, fail, wrongUse],
  ])('the others run where one %s', async (_, code, collected, expected) => {
    const { calls, exitCode } = await all([pass, code, pass], { GATE: 'no-fail' }, collected)
    expect(ran(calls)).toEqual(['shop/C1', 'shop/C2', 'shop/C3'])
    expect(exitCode).toBe(expected)
  })
})

test.each([
  [{ GATE: 'nofail' }, 'unknown GATE="nofail"; valid: pass, no-fail'],
  [{ REPEATS: 'two' }, 'REPEATS="two": expected a whole number'],
])('%j is refused before any run', async (environment, message) => {
  const { exitCode, output, calls } = await runCase([invalid, pass], environment)
  expect([exitCode, calls]).toEqual([wrongUse, []])
  expect(output).toContain(message)
})

test.each(gates)('GATE=%s is known to collect too', async (gate) => {
  const { exitCode, calls } = await runCase([pass], { GATE: gate })
  expect([exitCode, calls.length]).toEqual([0, 2])
})

test('what a run says gives no orders to the job', async () => {
  const { output } = await runCase([pass], { GITHUB_ACTIONS: 'true', SAYS: '::error::forged' })
  const lines = (output ?? '').split('\n')
  const forged = lines.indexOf('::error::forged')
  const [, word] = /^::stop-commands::([0-9a-f]{32})$/.exec(lines[forged - 1]!) ?? []
  expect(lines.indexOf(`::${word}::`)).toBe(forged + 1)
})

test('REPEATS=0 repeats nothing', async () =>
  expect((await runCase([invalid, pass], { REPEATS: '0' })).attempts).toEqual(['1']))

test.each([pass, fail, undecided, invalid])('exits as the gate says: %i', async (code) => {
  const run = await runCase([fail], { GATE: 'no-fail' }, code)
  expect(run.exitCode).toBe(code)
  expect(run.calls.at(-1)).toMatch(/^collect \S*\/reports\/ci GATE=no-fail/)
})

test('wrong use is an error of the workflow, which no gate sees', async () => {
  const run = await runCase([wrongUse], { GATE: 'no-fail' })
  expect(run.exitCode).toBe(wrongUse)
  expect(run.calls).toHaveLength(1)
})

test('credentials reach the run line by line, are masked, and are not passed on whole', async () => {
  const run = await runCase([pass], { CREDENTIALS: 'TOKEN=a=b%c==\r\n\nEMPTY=\n', GITHUB_ACTIONS: 'true' })
  expect(run.calls[0]).toContain('TOKEN=a=b%c== EMPTY= CREDENTIALS=')
  expect(run.output).toContain('::add-mask::a=b%25c==')
  expect(run.exitCode).toBe(0)
})

test.each(['no-value', 'lower=1', '=x', '$(id)=1'])('credentials that read %s are refused', async (line) => {
  const run = await runCase([pass], { CREDENTIALS: line })
  expect([run.exitCode, run.calls]).toEqual([wrongUse, []])
  expect(run.output).not.toContain(line)
})
