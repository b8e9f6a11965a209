import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cocoonTestbed } from '../../../../testbed/cocoon/testbed.ts'
import { foldersOutside, postgresProgram } from '../../../../testbed/service/postgres.ts'
import { testbedFolders } from '../../../../scripts/run/testbeds.ts'
import { assay } from '../../../assay.ts'
import { PoolClient } from './pool-client.ts'
import { startPool } from './pool-harness.ts'
import { startPostgres, until } from '../../../services.ts'

let postgres: Awaited<ReturnType<typeof startPostgres>>
let stateDir = ''

beforeAll(async () => {
  postgres = await startPostgres()
  stateDir = postgres.stateDir
}, 30_000)
afterAll(() => postgres?.stop(), 20_000)

async function asked<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: postgres.databaseUrl })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

const schemas = async (): Promise<string[]> =>
  (await asked<{ nspname: string }>("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'assay%'")).map(
    ({ nspname }) => nspname,
  )

const sessions = async (): Promise<string[]> =>
  (
    await asked<{ name: string }>(
      "SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'assay%' ORDER BY 1",
    )
  ).map(({ name }) => name)

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
    // By its own id they are told from another testbed's, and from everybody else's.
    const prefix = pool.testbed.target.databases['pool']?.sessions ?? 'none'
    expect(prefix).toMatch(/^assay-testbed-[0-9a-f]{12}-$/)
    // One that no fault ends keeps other testbeds away.
    const guard = prefix.replace(/-$/, '')
    expect(await sessions()).toEqual([
      guard,
      ...['gateway-1', 'gateway-2', 'payout'].map((name) => `${prefix}${name}`),
    ])
    const second = cocoonTestbed({
      stateDir,
      ...testbedFolders('cocoon'),
      defects: [],
      databaseUrl: postgres.databaseUrl,
    })
    await expect(second).rejects.toThrow(/Another testbed is using the database/)
  } finally {
    await pool.stop()
  }
  expect(await schemas()).toEqual([])
})

test('a schema that no testbed made is neither used nor dropped', async () => {
  await asked('CREATE SCHEMA assay_cocoon CREATE TABLE mine (id int)')
  try {
    const { databaseUrl } = postgres
    const refused = cocoonTestbed({ stateDir, ...testbedFolders('cocoon'), defects: [], databaseUrl })
    await expect(refused).rejects.toThrow(/without the mark of a testbed.*DROP SCHEMA assay_cocoon CASCADE$/)
    expect(await asked('SELECT * FROM assay_cocoon.mine')).toEqual([])
    expect(await sessions()).toEqual([])
    const { exitCode, output } = await assay(
      ['run', 'SYSTEM=cocoon', `TESTBED_DATABASE_URL=${databaseUrl}`, 'PROFILE=kill'],
      {
        DATABASE_URL: 'postgres://shop.example/shop',
      },
    )
    expect(output).toContain('testbed: uses the database "postgres" on 127.0.0.1:')
    expect(output).toContain('without the mark of a testbed')
    expect(output).not.toContain(new URL(databaseUrl).password)
    expect(exitCode).toBe(64)
    expect(await asked('SELECT * FROM assay_cocoon.mine')).toEqual([])
  } finally {
    await asked('DROP SCHEMA assay_cocoon CASCADE')
  }
})

test('a schema that a testbed left behind is replaced, and one that took its place meanwhile is left alone', async () => {
  const start = () =>
    cocoonTestbed({ stateDir, ...testbedFolders('cocoon'), defects: [], databaseUrl: postgres.databaseUrl })
  const first = await start()
  await expect(start()).rejects.toThrow(/Another testbed is using the database "postgres" on 127.0.0.1:/)
  await asked('CREATE TABLE assay_cocoon.of_the_first (id int)')
  // It dies without cleaning up.
  await asked(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${first.target.databases['pool']?.sessions?.replace(/-$/, '')}'`,
  )
  await until('its session is gone', 5_000, async () => (await sessions()).length === 0)
  const second = await start()
  expect(await asked("SELECT 1 FROM pg_tables WHERE tablename = 'of_the_first'")).toEqual([])
  await asked('DROP SCHEMA assay_cocoon; CREATE SCHEMA assay_cocoon')
  await expect(second.dispose()).rejects.toThrow(/without the mark of a testbed/)
  expect(await schemas()).toEqual(['assay_cocoon'])
  await asked('DROP SCHEMA assay_cocoon')
})

test('what a testbed made outside the state folder is gone after it was disposed of', async () => {
  const closed = await mkdtemp(join(tmpdir(), 'assay-closed-'))
  try {
    const state = join(closed, 'state')
    const testbed = await cocoonTestbed({ stateDir: state, ...testbedFolders('cocoon'), defects: [] })
    // A keeper can be told of each before it is made.
    const outside = testbed.folders.filter((folder) => !folder.startsWith(state))
    expect(foldersOutside(state)).toEqual(expect.arrayContaining(outside))
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
