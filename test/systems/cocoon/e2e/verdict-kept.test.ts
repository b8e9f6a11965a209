// The verdict of a run with the pool's testbed is the one that was judged, whatever breaks around it.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { exitCodes, type Verdict } from '../../../../verdict/verdict.ts'
import { freshRunId, projectRoot, startAssay } from '../../../assay.ts'
import { startPostgres, until } from '../../../services.ts'

test(
  'a database that dies when all is measured leaves the verdict as it was judged',
  { timeout: 120_000 },
  async (context) => {
    const postgres = await startPostgres()
    context.onTestFinished(() => postgres.stop())
    const run = freshRunId('late')
    const folder = path.join(projectRoot, 'reports', run)
    const database = `TESTBED_DATABASE_URL=${postgres.databaseUrl}`
    const child = startAssay(['run', `RUN=${run}`, 'SYSTEM=cocoon', database, 'PROFILE=kill', 'DURATION=5s'])
    context.onTestFinished(() => void child.kill('SIGKILL'))
    // k6 writes it last.
    const measured = path.join(folder, 'evidence.json')
    await until('k6 has ended', 90_000, () => existsSync(measured))
    await postgres.end('SIGKILL')
    const { exitCode, all } = await child
    expect(all).toContain('the verdict stands, but')
    const text = await readFile(path.join(folder, 'verdict.json'), 'utf8')
    const { verdict, leftovers } = JSON.parse(text) as Verdict
    expect(leftovers.join('\n')).toContain('something could not be removed: The database of')
    expect(leftovers.join('\n')).not.toContain(new URL(postgres.databaseUrl).password)
    expect(exitCode).toBe(exitCodes[verdict])
  },
)
