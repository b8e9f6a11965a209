// Whom a run may reach, and with which tokens: nothing goes to a host that nobody named.
import { describe, expect, test } from 'vitest'
import { hostOf, isLoopback } from '../../../../lib/input/address.ts'
import { faultAddresses } from '../../../../lib/input/confirmation.ts'
import { readVariables } from '../../../../lib/input/variables.ts'
import {
  ceilingOf,
  checkConfirmed,
  checkCredentials,
  checkEndpoints,
  chooseTarget,
  parseTarget,
} from '../../../../lib/input/target.ts'

/** The variables of a system whose requests need two tokens. */
const standard = { enrol: 'POOL_ENROL_TOKEN', client: 'POOL_CLIENT_TOKEN' }
const fileOf = (more: object) => JSON.stringify({ baseUrl: 'http://127.0.0.1:8080', ...more })
const parsed = (more: object) => parseTarget(fileOf(more), 'mine.json', standard)

describe('an address', () => {
  test.each([
    ['http://127.0.0.1:8080', true],
    ['http://localhost', true],
    ['http://[::1]:80', true],
    ['http://127.255.0.9/', true],
    ['http://127.0.0.1.evil.example', false],
    ['http://localhost.evil.example', false],
    ['https://pool.example', false],
    // Where k6 and Node would go to different places, or ask a name server, nobody knows whose machine it is.
    ['http://127.0.0.010', false],
    ['http://127.0.0.999', false],
    ['http://127.1', false],
    ['http://0x7f000001', false],
    ['http://2130706433', false],
    ['http://0.0.0.0', false],
    ['http://localhost.', false],
    ['http://LOCALHOST', false],
    ['http://[0:0:0:0:0:0:0:1]', false],
    ['http://[::ffff:127.0.0.1]', false],
  ])('%s is loopback: %s', (address, expected) => expect(isLoopback(address)).toBe(expected))

  test.each([
    'http://user@evil.example',
    'http://127.0.0.1:80@evil.example/',
    'http://127.0.0.1\\@evil.example/',
    'http://127.0.0.1\\.evil.example/',
    'http://127.0.0.1/\\evil.example',
    'http://127。0。0。1',
    'http://%31%32%37.0.0.1',
    'http://127.0.0.1#@evil.example',
    'http://127.0.0.1,evil.example/',
  ])('%s is refused, because readers of addresses differ about it', (address) =>
    expect(() => hostOf(address)).toThrow('expected an address like'),
  )
})

describe('credentials', () => {
  test('are names of variables, never values', () =>
    expect(() => parsed({ credentials: { client: 's3cret' } })).toThrow(
      'credentials.client must be the name of a variable',
    ))

  test('of a use that the system does not have are an error that lists those that it has', () =>
    expect(() => parsed({ credentials: { enroll: 'STAGING_ENROL' } })).toThrow(
      'mine.json: unknown use credentials.enroll; valid: enrol, client',
    ))

  test('that the file does not name are none: no token of another target is sent', () => {
    expect(parsed({}).credentials).toEqual({})
    const own = parsed({ credentials: { client: 'STAGING_CLIENT' } })
    expect(own.credentials).toEqual({ client: 'STAGING_CLIENT' })
    const read = () => fileOf({ credentials: { client: 'STAGING_CLIENT' } })
    const both = chooseTarget(
      { TARGET: 'mine.json', BASE_URL: 'http://127.0.0.1:9' },
      { credentials: standard },
      read,
    )
    expect(both).toMatchObject({
      baseUrl: 'http://127.0.0.1:9',
      credentials: { client: 'STAGING_CLIENT' },
    })
  })

  test('of an address without a file are the usual ones of the system', () =>
    expect(
      chooseTarget({ BASE_URL: 'http://127.0.0.1:9' }, { credentials: standard }, () => '').credentials,
    ).toEqual(standard))

  test('that a file names must be set', () => {
    const variables = { TARGET: 'mine.json' }
    const target = parsed({ credentials: { client: 'STAGING_CLIENT' } })
    expect(() => checkCredentials(target, variables, {})).toThrow(
      'mine.json names the credential STAGING_CLIENT; set it in the environment',
    )
    expect(() => checkCredentials(target, variables, { STAGING_CLIENT: 'x' })).not.toThrow()
  })

  test('of an address must be set, if only to nothing', () => {
    const variables = { BASE_URL: 'http://127.0.0.1:9' }
    const bare = chooseTarget(variables, { credentials: standard }, () => '')
    const [client, enrol] = [standard['client']!, standard['enrol']!]
    expect(() => checkCredentials(bare, variables, { [enrol]: 'x' })).toThrow(
      `the credential ${client} (client) is not set; set it in the environment, to nothing where the target wants no token`,
    )
    expect(() => checkCredentials(bare, variables, { [enrol]: 'x', [client]: '' })).not.toThrow()
  })

  test('are no variables of our own', () =>
    expect(() => parsed({ credentials: { client: 'BASE_URL' } })).toThrow(
      'credentials.client names BASE_URL, which is a setting of the run',
    ))
})

describe('a target file', () => {
  test('with an unknown field is refused', () =>
    expect(() => parseTarget('{"baseurl":"http://a"}', 'mine.json', {})).toThrow('unknown field baseurl'))
  test('says of a service how many processors it may use, where that is not all of the machine', () => {
    const services = [{ name: 'store', cores: 0.5, health: 'http://a' }, { name: 'front' }]
    expect(parsed({ services }).services).toEqual([{ name: 'store', cores: 0.5 }, { name: 'front' }])
    expect(parsed({}).services).toEqual([])
  })
  test.each<[unknown, string]>([
    [{ store: 1 }, 'services must be a list'],
    [['store'], 'services[0] must be an object with a name; got "store"'],
    [[{ cores: 1 }], 'services[0] must be an object with a name'],
    [[{ name: 'a' }, { name: 'b', cores: 0 }], 'services[1].cores must be how many processors b may use'],
    [[{ name: 'a', cores: '2' }], 'a number over 0 such as 1 or 0.5; got "2"'],
    [[{ name: 'a' }, { name: 'a' }], 'services name "a" twice'],
  ])('whose services are %j is refused', (services, why) => expect(() => parsed({ services })).toThrow(why))
  test('has addresses as endpoints', () => {
    expect(parsed({ endpoints: { chain: 'http://b/api/v2' } }).endpoints).toEqual({
      chain: 'http://b/api/v2',
    })
    expect(() => parsed({ endpoints: { chain: 7 } })).toThrow('mine.json: endpoints.chain is no address')
    expect(() => parsed({ endpoints: { chain: 'b' } })).toThrow('mine.json: endpoints.chain')
  })
  test('says that nobody else uses it, or does not', () => {
    expect([parsed({}).alone, parsed({ alone: true }).alone]).toEqual([false, true])
    for (const alone of ['yes', 1, null])
      expect(() => parsed({ alone })).toThrow(
        'mine.json: alone must be true where nobody else uses the target',
      )
    const plan = { credentials: {} }
    expect(chooseTarget({ BASE_URL: 'http://127.0.0.1:1' }, plan, () => '').alone).toBe(false)
    // What the runner says of the testbed that it has started.
    expect(chooseTarget({ BASE_URL: 'http://127.0.0.1:1', ALONE: true }, plan, () => '').alone).toBe(true)
    const { alone } = chooseTarget({ TARGET: 'mine.json' }, plan, () => fileOf({ alone: true }))
    expect(alone).toBe(true)
  })
  test('is wanted, or an address', () =>
    expect(() => chooseTarget({}, { credentials: {} }, () => '')).toThrow('BASE_URL='))
})

describe('a host that is not on loopback', () => {
  const pool = chooseTarget({ BASE_URL: 'https://pool.example' }, { credentials: {} }, () => '')

  test('wants its name as confirmation', () => {
    expect(() => checkConfirmed(pool, 100, {})).toThrow('CONFIRM=pool.example')
    expect(() => checkConfirmed(pool, 100, { CONFIRM: 'pool.exampel' })).toThrow('CONFIRM is "pool.exampel"')
    expect(() => checkConfirmed(pool, 100, { CONFIRM: 'pool.example' })).not.toThrow()
    expect(() => checkConfirmed(pool, 100, { CONFIRM: 'other.example, Pool.Example' })).not.toThrow()
    expect(() => checkConfirmed(pool, 3000, { CONFIRM: 'pool.example' })).toThrow('over the ceiling of 2000')
  })
  test.each(['pool', 'pool.example.org', 'https://pool.example', '*', 'example'])(
    'is not confirmed by %s',
    (CONFIRM) => expect(() => checkConfirmed(pool, 100, { CONFIRM })).toThrow('is not on loopback'),
  )

  test('gets 2,000 requests a second at the most, and this machine what the plan needs, where nobody says otherwise', () => {
    const here = chooseTarget({ BASE_URL: 'http://localhost:8080' }, { credentials: {} }, () => '')
    const elsewhere = { ...here, endpoints: { chain: 'http://chain.example' } }
    expect([pool, elsewhere, here].map((target) => ceilingOf(target, 9000, {}))).toEqual([2000, 2000, 18_000])
    expect([ceilingOf(here, 300, {}), ceilingOf(here, 9000, { CEILING: 500 })]).toEqual([2000, 500])
    expect(() => checkConfirmed(here, 9000, {})).not.toThrow()
    expect(() => checkConfirmed(here, 9000, { CEILING: 500 })).toThrow('over the ceiling of 500')
  })

  test('is asked for whoever it is of: the chain', () => {
    const variables = { BASE_URL: 'http://127.0.0.1:8080' }
    const plan = { credentials: {}, endpoints: { chain: 'https://chain.example/api/v2' } }
    const target = chooseTarget(variables, plan, () => '')
    expect(target.endpoints).toEqual({ chain: 'https://chain.example/api/v2' })
    expect(() => checkConfirmed(target, 100, {})).toThrow('CONFIRM=chain.example')
    expect(() => checkConfirmed(target, 100, { CONFIRM: 'pool.example,chain.example' })).not.toThrow()
    const { ENDPOINTS: all } = readVariables({ ENDPOINTS: '{"metrics":"http://metrics.example/"}' })
    const measured = chooseTarget({ ...variables, ENDPOINTS: all! }, plan, () => '')
    expect(measured.endpoints).toEqual({ ...target.endpoints, metrics: 'http://metrics.example' })
  })
})

describe('what faults are done to', () => {
  const local = 'http://127.0.0.1:1'
  const link = { control: local, proxy: 'a', through: local, around: local }
  const all = ['links', 'processes', 'chains', 'selectors'] as const
  const checked =
    (parts: object, kinds: readonly (typeof all)[number][] = all, CONFIRM?: string) =>
    () => {
      const target = parsed(parts)
      checkConfirmed(target, 1, CONFIRM === undefined ? {} : { CONFIRM }, faultAddresses(target, kinds))
    }

  test.each([
    ['links.a.control', { links: { a: { ...link, control: 'http://evil.example' } } }],
    ['links.a.through', { links: { a: { ...link, through: 'postgres://evil.example:5432' } } }],
    ['links.a.around', { links: { a: { ...link, around: 'http://evil.example/x?y' } } }],
    ['processes.b.health', { processes: { b: { health: 'http://evil.example/health' } } }],
    ['processes.b.segments', { processes: { b: { health: local, segments: 'http://evil.example/' } } }],
    ['chains.c.control', { chains: { c: { control: 'http://evil.example', token: 'X' } } }],
    ['selectors.d.health', { selectors: { d: { namespace: 'n', health: 'grpc://evil.example:50051' } } }],
  ])('is confirmed like the base address: %s', (field, parts) => {
    expect(checked(parts)).toThrow(`${field} of the target file leads to evil.example`)
    expect(checked(parts)).toThrow('Confirm with CONFIRM=evil.example')
    expect(checked(parts, all, 'evil.example')).not.toThrow()
    expect(checked(parts, all, 'evil')).toThrow('CONFIRM=evil,evil.example')
  })

  test('is asked for only where the run would reach it', () =>
    expect(
      checked({ processes: { b: { health: 'http://evil.example' } } }, ['links', 'selectors']),
    ).not.toThrow())

  test('is asked for all at once', () => {
    const parts = { links: { a: { ...link, control: 'http://one.example', through: 'http://two.example' } } }
    expect(checked(parts)).toThrow('Confirm with CONFIRM=one.example,two.example')
  })

  test.each([
    ['http://user:secret@evil.example/'],
    ['http://127.0.0.1\\@evil.example'],
    [['http://evil.example']],
    [7],
  ])('is refused where its address is none: %j', (control) =>
    expect(checked({ links: { a: { ...link, control } } })).toThrow('links.a.control of the target file'),
  )

  test('is an object by name', () => {
    expect(checked({ links: { a: 'http://evil.example' } })).toThrow('links.a of the target file')
    expect(checked({ links: ['x'] })).toThrow('links of the target file')
  })
})

test('endpoints are those that the system asks for', () => {
  const known = { chain: 'where payments are made' }
  const endpoints = { chian: 'http://127.0.0.1:9' }
  expect(() => checkEndpoints({ endpoints }, known)).toThrow(
    'unknown field endpoints.chian; valid: chain (where payments are made)',
  )
  expect(() => checkEndpoints({ endpoints }, {})).toThrow(
    'none, for this system has no endpoint besides baseUrl',
  )
  expect(() => checkEndpoints({ endpoints: { chain: 'http://127.0.0.1:9' } }, known)).not.toThrow()
})
