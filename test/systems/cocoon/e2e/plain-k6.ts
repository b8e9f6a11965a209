// The bundle by itself, as `k6 run dist/baseline.js`.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureBinary } from '../../../../scripts/build/binaries.ts'
import type { BinaryName } from '../../../../scripts/build/binaries.ts'
import { environmentWith, projectRoot } from '../../../assay.ts'
import { startStubPool } from '../stub/server.ts'
import { measured, triedFor } from '../../../measured.ts'

/** k6's own exit codes. */
const [thresholdCrossed, initError, aborted] = [99, 107, 108]

/** Stock k6 is built for tests alone, from nothing on a new machine. */
const buildTimeOutMs = 15 * 60_000

export async function k6(
  binary: BinaryName,
  variables: Record<string, string>,
  bundle = 'baseline',
  options: string[] = [],
) {
  const args = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const result = await execa(
    await ensureBinary(binary),
    ['run', '--quiet', '--no-color', ...options, ...args, path.join(projectRoot, `dist/${bundle}.js`)],
    {
      reject: false,
      all: true,
      env: environmentWith({ K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' }),
      extendEnv: false,
    },
  )
  return { exitCode: result.exitCode, output: result.all ?? '' }
}

export function plainK6(binary: BinaryName): void {
  describe(`plain ${binary}`, () => {
    let stub: Awaited<ReturnType<typeof startStubPool>>
    const empty = createServer((request, response) => {
      request.resume()
      response.writeHead(200).end()
    })
    let emptyUrl = ''
    beforeAll(async () => {
      await ensureBinary(binary)
      stub = await startStubPool()
      await new Promise<void>((resolve) => empty.listen(0, '127.0.0.1', resolve))
      emptyUrl = `http://127.0.0.1:${(empty.address() as AddressInfo).port}`
    }, buildTimeOutMs)
    afterAll(async () => {
      empty.closeAllConnections()
      empty.close()
      await stub.close()
    })
    const short = { SYSTEM: 'cocoon', PROFILE: 'kill', DURATION: '8s', PARTIAL: '1' }

    test(
      'finds nothing wrong with an honest pool, but that it saw little of it',
      { timeout: triedFor(60_000) },
      (context) =>
        measured(context, async () => {
          const { exitCode, output } = await k6(binary, { ...short, BASE_URL: stub.baseUrl })
          expect(output).toContain('✓ cocoon.load.latency-p95')
          expect(output).toContain('cocoon.target.registration-p95        not claimed: needs 59 samples')
          expect(output).toContain(
            'UNDECIDED at best: the required criterion cocoon.load.errors-normal was not claimed',
          )
          expect(output).toMatch(/✓ cocoon\.contract\.same-key .*\(0 bad of 1\)/)
          // What is not checked is no reason to be red, and says why.
          expect(output).toMatch(/- cocoon\.contract\.wrong-token .*\(not checked: see the preflight\)/)
          expect(output).toContain('wrong-token was not checked: the target wants no token of clients')
          expect(output).not.toContain('DURATION')
          expect(output.match(/✗ assay_\S+ .*/g)).toEqual([
            expect.stringMatching(/^✗ assay_whole_run +count>0$/),
          ])
          expect(exitCode).toBe(thresholdCrossed)
        }),
    )

    test('passes no part of a run that nobody asked it to judge', { timeout: 60_000 }, async () => {
      const variables = { ...short, DURATION: '2s', PARTIAL: '', SHARDS: '3', SHARD: '2' }
      const { exitCode, output } = await k6(binary, { ...variables, BASE_URL: stub.baseUrl })
      expect(output).toContain('UNDECIDED at best: DURATION cut the run short')
      expect(output).toContain('UNDECIDED at best: SHARDS and EPOCH make this a part of a run')
      expect(output).toMatch(/✗ assay_whole_run +count>0/)
      expect(exitCode).toBe(thresholdCrossed)
    })

    test('says where its thresholds were off', { timeout: 60_000 }, async () => {
      const variables = { ...short, DURATION: '2s', BASE_URL: stub.baseUrl }
      const { exitCode, output } = await k6(binary, variables, 'baseline', ['--no-thresholds'])
      expect(output).toContain("UNDECIDED: thresholds were off; k6's exit code says nothing")
      expect(output).not.toMatch(/[✓✗] cocoon/)
      expect(exitCode).toBe(0)
    })

    test('does not pass a server that answers an empty 200 to everything', { timeout: 60_000 }, async () => {
      const { exitCode, output } = await k6(binary, { ...short, BASE_URL: emptyUrl })
      expect(output).toMatch(/no load is sent: .*: POST \S+ answered 200, expected 201/)
      expect(exitCode).toBe(aborted)
    })

    test('ends at once where nothing listens', { timeout: 60_000 }, async () => {
      const { exitCode, output } = await k6(binary, { ...short, BASE_URL: 'http://127.0.0.1:9' })
      expect(output).toContain('cannot be reached')
      expect(exitCode).toBe(aborted)
    })

    test('a misspelt profile is an error that lists the valid ones', { timeout: 60_000 }, async () => {
      const { exitCode, output } = await k6(binary, { BASE_URL: stub.baseUrl, PROFILE: 'smok' })
      expect(output).toContain('unknown profile')
      expect(output).toContain('valid: smoke, kill')
      expect(exitCode).toBe(initError)
    })

    test(
      'a host that is not on loopback is sent nothing without confirmation',
      { timeout: 60_000 },
      async () => {
        const { exitCode, output } = await k6(binary, { ...short, BASE_URL: 'http://pool.example' })
        expect(output).toContain('Confirm with CONFIRM=pool.example')
        expect(exitCode).toBe(initError)
      },
    )

    describe('with a target file', () => {
      let folder = ''
      beforeAll(async () => {
        folder = await mkdtemp(path.join(tmpdir(), 'assay-plain-'))
      })
      afterAll(() => rm(folder, { recursive: true, force: true }))
      const target = async (more: object) => {
        const file = path.join(folder, 'mine.json')
        await writeFile(file, JSON.stringify({ baseUrl: stub.baseUrl, ...more }))
        // The test runner has a BASE_URL of its own.
        return { ...short, BASE_URL: '', TARGET: file, POOL_CLIENT_TOKEN: 'of-another-target' }
      }

      test('sends nothing to hosts of its faults without confirmation', { timeout: 60_000 }, async () => {
        const address = 'http://127.0.0.1:9'
        const link = { control: 'http://proxy.example', proxy: 'a', through: address, around: address }
        const { TARGET } = await target({ links: { a: link } })
        const variables = { TARGET, BASE_URL: '', CASE: 'cocoon/F6', ALLOW_FAULTS: '1' }
        const { exitCode, output } = await k6(binary, variables, 'chaos')
        expect(output).toContain('links.a.control of the target file leads to proxy.example')
        expect(exitCode).toBe(initError)
      })

      test('wants the variable of a token to be set, and takes no other', { timeout: 60_000 }, async () => {
        const heard = stub.calls.length
        const unset = await k6(binary, await target({ credentials: { client: 'MY_CLIENT_TOKEN' } }))
        expect(unset.output).toContain('mine.json names the credential MY_CLIENT_TOKEN; set it')
        expect(unset.exitCode).not.toBe(0)
        expect(stub.calls).toHaveLength(heard)
        const misspelt = await k6(binary, await target({ credentials: { enroll: 'MY_ENROL_TOKEN' } }))
        expect(misspelt.output).toContain('unknown use credentials.enroll; valid: enrol, client')
        expect(misspelt.exitCode).toBe(initError)
      })
    })
  })
}
