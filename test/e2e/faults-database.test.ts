// What can be done inside a database, by a session of its own: each fault bites, heals, and leaves no session behind.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lived, ownActions, specOf } from './fault-setup.ts'
import { startPostgres } from '../services.ts'

let postgres: Awaited<ReturnType<typeof startPostgres>>
let pool: pg.Pool
/** Of somebody who has nothing to do with the fault. */
let shop: pg.Client
/** What the pool's sessions are known by. */
const sessions = 'mine-'
const secrets: Record<string, string> = {}

beforeAll(async () => {
  postgres = await startPostgres()
  secrets['DATABASE'] = postgres.databaseUrl
  pool = new pg.Pool({
    connectionString: postgres.databaseUrl,
    max: 3,
    application_name: `${sessions}pool`,
  })
  pool.on('error', () => {})
  shop = new pg.Client({ connectionString: postgres.databaseUrl, application_name: 'shop' })
  shop.on('error', () => {})
  await shop.connect()
  await pool.query('CREATE TABLE rows (id int); INSERT INTO rows SELECT generate_series(1, 10)')
}, 60_000)
afterAll(async () => {
  await pool.end()
  await shop.end()
  await postgres.stop()
})

describe('a database', () => {
  test.each([
    [{ kind: 'terminate', everyMs: 200 }, /connections/],
    [{ kind: 'slow', table: 'rows', heldMs: 400 }, /\d+\.\d ms/],
    [{ kind: 'hot-row', table: 'rows' }, /^1 rows held$/],
  ])(
    '%o',
    async (settings, during) => {
      const isThere = `SELECT pid FROM pg_stat_activity WHERE application_name = 'shop'`
      const before = await pool.query(isThere)
      expect(before.rows).toHaveLength(1)
      // Somebody is there all the time, and comes back.
      const busy = setInterval(() => void pool.query('SELECT pg_sleep(0.05)').catch(() => undefined), 20)
      const { verdict } = await lived(
        specOf('database', { url: 'DATABASE', sessions }, settings as never),
        ownActions('database', secrets),
        { secrets },
      )
      clearInterval(busy)
      expect(verdict).toMatchObject({ bite: true, healed: true, residue: [], problem: null })
      expect(verdict.effect?.during).toMatch(during)
      const { rows } = await pool.query(
        `SELECT count(*)::int AS left FROM pg_stat_activity WHERE application_name LIKE 'assay-fault%'`,
      )
      expect(rows).toEqual([{ left: 0 }])
      expect((await pool.query(isThere)).rows, "somebody else's session").toEqual(before.rows)
    },
    30_000,
  )

  test.each([
    [
      { kind: 'slow', table: 'no_such', heldMs: 400 },
      {},
      'needs no_such in databases.it.url (DATABASE): relation',
    ],
    [{ kind: 'hot-row', table: 'no_such' }, {}, 'needs no_such in databases.it.url (DATABASE): relation'],
    [
      { kind: 'terminate', everyMs: 200 },
      { sessions: 'theirs-' },
      'no session whose application_name begins with databases.it.sessions ("theirs-")',
    ],
    [{ kind: 'slow', table: 'rows', heldMs: 400 }, { sessions: 'theirs-' }, 'databases.it.sessions'],
  ])('that is not the one in use is left alone: %o', async (settings, more, why) => {
    const part = { url: 'DATABASE', sessions, ...more }
    const fault = specOf('database', part, settings as never)
    const { verdict } = await lived(fault, ownActions('database', secrets), { secrets })
    expect(verdict).toMatchObject({ bite: false, healed: true, heal_ms: null })
    expect(verdict.problem).toContain(why)
  })

  test('whose address nobody gave is not disturbed', async () => {
    const { verdict } = await lived(
      specOf('database', { url: 'DATABASE', sessions }, { kind: 'terminate', everyMs: 200 }),
      ownActions('database'),
    )
    expect(verdict).toMatchObject({ bite: false, healed: true })
    expect(verdict.problem).toContain('the variable DATABASE is not set')
  })
})
