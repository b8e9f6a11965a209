// Your own pool: another make of pool, connected by one folder below targets/ and judged like any other.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectRoot } from '../../../assay.ts'
import { measured, triedFor, validRun } from '../../../measured.ts'
import { startOtherPool } from './other-pool.ts'

const token = 'a-token-of-the-other-pool'
/** Of the run; empty while there is none that measured anything. */
let folder = ''
let pool: Awaited<ReturnType<typeof startOtherPool>>
beforeAll(async () => {
  pool = await startOtherPool(token)
})
afterAll(() => pool.close())

const variables = () => ({
  TARGET: 'targets/example/target.json',
  BASE_URL: pool.baseUrl,
  PROFILE: 'kill',
  DURATION: '35s',
  PARTIAL: '1',
})

describe('a pool of another make', () => {
  test(
    'is judged through its adapter, and what it does not report is not claimed',
    { timeout: triedFor(120_000) },
    (context) =>
      measured(context, async () => {
        const run = await validRun('own-pool', variables(), { EXAMPLE_TOKEN: token })
        folder = run.folder
        const verdict = await run.verdict()
        expect(verdict.not_claimed.map(({ id }) => id)).toContain('cocoon.allocation.queue')
        const why = 'the adapter of this target does not promise it'
        expect(verdict.not_claimed).toContainEqual({ id: 'cocoon.contract.same-key', why })
        // Of what it does promise each is checked, with its one token replaced once.
        const statusOf = (id: string) =>
          verdict.criteria.find((one) => one.id === `cocoon.contract.${id}`)?.status
        expect(['wrong-token', 'own-record', 'times', 'one-worker'].map(statusOf)).toEqual(
          Array(4).fill('PASS'),
        )
        const broken = verdict.criteria.filter(({ status }) => status === 'FAIL' || status === 'INVALID')
        expect(broken).toEqual([])
        expect(verdict.criteria.find(({ id }) => id.endsWith('target.submit-p95'))!.status).toBe('PASS')
        expect([0, 2]).toContain(run.exitCode)
        expect(pool.stub.counts.get('submit')).toBeGreaterThan(650)
      }),
  )

  test('the token is in no file of the run', async ({ skip }) => {
    if (folder === '') skip('its run was INVALID each time')
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) {
      expect(await readFile(path.join(file.parentPath, file.name), 'utf8')).not.toContain(token)
    }
  })

  test('no other file of the project knows it', async () => {
    const entries = await readdir(projectRoot, { recursive: true, withFileTypes: true })
    const sources = entries.filter(
      (entry) =>
        entry.isFile() &&
        entry.name.endsWith('.ts') &&
        !/node_modules|dist|targets\/example|test\//.test(
          path.relative(projectRoot, path.join(entry.parentPath, entry.name)),
        ),
    )
    expect(sources.length).toBeGreaterThan(30)
    for (const source of sources) {
      expect(await readFile(path.join(source.parentPath, source.name), 'utf8')).not.toContain(
        'targets/example',
      )
    }
  })
})
