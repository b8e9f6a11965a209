// Connections to a testbed's database, its schema, and its notifications.
import { readdir } from 'node:fs/promises'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import type { FastifyBaseLogger } from 'fastify'

/** Shorter than clients wait for an answer. */
const queryTimeoutMs = 8_000

export interface Database {
  query<Row extends pg.QueryResultRow>(name: string, text: string, values?: unknown[]): Promise<Row[]>
  /** As query, for what may be lost when the database crashes: it does not wait for the disk. */
  queryLazily<Row extends pg.QueryResultRow>(name: string, text: string, values?: unknown[]): Promise<Row[]>
  /** Calls back with the payload of every notification on the channel, and with null after a gap in listening. */
  listen(channel: string, heard: (payload: string | null) => void): void
  /** True when the database answers within the time. */
  answers(withinMs: number): Promise<boolean>
  connections(): number
  close(): Promise<void>
}

// PostgreSQL's 64-bit integers: none of ours, be it an id, a count or an amount of money, leaves the safe range.
pg.types.setTypeParser(pg.types.builtins.INT8, (value) => {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new Error(`The number ${value} is too large to be read exactly.`)
  return number
})

/** Everything of a testbed lives in a schema of its own, so that a database of the user's may hold other things, too. */
export function openDatabase(options: {
  url: string
  schema: string
  program: string
  connections: number
  log: FastifyBaseLogger
}): Database {
  const common = {
    connectionString: options.url,
    application_name: options.program,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 10_000,
    // A database behind a lost network never says that it gave up.
    query_timeout: queryTimeoutMs,
    keepAlive: true,
  }
  const pool = new pg.Pool({
    ...common,
    max: options.connections,
    // Plans are made once, while the tables are still empty: without these two they would be plans for empty tables.
    options: `-c search_path=${options.schema} -c plan_cache_mode=force_generic_plan -c enable_seqscan=off`,
  })
  const lazy = new pg.Pool({
    ...common,
    max: 2,
    options: `-c search_path=${options.schema} -c synchronous_commit=off`,
  })
  for (const each of [pool, lazy])
    each.on('error', (error) =>
      options.log.warn({ reason: error.message }, 'an idle database connection broke'),
    )
  const listeners = new Listeners(common, options.log)
  const queryOn =
    (on: pg.Pool) =>
    async <Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[] = []) =>
      (await on.query<Row>({ name, text, values })).rows
  return {
    query: queryOn(pool),
    queryLazily: queryOn(lazy),
    listen: (channel, heard) => listeners.add(channel, heard),
    answers: (withinMs) => answersWithin(pool, withinMs),
    connections: () => pool.totalCount + lazy.totalCount + listeners.connections,
    close: async () => {
      await Promise.all([pool.end(), lazy.end(), listeners.close()])
    },
  }
}

async function answersWithin(pool: pg.Pool, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs)
  })
  const answer = pool.query('SELECT 1').then(
    () => true,
    () => false,
  )
  const result = await Promise.race([answer, tooLate])
  clearTimeout(timer)
  return result
}

/** One connection that listens on every channel and comes back by itself. */
class Listeners {
  readonly #config: pg.ClientConfig
  readonly #log: FastifyBaseLogger
  readonly #channels = new Map<string, (payload: string | null) => void>()
  #client: pg.Client | undefined
  #closed = false
  #retry: NodeJS.Timeout | undefined

  constructor(config: pg.ClientConfig, log: FastifyBaseLogger) {
    this.#config = config
    this.#log = log
  }

  get connections(): number {
    return this.#client ? 1 : 0
  }

  add(channel: string, heard: (payload: string | null) => void): void {
    this.#channels.set(channel, heard)
    if (this.#client) void this.#client.query(`LISTEN ${channel}`).catch(() => undefined)
    else if (this.#channels.size === 1) void this.#connect()
  }

  async #connect(): Promise<void> {
    if (this.#closed) return
    const client = new pg.Client({ ...this.#config, statement_timeout: 0 })
    const lost = (error?: Error) => {
      if (this.#client === client) this.#client = undefined
      client.removeAllListeners('end')
      void client.end().catch(() => undefined)
      if (this.#closed || this.#retry) return
      this.#log.warn({ reason: error?.message }, 'listening to the database broke off and is tried again')
      this.#retry = setTimeout(() => {
        this.#retry = undefined
        void this.#connect()
      }, 250)
    }
    client.on('error', lost)
    client.on('end', lost)
    client.on('notification', ({ channel, payload }) => this.#channels.get(channel)?.(payload ?? ''))
    try {
      await client.connect()
      this.#client = client
      for (const [channel, heard] of this.#channels) {
        await client.query(`LISTEN ${channel}`)
        heard(null)
      }
    } catch (error) {
      lost(error as Error)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    await this.#client?.end().catch(() => undefined)
  }
}

/**
 * Brings the schema up to date. Several services may call it at once: one works, the others wait for it.
 * @throws Error that names the folder when it holds no migrations.
 */
export async function migrate(
  databaseUrl: string,
  schema: string,
  folder: string,
  log: FastifyBaseLogger,
): Promise<void> {
  const files = await readdir(folder).catch(() => [])
  if (!files.some((file) => file.endsWith('.sql')))
    throw new Error(`No migrations in ${folder}. Set MIGRATIONS_DIR to the testbed's folder of migrations.`)
  await runner({
    databaseUrl,
    dir: folder,
    direction: 'up',
    schema,
    createSchema: true,
    migrationsTable: 'migrations',
    advisoryLockMode: 'wait',
    logger: {
      debug: (message) => log.debug(message),
      info: (message) => log.debug(message),
      warn: (message) => log.warn(message),
      error: (message) => log.error(message),
    },
  })
}

/** Waits until the database accepts statements. @throws the last error when it does not in time. */
export async function waitForDatabase(databaseUrl: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000 })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      await client.end().catch(() => undefined)
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
