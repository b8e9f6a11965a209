import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitForDatabase } from '../../testbed/cocoon/database.ts'
import { cocoonTestbed } from '../../testbed/cocoon/index.ts'
import { freePorts } from '../../testbed/ports.ts'
import { embeddedPostgres, postgresProgram, type EmbeddedPostgres } from '../../testbed/postgres.ts'
import { PoolClient } from './pool-client.ts'
import { projectRoot, startPool, startService } from './pool-harness.ts'

let stateDir: string
let postgres: EmbeddedPostgres
let stopPostgres: () => Promise<void>

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'assay-database-'))
  await chmod(stateDir, 0o755)
  const [port] = (await freePorts(1)) as [number]
  postgres = await embeddedPostgres({ stateDir, port })
  stopPostgres = await startService(postgres.service)
  // It listens a moment before it answers.
  await waitForDatabase(postgres.databaseUrl, 10_000)
}, 30_000)
afterAll(async () => {
  await stopPostgres?.()
  await rm(stateDir, { recursive: true, force: true })
}, 20_000)

async function schemas(): Promise<string[]> {
  const client = new pg.Client({ connectionString: postgres.databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ nspname: string }>(
      "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'assay%'",
    )
    return rows.map(({ nspname }) => nspname)
  } finally {
    await client.end()
  }
}

test('the embedded database runs as the program that is announced, below the state folder where that can be', () => {
  expect(postgres.service.command).toBe(postgresProgram())
  expect(dirname(postgres.service.args[1] as string)).toBe(stateDir)
})

test('a database of the user’s is used, not shared with another testbed, and left as it was', async () => {
  const pool = await startPool({ databaseUrl: postgres.databaseUrl })
  try {
    expect(pool.testbed.services.map(({ name }) => name)).toEqual([
      'payout',
      'gateway-1',
      'gateway-2',
      'balancer',
    ])
    const client = new PoolClient(pool)
    expect((await client.submit()).status).toBe(201)
    expect(await schemas()).toEqual(['assay_cocoon'])
    const second = cocoonTestbed({ stateDir, projectRoot, defects: [], databaseUrl: postgres.databaseUrl })
    await expect(second).rejects.toThrow(/Another testbed is using the database/)
  } finally {
    await pool.stop()
  }
  expect(await schemas()).toEqual([])
})

test('what a testbed made outside the state folder is gone after it was disposed of', async () => {
  const closed = await mkdtemp(join(tmpdir(), 'assay-closed-'))
  try {
    const testbed = await cocoonTestbed({ stateDir: join(closed, 'state'), projectRoot, defects: [] })
    const dataDir = testbed.services[0]?.args[1] as string
    expect(existsSync(dataDir)).toBe(true)
    if (process.getuid?.() === 0) expect(dataDir.startsWith(closed), 'nobody could enter it').toBe(false)
    await testbed.dispose()
    expect(testbed.folders.filter((folder) => existsSync(folder))).toEqual([])
    expect(existsSync(dataDir)).toBe(false)
  } finally {
    await rm(closed, { recursive: true, force: true })
  }
})
