// Our own sessions in a database that is disturbed.
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

const connectMs = 3000
const farewellMs = 1000
/** Nobody waits for a session longer than this. */
const sessionMs = 4000

/** One that is known by its application's name. */
export async function connected(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: connectMs,
    query_timeout: sessionMs,
  })
  client.on('error', () => {})
  await client.connect()
  return client
}

/** Ends a session, if need be without a farewell: the database ends it when its connection breaks. */
export async function ended(client: pg.Client): Promise<void> {
  const late = new AbortController()
  const farewell = client.end().catch(() => undefined)
  const left = pause(farewellMs, undefined, { signal: late.signal }).catch(() => undefined)
  await Promise.race([farewell, left])
  late.abort()
  // Not among its types, and there all the same.
  ;(client as unknown as { connection: { stream: Socket } }).connection.stream.destroy()
}
