// Runs that measured nothing, or nothing worth anything: never PASS, each with its own reason and exit code.
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { allPlans, readManifest } from '../../scripts/run/plans.ts'
import { defaultSystem } from '../../systems/default.ts'
import { assay, freshRunId, processesOf, projectRoot } from '../assay.ts'
import { measured, triedFor, validRun } from '../measured.ts'
import { sameAnswer } from './same-answer.ts'

const plans = allPlans(readManifest())
const firstCase = plans.find(({ system }) => system === defaultSystem)!.case

/** Processes and report folders that a run left. */
async function leftOf(run: string): Promise<string[]> {
  const folders = await readdir(path.join(projectRoot, 'reports')).catch((): string[] => [])
  return [...(await processesOf(run)), ...folders.filter((folder) => folder.startsWith(run))]
}

describe('a server that is not there, or answers without doing', () => {
  test('a dead port is INVALID (3) and says so at once', async () => {
    const { exitCode, output } = await assay(['run', 'BASE_URL=http://127.0.0.1:9'])
    expect(output).toContain('cannot be reached')
    expect(output.trim().split('\n').at(-1)).toBe('verdict: INVALID (3)')
    expect(exitCode).toBe(3)
  })

  test('500 to everything is FAIL (1)', { timeout: triedFor(60_000) }, (context) =>
    measured(context, async () => {
      const baseUrl = await sameAnswer(context.onTestFinished, 500)
      const run = await validRun('all-500', { BASE_URL: baseUrl, PROFILE: 'kill' })
      const verdict = await run.verdict()
      expect(verdict.verdict).toBe('FAIL')
      expect(verdict.criteria.map((entry) => entry.status)).not.toContain('PASS')
      expect(verdict.reasons.join('\n')).toMatch(/\b[a-z-]+: [A-Z]+ \/\S* answered 500/)
      expect(run.exitCode).toBe(1)
    }),
  )
})

describe('wrong use is 64, names what is wrong and what is valid, and leaves nothing', () => {
  test.concurrent.for([
    [['DURATION=0s'], 'DURATION="0s"'],
    [['SYSTEM=no-such'], 'unknown system "no-such"; valid: ', defaultSystem],
    [['CASE=no/such'], 'unknown case "no/such"; valid: ', firstCase],
    [['PROFILE=smok'], 'unknown profile "smok"; valid: smoke'],
    [['SCENARIO=basline'], 'unknown scenario "basline"; valid: baseline'],
    [['SCENARI=baseline'], 'unknown variable SCENARI; did you mean SCENARIO?'],
    [[`CASE=${firstCase}`, 'SYSTEM=another'], `CASE=${firstCase} contradicts SYSTEM=another`],
    [['SEED=abc'], 'SEED="abc": expected a whole number'],
    [['DEFECTS=no-such'], 'no-such', 'Valid names: '],
    [['DEFECTS=no-such', 'BASE_URL=http://127.0.0.1:9'], 'DEFECTS plants bugs in the testbed'],
    [['TARGET=targets/none.json'], 'target file targets/none.json cannot be read'],
    [['BASE_URL=127.0.0.1'], 'BASE_URL="127.0.0.1": expected an address'],
    [['BASE_URL=http://pool.example'], 'Confirm with CONFIRM=pool.example'],
    [['K6=/nonexistent/k6'], 'K6=/nonexistent/k6'],
  ] as const)('%j', async ([args, ...messages]) => {
    const run = freshRunId('wrong')
    const { exitCode, output } = await assay(['run', `RUN=${run}`, ...args])
    for (const message of messages) expect(output).toContain(message)
    expect(exitCode).toBe(64)
    expect(await leftOf(run)).toEqual([])
  })

  test('a port in use is named', { timeout: 60_000 }, async ({ onTestFinished }) => {
    const taken = await sameAnswer(onTestFinished, 200)
    const port = new URL(taken).port
    const run = freshRunId('port')
    const { exitCode, output } = await assay(['run', `RUN=${run}`, `PORT=${port}`])
    expect(output).toContain(port)
    expect(exitCode).toBe(64)
    expect(await leftOf(run)).toEqual([])
  })
})
