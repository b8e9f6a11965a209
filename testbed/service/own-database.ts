// The database of one testbed: an embedded Postgres, or a schema in one of the user's. Of the user's nothing is touched that
// a testbed did not make: the schema carries a mark, and sessions carry the testbed's own id.
import { rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import pg from 'pg'
import type { ServiceSpec } from '../../keeper/service.ts'
import { databaseAddressIn } from './database-address.ts'
import { embeddedPostgres } from './postgres.ts'

interface PreparedDatabase {
  databaseUrl: string
  services: ServiceSpec[]
  folders: string[]
  dispose: () => Promise<void>
}

const variable = 'TESTBED_DATABASE_URL'

/** The comment of a schema that a testbed made, and that the next one may remove. */
const schemaMark = 'assay testbed: made for one run, and dropped with everything in it at its end'

/** What the names of all sessions of one testbed begin with; each service adds its own name. */
export const sessionsOf = (testbedId: string): string => `assay-testbed-${testbedId}-`

/**
 * Prepares the database, and in one of the user's the schema.
 * @throws Error where the user's cannot be reached, another testbed is using it, or it holds a schema of the same name that
 * no testbed made.
 */
export async function prepareDatabase(
  { databaseUrl: given, stateDir }: { databaseUrl?: string | undefined; stateDir: string },
  { port, sessions, schema }: { port: number; sessions: string; schema: string },
): Promise<PreparedDatabase> {
  if (given !== undefined) return usersDatabase(given, sessions, schema)
  const embedded = await embeddedPostgres({ stateDir, port })
  const dispose = async () => {
    for (const folder of embedded.folders) await rm(folder, { recursive: true, force: true })
  }
  return {
    databaseUrl: embedded.databaseUrl,
    services: [embedded.service],
    folders: embedded.folders,
    dispose,
  }
}

async function usersDatabase(given: string, sessions: string, schema: string): Promise<PreparedDatabase> {
  const { url: databaseUrl, host, port, database } = databaseAddressIn(variable, given)
  const where = `the database "${database}" on ${host}:${port}`
  // Its name is not among those that a fault may end.
  const name = sessions.replace(/-$/, '')
  const session = await connected(databaseUrl, name)
  try {
    await requireNoOther(session, where)
    await inTransaction(session, async () => {
      await dropMarked(session, schema, where)
      await session.query(`CREATE SCHEMA ${schema}`)
      await session.query(`COMMENT ON SCHEMA ${schema} IS '${schemaMark}'`)
    })
  } catch (error) {
    await session.end()
    throw error
  }
  // From here on it only has to be there, and keeps no program from ending.
  streamOf(session).unref()
  const dispose = async () => {
    streamOf(session).ref()
    await session.end().catch(() => undefined)
    const last = await connected(databaseUrl, name)
    try {
      await inTransaction(last, () => dropMarked(last, schema, where))
    } finally {
      await last.end()
    }
  }
  return { databaseUrl, services: [], folders: [], dispose }
}

/** Its socket: not among its types, and there all the same. */
const streamOf = (client: pg.Client): Socket =>
  (client as unknown as { connection: { stream: Socket } }).connection.stream

/** A session by which another testbed sees that the database is in use. */
async function connected(databaseUrl: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: name,
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw new Error(
      `The database of ${variable} cannot be reached: ${(error as Error).message}. ` +
        `Start it or correct the address; without ${variable} an embedded Postgres is used.`,
    )
  }
  return client
}

/** Two that come at the same time see each other, because each is connected before it looks. */
async function requireNoOther(client: pg.Client, where: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT 1 FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND application_name LIKE 'assay-%' AND application_name NOT LIKE 'assay-fault%'`,
  )
  if (rows.length > 0)
    throw new Error(
      `Another testbed is using ${where}. Wait for its end, or give this one a database of its own.`,
    )
}

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN')
  try {
    await work()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** Drops the schema where a testbed made it; does nothing where there is none. */
async function dropMarked(client: pg.Client, schema: string, where: string): Promise<void> {
  const { rows } = await client.query<{ mark: string | null }>(
    `SELECT obj_description(oid, 'pg_namespace') AS mark FROM pg_namespace WHERE nspname = $1`,
    [schema],
  )
  if (rows.length === 0) return
  if (rows[0]?.mark !== schemaMark)
    throw new Error(
      `${where} holds a schema ${schema} without the mark of a testbed, so it may be somebody else's and is left alone. ` +
        `If nobody needs it, remove it by hand: DROP SCHEMA ${schema} CASCADE`,
    )
  await client.query(`DROP SCHEMA ${schema} CASCADE`)
}
