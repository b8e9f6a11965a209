// The database of one testbed: an embedded Postgres, or a schema in one of the user's.
import { rm } from 'node:fs/promises'
import pg from 'pg'
import type { ServiceSpec } from '../../keeper/service.ts'
import { embeddedPostgres } from '../postgres.ts'
import { schema } from './database.ts'

interface PreparedDatabase {
  databaseUrl: string
  services: ServiceSpec[]
  folders: string[]
  dispose: () => Promise<void>
}

/** @throws Error where the user's cannot be reached, or another testbed is using it. */
export async function prepareDatabase(
  { databaseUrl, stateDir }: { databaseUrl?: string | undefined; stateDir: string },
  port: number,
): Promise<PreparedDatabase> {
  if (databaseUrl !== undefined) {
    await clearSchema(databaseUrl)
    return { databaseUrl, services: [], folders: [], dispose: () => clearSchema(databaseUrl) }
  }
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

/** Removes what a testbed left in a database of the user's, which is one schema. */
async function clearSchema(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
  } catch (error) {
    throw new Error(
      `The database of DATABASE_URL cannot be reached: ${(error as Error).message}. ` +
        'Start it or correct the address; without DATABASE_URL an embedded Postgres is used.',
    )
  }
  try {
    const { rows } = await client.query(
      `SELECT application_name FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'assay-%' AND pid <> pg_backend_pid()`,
    )
    if (rows.length > 0)
      throw new Error(
        'Another testbed is using the database of DATABASE_URL. Wait for its end, or give this one a database of its own.',
      )
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  } finally {
    await client.end()
  }
}
