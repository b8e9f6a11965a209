// What happens inside a database: its connections are ended, its tables are locked for a part of every second, a row is
// locked for the whole time. All of it by a session of its own, and gone when that session is.
import { setTimeout as pause } from 'node:timers/promises'
import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { connected, ended } from '../database-session.ts'
import { amount, kindOf, type Driver, type FaultSpec } from '../fault.ts'
import type { DatabasePart } from '../parts.ts'

const kinds = { terminate: [], slow: [], 'hot-row': [] } as const
type Spec = FaultSpec<DatabasePart>

/** By it our sessions are known to whoever looks at the database; each fault's has a name of its own behind it. */
const application = 'assay-fault'
const sessionOf = ({ before }: Spec): string => before?.['session'] ?? application
const oftenMs = 250

/** A session that is at work, by the fault's id, and how it is ended. */
const atWork = new Map<string, () => Promise<void>>()

const table = ({ id, settings }: Spec): string => {
  const name = String(settings['table'] ?? '')
  if (/^[a-z_]+(\.[a-z_]+)?$/.test(name)) return name
  throw new Error(`the fault "${id}" needs the name of a table, and has "${name}"`)
}

/** The oldest row, whatever its columns are. */
const firstRow = (spec: Spec): string =>
  `SELECT 1 FROM ${table(spec)} WHERE ctid = (SELECT min(ctid) FROM ${table(spec)})`

/** Repeats a deed until it is told to stop; one that fails is tried again. */
function repeat(deed: () => Promise<unknown>, everyMs: number): () => Promise<void> {
  let ended = false
  const loop = (async () => {
    while (!ended) {
      await deed().catch(() => undefined)
      await pause(everyMs)
    }
  })()
  return async () => {
    ended = true
    await loop
  }
}

/** Sessions of whoever the target file names, and of nobody else who uses the database. */
const named = `
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
  AND starts_with(application_name, $1) AND application_name NOT LIKE '${application}%'`

const terminated = `SELECT pg_terminate_backend(pid) ${named}`
const counted = `SELECT pid, 1000 * extract(epoch FROM clock_timestamp() - backend_start)::float8 AS "ageMs" ${named}`

/** Of everybody but us. */
const others = `
FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND application_name NOT LIKE '${application}%'`

async function sessionsThere({ part: { sessions } }: Spec, client: pg.Client): Promise<number> {
  const [text, values] = sessions === undefined ? [others, []] : [named, [sessions]]
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) ${text}`, values)
  return Number(rows[0]?.count)
}

/** @throws Error that says which field is missing: without it everybody's sessions would be meant. */
function sessionsIn({ part, target }: Spec): string {
  if (part.sessions !== undefined && part.sessions !== '') return part.sessions
  throw new Error(
    `the target file does not say whose sessions of ${target} may be ended: give databases.${target}.sessions, what their application_name begins with`,
  )
}

/** What the session does again and again. */
async function work(spec: Spec, client: pg.Client): Promise<() => Promise<void>> {
  switch (kindOf(spec, kinds)) {
    case 'terminate':
      await client.query(terminated, [sessionsIn(spec)])
      return repeat(() => client.query(terminated, [sessionsIn(spec)]), amount(spec, 'everyMs'))
    case 'slow': {
      const heldMs = amount(spec, 'heldMs')
      const hold = async () => {
        await client.query(
          `BEGIN; SET LOCAL lock_timeout = '2s'; LOCK TABLE ${table(spec)} IN ACCESS EXCLUSIVE MODE`,
        )
        await client.query(`SELECT pg_sleep(${heldMs / 1000})`)
        await client.query('COMMIT')
      }
      const safely = () =>
        hold().catch(async (error: Error) => {
          await client.query('ROLLBACK')
          throw error
        })
      return repeat(safely, oftenMs)
    }
    case 'hot-row':
      await client.query(`BEGIN; SET LOCAL lock_timeout = '2s'; ${firstRow(spec)} FOR UPDATE`)
      return async () => void (await client.query('ROLLBACK'))
  }
}

interface Reading {
  /** How many sessions there are of those that the target file names, or else of anybody but us. */
  sessions: number
  /** How many first rows the table has, which is one, or none. */
  rows: number
  /** Pids of the backends that serve the named sessions; looked at only where these are ended. */
  backends: number[]
  /** How long the oldest of them is there, in ms. */
  oldestMs: number
  /** How long the slowest of some small queries on the table took; Infinity when it was given up. */
  queryMs: number
  /** How many of its first row, which is one, somebody holds. */
  heldRows: number
}

const patienceMs = 1500
/** Queries of one look come this far apart. */
const queryEveryMs = 20
/** A backend that is so much older than the time between two rounds has been spared. */
const sparedMs = 500

/** As errors call it: the field, and the variable that it names. */
const addressOf = ({ part, target }: Spec): string => `databases.${target}.url (${part.url})`

/** Postgres' codes for a name that is not there, or that one may not use. */
const isWrongName = (error: unknown): boolean => /^(42|3F)/.test((error as { code?: string }).code ?? '')

async function read(spec: Spec, url: string): Promise<Reading> {
  const client = await connected(url, `${application}-probe`).catch((error: Error) => {
    throw new Error(`${addressOf(spec)}: ${error.message}`)
  })
  try {
    return await readBy(client, spec)
  } catch (error) {
    if (!isWrongName(error)) throw error
    throw new Error(
      `the fault "${spec.id}" needs ${spec.settings['table']} in ${addressOf(spec)}: ${(error as Error).message}`,
    )
  } finally {
    await ended(client)
  }
}

async function readBy(client: pg.Client, spec: Spec): Promise<Reading> {
  const sessions = await sessionsThere(spec, client)
  const reading: Reading = { sessions, rows: 0, backends: [], oldestMs: 0, queryMs: 0, heldRows: 0 }
  const kind = kindOf(spec, kinds)
  if (kind === 'terminate') {
    const { rows } = await client.query<{ pid: number; ageMs: number }>(counted, [sessionsIn(spec)])
    const oldestMs = Math.max(0, ...rows.map(({ ageMs }) => ageMs))
    return { ...reading, backends: rows.map(({ pid }) => pid), oldestMs }
  }
  await client.query(`SET lock_timeout = ${patienceMs}`)
  if (kind === 'hot-row') {
    const found = await client.query<{ all: string; free: string }>(
      `SELECT (SELECT count(*) FROM (${firstRow(spec)}) AS one) AS all,
           (SELECT count(*) FROM (${firstRow(spec)} FOR UPDATE SKIP LOCKED) AS one) AS free`,
    )
    const rows = Number(found.rows[0]?.all)
    return { ...reading, rows, heldRows: rows - Number(found.rows[0]?.free) }
  }
  // For as long as it takes from one lock to the next.
  const until = performance.now() + amount(spec, 'heldMs') + oftenMs
  let queryMs = 0
  while (performance.now() < until) {
    queryMs = Math.max(queryMs, await queried(client, spec))
    await pause(queryEveryMs)
  }
  return { ...reading, queryMs }
}

/** How long a small query takes, in ms. */
async function queried(client: pg.Client, spec: Spec): Promise<number> {
  const began = performance.now()
  const answered = await client.query(`SELECT 1 FROM ${table(spec)} LIMIT 1`).then(
    () => true,
    (error: unknown) => {
      if (isWrongName(error)) throw error
      return false
    },
  )
  return answered ? performance.now() - began : Infinity
}

/** What only load brings: sessions, and a row. */
function absent(spec: Spec, { sessions, rows }: Reading): string | null {
  const { part, target } = spec
  if (sessions === 0)
    return part.sessions === undefined
      ? `nobody is connected to ${addressOf(spec)}: is it the database in use?`
      : `${addressOf(spec)} has no session whose application_name begins with databases.${target}.sessions ("${part.sessions}")`
  const isEmpty = spec.settings['kind'] === 'hot-row' && rows === 0
  return isEmpty ? `${table(spec)} in ${addressOf(spec)} has no row that could be locked` : null
}

export default {
  on: 'databases',
  kinds,
  check(spec) {
    const kind = kindOf(spec, kinds)
    if (kind === 'terminate') {
      amount(spec, 'everyMs')
      sessionsIn(spec)
    } else table(spec)
    if (kind === 'slow') amount(spec, 'heldMs')
  },
  remember: async () => ({ session: `${application}-${randomBytes(6).toString('hex')}` }),
  async inject(spec, { secret }) {
    const client = await connected(secret(spec.part.url), sessionOf(spec))
    try {
      const stop = await work(spec, client)
      atWork.set(spec.id, async () => {
        // What is at work ends with its session in any case.
        await stop().catch(() => undefined)
        await ended(client)
      })
    } catch (error) {
      await ended(client)
      throw error
    }
  },
  // Of a keeper that died nothing is left: its sessions ended with it.
  async clear({ id }) {
    const end = atWork.get(id)
    atWork.delete(id)
    await end?.()
  },
  probe(spec, { secret }) {
    const kind = kindOf(spec, kinds)
    const isSlow = ({ queryMs }: Reading): boolean => queryMs > amount(spec, 'heldMs') / 3
    const areYoung = ({ oldestMs }: Reading): boolean => oldestMs <= amount(spec, 'everyMs') + sparedMs
    const text = ({ backends, queryMs, heldRows }: Reading): string => {
      if (kind === 'terminate') return `${backends.length} connections`
      if (kind === 'hot-row') return `${heldRows} rows held`
      return Number.isFinite(queryMs) ? `${queryMs.toFixed(1)} ms` : 'no answer'
    }
    return {
      what: kind === 'terminate' ? 'which connections are served' : `a small query on ${table(spec)}`,
      look: async () => read(spec, secret(spec.part.url)),
      text,
      unwell: (reading, underLoad) => {
        const isHit = kind === 'hot-row' ? reading.heldRows > 0 : kind === 'slow' && isSlow(reading)
        if (isHit)
          return `${table(spec)} in ${addressOf(spec)} is locked before anything is done to it: ${text(reading)}`
        return underLoad ? absent(spec, reading) : null
      },
      bites: (before, now) => {
        // All of those that were there are gone, whoever has come since.
        if (kind === 'terminate') return !before.backends.some((pid) => now.backends.includes(pid))
        return kind === 'hot-row' ? now.heldRows > 0 : isSlow(now)
      },
      // Those that were there before never come back.
      ...(kind === 'terminate' ? { lasts: (_before: Reading, now: Reading) => areYoung(now) } : {}),
      heals: (_before, now) => {
        // Terminated again and again, no backend gets older than the time between.
        if (kind === 'terminate') return !areYoung(now)
        return kind === 'hot-row' ? now.heldRows === 0 : !isSlow(now)
      },
    }
  },
  async residue(spec, { secret }) {
    const client = await connected(secret(spec.part.url), `${application}-probe`)
    try {
      const { rows } = await client.query<{ count: string }>(
        `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`,
        [sessionOf(spec)],
      )
      const count = Number(rows[0]?.count)
      return count === 0 ? [] : [`${count} database sessions of ours`]
    } finally {
      await ended(client)
    }
  },
} satisfies Driver<DatabasePart, Reading>
