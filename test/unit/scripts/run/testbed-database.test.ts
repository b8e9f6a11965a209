// The database of a testbed: where its address leads to, and that nobody else's is touched.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { partsOf } from '../../../../faults/parts.ts'
import type { Plan } from '../../../../lib/plan/plan.ts'
import { chooseTarget, parseTarget } from '../../../../lib/input/target.ts'
import { rawVariables, repeatCommand, variablesOf } from '../../../../scripts/commands/arguments.ts'
import { reachedByFaults, targetNotes, testbedNotes } from '../../../../scripts/run/reached.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import { databaseAddress } from '../../../../testbed/service/database-address.ts'
import { hostAndPort } from '../../../../testbed/service/ports.ts'

describe('the address of a database', () => {
  test.each([
    ['postgres://me:pw@127.0.0.1:5433/shop', '127.0.0.1', 5433],
    ['postgresql://db.example/shop', 'db.example', 5432],
    ['postgres://[::1]:5433/shop', '[::1]', 5433],
    // What the client connects to, whatever stands between the slashes.
    ['postgres://127.0.0.1/shop?host=db.example', 'db.example', 5432],
    ['postgres://127.0.0.1:1/shop?host=db.example&port=2', 'db.example', 2],
    ['postgres://127.0.0.1/shop?host=127.0.0.1&host=db.example', 'db.example', 5432],
    ['postgres://127.0.0.1@db.example/shop', 'db.example', 5432],
    ['postgres://127.0.0.1\\@db.example/shop', 'db.example', 5432],
    ['postgres://me@/shop?host=/run/postgresql', '/run/postgresql', 5432],
    ['postgres://%2Frun%2Fpostgresql/shop', '/run/postgresql', 5432],
  ])('%s leads to %s', (text, host, port) => {
    vi.stubEnv('PGHOST', 'elsewhere.example')
    vi.stubEnv('PGPORT', '9')
    vi.stubEnv('PGDATABASE', 'other')
    const address = databaseAddress(text)
    expect(address).toMatchObject({ host, port, database: 'shop' })
    // Written out, it leads there as well.
    expect(databaseAddress(address.url)).toEqual(address)
    vi.unstubAllEnvs()
  })

  test.each([
    ['postgres:///shop', 'it names no host'],
    ['postgres://me:secret@/shop', 'expected an address like'],
    ['postgres://me:secret@one.example,two.example/shop', 'neither one name'],
    ['postgres://me:secret@127.0.0.1/shop?host=one.example,two.example', 'neither one name'],
    ['postgres://me:secret@127.0.0.1', 'it names no database'],
    ['postgres://me:secret@127.0.0.1/', 'it names no database'],
    ['postgres://me:secret@127.0.0.1/shop?application_name=shop', 'the parameter application_name'],
    ['postgres://me:secret@127.0.0.1/shop?options=-csearch_path=x', 'the parameter options'],
    ['postgres://me:secret@127.0.0.1/shop?user=secret', 'the parameter user'],
    ['postgres://me:secret@127.0.0.1/shop?sslrootcert=/not/there', 'its TLS settings'],
    ['http://me:secret@127.0.0.1/shop', 'expected an address like'],
  ])('%s is refused, and not shown', (text, why) => {
    vi.stubEnv('PGHOST', 'elsewhere.example')
    let message = 'it was taken'
    try {
      databaseAddress(text)
    } catch (error) {
      ;({ message } = error as Error)
    }
    vi.unstubAllEnvs()
    expect(message).toContain(why)
    expect(message).not.toBe('it was taken')
    expect(message).not.toContain('secret')
  })

  test('of a socket is none that a proxy could stand in the way of', () =>
    expect(() => hostAndPort(new URL(databaseAddress('postgres://me@/shop?host=/run').url))).toThrow(
      'no fault can be done to a connection by a socket',
    ))
})

describe("the testbed's database", () => {
  const ours = 'TESTBED_DATABASE_URL'
  const shop = 'postgres://me:hunter2@db.example/shop'

  test('is never the one of DATABASE_URL, and that is said', () => {
    expect(variablesOf(rawVariables([], { DATABASE_URL: shop }))).toEqual({})
    expect(testbedNotes('assay_any', {}, { DATABASE_URL: shop })).toEqual([
      'DATABASE_URL of the environment is not used; the testbed takes its own Postgres, or the one of TESTBED_DATABASE_URL',
    ])
    expect(testbedNotes('assay_any', {}, {})).toEqual([])
  })

  test('is refused as DATABASE_URL= with the name of the right variable', () => {
    const given = () => rawVariables([`DATABASE_URL=${shop}`], {})
    expect(given).toThrow(WrongUse)
    expect(given).toThrow('write TESTBED_DATABASE_URL=')
    expect(given).not.toThrow('hunter2')
  })

  test('is announced without its password, and confirmed where it is on another machine', () => {
    expect(
      testbedNotes(
        'assay_any',
        { [ours]: 'postgres://me:hunter2@127.0.0.1:5433/shop' },
        { DATABASE_URL: shop },
      ),
    ).toEqual([
      'testbed: uses the database "shop" on 127.0.0.1:5433, schema assay_any (TESTBED_DATABASE_URL)',
    ])
    expect(
      testbedNotes('assay_any', { [ours]: 'postgres://me@/shop?host=/run/postgresql' }, {})[0],
    ).toContain('"shop" on /run/postgresql:5432')
    const unconfirmed = () => testbedNotes('assay_any', { [ours]: shop }, {})
    expect(unconfirmed).toThrow(WrongUse)
    expect(unconfirmed).toThrow('TESTBED_DATABASE_URL leads to db.example, which is not on loopback')
    expect(unconfirmed).toThrow('Confirm with CONFIRM=db.example')
    expect(unconfirmed).not.toThrow('hunter2')
    expect(() => testbedNotes('assay_any', { [ours]: shop, CONFIRM: 'db' }, {})).toThrow(
      'CONFIRM=db,db.example',
    )
    expect(testbedNotes('assay_any', { [ours]: shop, CONFIRM: 'db.example' }, {})[0]).toContain(
      '"shop" on db.example:5432',
    )
  })

  test('is confirmed by the host that the client connects to', () =>
    expect(() =>
      testbedNotes(
        'assay_any',
        { [ours]: 'postgres://127.0.0.1/shop?host=db.example', CONFIRM: '127.0.0.1' },
        {},
      ),
    ).toThrow('Confirm with CONFIRM=127.0.0.1,db.example'))

  test('is not in the command that repeats a run', () =>
    expect(repeatCommand({ SEED: 7, [ours]: shop })).toBe('./assay run SEED=7'))
})

describe("somebody's own target", () => {
  const plan = { faults: [{}], credentials: { enrol: 'A', client: 'B' } } as unknown as Plan
  const parts = partsOf({
    links: {
      a: {
        control: 'http://proxy.example',
        proxy: 'a',
        through: 'http://127.0.0.1',
        around: 'http://127.0.0.1',
      },
    },
    databases: { pool: { url: 'POOL_DATABASE_URL' } },
  })
  const url = 'postgres://me:hunter2@127.0.0.1/shop?host=db.example&options=-cx=y'

  test('has its database confirmed by the host that the client connects to', async () => {
    const reached = await reachedByFaults(parts, plan, { POOL_DATABASE_URL: url })
    expect(reached.map(({ field, host }) => [field, host])).toEqual([
      ['links.a.control of the target file', 'proxy.example'],
      ['links.a.through of the target file', '127.0.0.1'],
      ['links.a.around of the target file', '127.0.0.1'],
      ['databases.pool.url of the target file (POOL_DATABASE_URL)', 'db.example'],
    ])
    await expect(
      reachedByFaults(parts, plan, { POOL_DATABASE_URL: `${url}&application_name=x` }),
    ).rejects.toThrow('(POOL_DATABASE_URL): the parameter application_name')
  })

  test.each([
    ['echo \'{"clusters":[{"cluster":{"server":"https://10.1.2.3:6443"}}]}\'', '10.1.2.3'],
    ['echo \'{"clusters":[{"cluster":{"server":"https://127.0.0.1:6443"}}]}\'', '127.0.0.1'],
    // Within a cluster, and where nothing is set up, the client finds its way by itself.
    ['echo \'{"clusters":null}\'', 'kubernetes'],
    ['exit 1', 'kubernetes'],
    [null, 'kubernetes'],
  ])('has its cluster confirmed: kubectl says %s', async (answer, host) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'assay-kubectl-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const said = `#!/bin/sh\ncase "$*" in "config view --minify --output json") ${answer};; *) exit 9;; esac\n`
    if (answer !== null) await writeFile(path.join(folder, 'kubectl'), said, { mode: 0o755 })
    vi.stubEnv('PATH', folder)
    const selectors = { a: { namespace: 'pool', health: 'http://127.0.0.1:1' } }
    const reached = await reachedByFaults(partsOf({ selectors }), plan, {})
    vi.unstubAllEnvs()
    expect(reached.map((one) => one.host)).toEqual(['127.0.0.1', host])
    expect(reached[1]?.deed).toContain('pods of the cluster')
  })

  test('has nothing but its own addresses reached by a plan without faults', async () =>
    expect(await reachedByFaults(parts, { ...plan, faults: [] }, { POOL_DATABASE_URL: url })).toEqual([]))

  test('is told which requests carry no token', () => {
    const TARGET = 'mine.json'
    const read = '{"baseUrl":"http://127.0.0.1:1","credentials":{"client":"MINE"}}'
    const target = parseTarget(read, TARGET, plan.credentials)
    expect(targetNotes(target, plan, { TARGET })).toEqual([
      'target: http://127.0.0.1:1',
      'mine.json names no credential for enrol: these requests carry no token',
    ])
    const bare = chooseTarget({ BASE_URL: 'http://127.0.0.1:1' }, plan, () => '')
    expect(targetNotes(bare, plan, {})).toEqual(['target: http://127.0.0.1:1'])
  })
})
