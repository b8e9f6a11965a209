// Runs that measured nothing, or nothing worth anything: never PASS, each with its own reason and exit code.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
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

const authority = path.join(projectRoot, 'test/fixtures/private-authority')

/** The port of a server that has a certificate of its own authority, and hangs up on every request. */
async function hangUp(onTestFinished: (end: () => void) => void): Promise<number> {
  const [key, cert] = await Promise.all(
    ['key.pem', 'certificate.pem'].map((file) => readFile(path.join(authority, file))),
  )
  const server = createServer({ key: key!, cert: cert! }, (request) => request.socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe('a server that is not there, or answers without doing', () => {
  test('a dead port is INVALID (3) and says so at once', async () => {
    const { exitCode, output } = await assay(['run', 'BASE_URL=http://127.0.0.1:9'])
    expect(output.replace(/\s+/g, ' ')).toMatch(
      /cannot be reached: .* \(.*connection refused\)\. Is it running/,
    )
    expect(output.trim().split('\n').at(-1)).toBe('verdict: INVALID (3)')
    expect(exitCode).toBe(3)
  })

  test('a certificate that nobody trusts is named, and SSL_CERT_FILE makes it trusted', async ({
    onTestFinished,
  }) => {
    const port = await hangUp(onTestFinished)
    const run = async (environment: Record<string, string>) => {
      const { exitCode, output } = await assay(['run', `BASE_URL=https://localhost:${port}`], environment, {
        folder: authority,
      })
      expect(exitCode).toBe(3)
      return output.replace(/\s+/g, ' ')
    }
    // The proxy is not there: loopback must be reached without it.
    const proxy = { HTTPS_PROXY: 'http://me:hunter2@127.0.0.1:9' }
    const [unknown, trusted] = await Promise.all([
      run(proxy),
      run({ ...proxy, SSL_CERT_FILE: 'certificate.pem' }),
    ])
    expect(unknown).toMatch(/\(x509: [^)]*unknown authority\)\. SSL_CERT_FILE= in the environment/)
    expect(trusted).toMatch(/no request got an answer \([^)]*EOF\)\. Is it running/)
  })

  test('500 to everything is FAIL (1)', { timeout: triedFor(60_000) }, (context) =>
    measured(context, async () => {
      const baseUrl = await sameAnswer(context.onTestFinished, 500)
      const run = await validRun('all-500', { BASE_URL: baseUrl, PROFILE: 'kill' })
      const verdict = await run.verdict()
      expect(verdict.verdict).toBe('FAIL')
      expect(verdict.criteria.map((entry) => entry.status)).not.toContain('PASS')
      expect(verdict.reasons.join('\n')).toMatch(/\b[a-z-]+: [A-Z]+ \/\S* answered 500/)
      expect(verdict.reasons[0]).toMatch(/cut short: every criterion over a share of the requests is certain/)
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
    [[`CASE=${firstCase}`, 'SYSTEM=another'], `CASE=${firstCase} contradicts SYSTEM=another`],
    [['SEED=abc'], 'SEED="abc": expected a whole number'],
    [['DEFECTS=no-such'], 'no-such', 'Valid names: '],
    [['DEFECTS=no-such', 'BASE_URL=http://127.0.0.1:9'], 'DEFECTS plants bugs in the testbed'],
    [['OUT=web-dashboard'], 'OUT=web-dashboard: every run has it already'],
    [['BASE_URL=http://pool.example'], 'Confirm with CONFIRM=pool.example'],
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

describe('called from another folder', () => {
  test.concurrent.for([
    [['run', 'TARGET=mine.json'], 'target file HERE/mine.json cannot be read: ENOENT'],
    [['report', 'none'], 'HERE/none/verdict.json is not there'],
    [['collect', '.', 'EXPECTED=none.json'], 'EXPECTED=HERE/none.json cannot be read: ENOENT'],
  ] as const)('%j names the file there, without a stack', async ([args, message], { onTestFinished }) => {
    const here = await mkdtemp(path.join(tmpdir(), 'assay-caller-'))
    onTestFinished(() => rm(here, { recursive: true, force: true }))
    const { exitCode, output } = await assay([...args], {}, { folder: here })
    expect(output).toContain(message.replace('HERE', here))
    expect(output).not.toContain('\n    at ')
    expect(exitCode).toBe(64)
  })

  test('a variable of k6 is refused before anything starts', async () => {
    const run = freshRunId('k6-variable')
    const { exitCode, output } = await assay(['run', `RUN=${run}`], { K6_VUS: '3' })
    expect([exitCode, output]).toEqual([64, expect.stringContaining('K6_VUS in the environment')])
    expect(await leftOf(run)).toEqual([])
  })
})
