// Your own pool: another make of pool, connected by one folder below targets/ and judged like any other.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assayRun, projectRoot } from '../assay.ts'
import { startOtherPool } from './other-pool.ts'

const token = 'a-token-of-the-other-pool'
/** Of the first run. */
let folder = ''
let pool: Awaited<ReturnType<typeof startOtherPool>>
beforeAll(async () => {
  pool = await startOtherPool(token)
})
afterAll(() => pool.close())

const variables = () => ({ TARGET: 'targets/example/target.json', BASE_URL: pool.baseUrl, PROFILE: 'kill' })

describe('a pool of another make', () => {
  test(
    'is judged through its adapter, and what it does not report is not claimed',
    { timeout: 180_000 },
    async () => {
      const run = await assayRun('own-pool', variables(), { EXAMPLE_TOKEN: token })
      folder = run.folder
      const verdict = await run.verdict()
      expect(verdict.not_claimed.map(({ id }) => id)).toContain('cocoon.allocation.queue')
      const broken = verdict.criteria.filter(({ status }) => status === 'FAIL' || status === 'INVALID')
      expect(broken).toEqual([])
      expect(verdict.criteria.find(({ id }) => id.endsWith('target.submit-p95'))!.status).toBe('PASS')
      expect([0, 2]).toContain(run.exitCode)
      expect(pool.stub.counts.get('submit')).toBeGreaterThan(900)
    },
  )

  test('the token is in no file of the run', async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(5)
    for (const file of files) {
      expect(await readFile(path.join(file.parentPath, file.name), 'utf8')).not.toContain(token)
    }
  })

  test('a wrong token is FAIL, with the status in its reasons', { timeout: 120_000 }, async () => {
    const run = await assayRun('own-pool-token', variables(), { EXAMPLE_TOKEN: 'wrong' })
    expect((await run.verdict()).reasons.join('\n')).toContain('register: answered 401')
    expect(run.exitCode).toBe(1)
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
