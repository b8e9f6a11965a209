// Runs that measured nothing, or nothing worth anything: never PASS, each with its own reason and exit code.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { findK6 } from '../../scripts/binaries.ts'
import { assay, assayRun, freshRunId, projectRoot } from '../assay.ts'
import { startStubPool } from './stub-pool.ts'

/** What a test ends with, also when it failed. */
type AtEnd = (close: () => void | Promise<void>) => void

/** A server that gives the same answer to everything. */
async function sameAnswer(
  atEnd: AtEnd,
  status: number,
  headers: Record<string, string> = {},
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(status, headers).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Whatever still runs on behalf of a run: its folder is in the arguments of all that it starts. */
async function processesOf(run: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eo', 'args'])
  return stdout.split('\n').filter((line) => line.includes(run))
}

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

  // One after the other: four generators at once would hinder each other, which is INVALID.
  test.for([
    [405, {}, 'answered 405'],
    [500, {}, 'answered 500'],
    [429, { 'Retry-After': '1' }, 'answered 429'],
    [200, {}, 'answered 200'],
  ] as const)('%i to everything is FAIL (1)', { timeout: 120_000 }, async (answer, { onTestFinished }) => {
    const [status, headers, reason] = answer
    const run = await assayRun(`all-${status}`, {
      BASE_URL: await sameAnswer(onTestFinished, status, headers),
      PROFILE: 'kill',
    })
    const verdict = await run.verdict()
    expect(verdict.verdict).toBe('FAIL')
    expect(verdict.criteria.map((entry) => entry.status)).not.toContain('PASS')
    expect(verdict.reasons.join('\n')).toContain(`register: ${reason}`)
    expect(run.exitCode).toBe(1)
  })
})

describe('nothing to measure', () => {
  test(
    'a run that ends in its warm-up claims nothing: UNDECIDED (2)',
    { timeout: 60_000 },
    async ({ onTestFinished }) => {
      const stub = await startStubPool()
      onTestFinished(stub.close)
      const run = await assayRun('unclaimed', { BASE_URL: stub.baseUrl, PROFILE: 'kill', DURATION: '3s' })
      expect((await run.verdict()).verdict).toBe('UNDECIDED')
      expect(run.output).toContain('not claimed')
      expect(run.exitCode).toBe(2)
    },
  )
})

describe('wrong use is 64, names what is wrong and what is valid, and leaves nothing', () => {
  test.concurrent.for([
    [['DURATION=0s'], 'DURATION="0s"'],
    [['SYSTEM=cocon'], 'unknown system "cocon"; valid: cocoon'],
    [['CASE=cocoon/S11'], 'unknown case "cocoon/S11"; valid: cocoon/S1'],
    [['PROFILE=smok'], 'unknown profile "smok"; valid: smoke'],
    [['SCENARIO=basline'], 'unknown scenario "basline"; valid: baseline'],
    [['SCENARI=baseline'], 'unknown variable SCENARI; did you mean SCENARIO?'],
    [['CASE=cocoon/S1', 'SYSTEM=trading'], 'CASE=cocoon/S1 contradicts SYSTEM=trading'],
    [['SEED=abc'], 'SEED="abc": expected a whole number'],
    [['DEFECTS=slow-tenht'], 'slow-tenth'],
    [['DEFECTS=slow-tenth', 'BASE_URL=http://127.0.0.1:9'], 'DEFECTS plants bugs in the testbed'],
    [['TARGET=targets/none.json'], 'target file targets/none.json cannot be read'],
    [['BASE_URL=127.0.0.1'], 'BASE_URL="127.0.0.1": expected an address'],
    [['BASE_URL=http://pool.example'], 'Confirm with CONFIRM=pool.example'],
    [['K6=/nonexistent/k6'], 'K6=/nonexistent/k6'],
  ] as const)('%j', async ([args, message]) => {
    const run = freshRunId('wrong')
    const { exitCode, output } = await assay(['run', `RUN=${run}`, ...args])
    expect(output).toContain(message)
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

describe('an interrupted run', () => {
  test(
    'Ctrl-C half-way is UNDECIDED (2) and leaves no process',
    { timeout: 90_000 },
    async ({ onTestFinished }) => {
      const stub = await startStubPool()
      onTestFinished(stub.close)
      const run = freshRunId('interrupted')
      const child = execa(
        path.join(projectRoot, 'assay'),
        ['run', `RUN=${run}`, `BASE_URL=${stub.baseUrl}`, 'PROFILE=kill'],
        {
          reject: false,
          all: true,
        },
      )
      for await (const line of child.iterable({ from: 'all' }))
        if (line.includes('▶ steady')) child.kill('SIGINT')
      const { exitCode, all } = await child
      expect(all).toContain('interrupted by SIGINT')
      expect(exitCode).toBe(2)
      expect(await processesOf(run)).toEqual([])
    },
  )

  test(
    'a k6 that takes no notice of it is killed: INVALID (3), and nothing is left',
    { timeout: 90_000 },
    async ({ onTestFinished }) => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'assay-deaf-'))
      onTestFinished(() => rm(folder, { recursive: true, force: true }))
      const deaf = path.join(folder, 'k6')
      const { path: k6 } = await findK6({})
      const script = `#!/bin/sh\n[ "$1" = run ] || exec '${k6}' "$@"\ntrap '' INT\nsleep 80\n`
      await writeFile(deaf, script, { mode: 0o755 })
      const run = freshRunId('deaf')
      const child = execa(
        path.join(projectRoot, 'assay'),
        ['run', `RUN=${run}`, 'BASE_URL=http://127.0.0.1:9', `K6=${deaf}`],
        { reject: false, all: true },
      )
      setTimeout(() => child.kill('SIGINT'), 4_000)
      const { exitCode, all } = await child
      expect(all).toContain('interrupted by SIGINT')
      expect(exitCode).toBe(3)
      expect(await processesOf(run)).toEqual([])
    },
  )
})
