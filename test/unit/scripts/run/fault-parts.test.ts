// What is wrong with the parts of a target that a case disturbs is found before any load, and named by its field.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { partsOf } from '../../../../faults/parts.ts'
import type { Plan, PlannedFault } from '../../../../lib/plan/plan.ts'
import { checkFaultParts } from '../../../../scripts/run/fault-parts.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import { spec } from '../../faults/test-fault.ts'

let server: Server
let baseUrl = ''
let asked = 0
beforeAll(async () => {
  server = createServer((_, response) => {
    asked += 1
    response.end('fine')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Nobody listens there. */
const closed = 'http://127.0.0.1:9'
const fault = (driver: string, settings: PlannedFault['settings'], target = 'it'): PlannedFault => ({
  ...spec,
  driver,
  target,
  settings,
  start: 1,
})
const checked = (
  one: PlannedFault,
  target: object,
  {
    environment = {},
    endpoints = {},
    base = baseUrl,
    judged = {},
  }: {
    environment?: object
    endpoints?: Record<string, string>
    base?: string
    judged?: Partial<Pick<Plan, 'claimed' | 'required'>>
  } = {},
) =>
  checkFaultParts(
    { case: 'shop/F1', faults: [one], claimed: {}, required: [], ...judged },
    partsOf(target),
    { baseUrl: base, endpoints },
    { ...environment },
    { everyMs: 1 },
  )

async function expectRefused(check: Promise<void>, ...words: string[]): Promise<void> {
  const error: unknown = await check.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(WrongUse)
  for (const word of words) expect((error as Error).message).toContain(word)
}

describe('a link', () => {
  const partition = fault('toxiproxy', { kind: 'partition' })
  const linkOf = (through: string, more: object = {}) => ({
    links: { it: { control: closed, proxy: 'it', through, around: baseUrl, ...more } },
  })

  test('that the load does not use is refused, with the address in use', async () => {
    const heard = asked
    await expectRefused(
      checked(partition, linkOf('http://127.0.0.1:18080/health')),
      'the fault "test it" cannot be done to it: links.it.through (http://127.0.0.1:18080/health)',
      `is no address that the load uses, which is ${baseUrl}`,
    )
    // The port of https is another one than that of http.
    await expectRefused(
      checked(partition, linkOf('http://127.0.0.1/'), { base: 'https://127.0.0.1' }),
      'links.it',
    )
    expect(asked).toBe(heard)
  })

  test('at the base address, at one of the others, or between parts of the target is taken', async () => {
    const { port } = new URL(baseUrl)
    await checked(partition, linkOf(`http://localhost:${port}/health`))
    await checked(partition, linkOf(`${baseUrl}/x`), { endpoints: { chain: `${baseUrl}/api` }, base: closed })
    await checked(partition, linkOf(`${baseUrl}/x`, { internal: true }))
  })

  test('that no fault of the plan is done to may be anywhere', () =>
    checked(fault('toxiproxy', { kind: 'partition' }, 'clients'), linkOf(closed)))

  test('with a wrong port is refused', async () => {
    await expectRefused(
      checked(partition, linkOf('postgres://127.0.0.1:9')),
      'links.it.through (postgres://127.0.0.1:9) refuses connections',
    )
    await expectRefused(checked(partition, linkOf(baseUrl, { around: closed })), 'links.it.around')
    await expectRefused(checked(partition, linkOf(baseUrl, { around: 'https://127.0.0.1' })), 'looked at by')
  })
})

test('a part that is not as its fault needs it is refused by its field', async () => {
  const on = (part: object) => ({ processes: { it: { health: baseUrl, ...part } } })
  await expectRefused(
    checked(fault('process', { kind: 'kill' }), on({ pidFile: '/no/such' })),
    'processes.it.pidFile (/no/such) cannot be read',
  )
  await expectRefused(checked(fault('process', { kind: 'kill' }), on({})), 'has no processes.it.pidFile')
  await expectRefused(
    checked(fault('resource', { kind: 'cpu', workers: 1 }), on({})),
    'names no cgroup of it',
  )
  const databases = { it: { url: 'POOL', sessions: 'pool-' } }
  const slow = fault('database', { kind: 'slow', table: 'rows', heldMs: 100 })
  await expectRefused(
    checked(slow, { databases }),
    'databases.it.url names the variable POOL, which is not set',
  )
  await expectRefused(
    checked(slow, { databases }, { environment: { POOL: 'postgres://127.0.0.1:9/pool' } }),
    'databases.it.url (POOL): connect ECONNREFUSED',
  )
  const chains = { it: { control: closed, token: 'TOKEN' } }
  await expectRefused(
    checked(fault('chain', { kind: 'unavailable' }), { chains }, { environment: { TOKEN: 'x' } }),
    'chains.it.control (http://127.0.0.1:9/api/v2/getMasterchainInfo) does not answer',
  )
})

test('nothing is looked at where the target does not run: the run says that', () =>
  checked(
    fault('process', { kind: 'kill' }),
    { processes: { it: { pidFile: '/no/such', health: closed } } },
    { base: closed },
  ))

test('a case that is judged by its faults is refused where one has nothing to be done to', async () => {
  const bite: Plan['claimed'][string] = {
    text: '',
    source: '',
    rules: [{ judge: 'fault', of: 'bite', in: ['fault'], what: '' }],
  }
  const judged = { claimed: { bite }, required: ['bite'] }
  const kill = fault('process', { kind: 'kill' }, 'gateway')
  await expectRefused(
    checked(kill, {}, { judged }),
    `"${kill.id}" can be done to nothing: name processes.gateway in the target file, and give ALLOW_FAULTS=1`,
  )
  // What else it judges can be shown without them.
  await checked(kill, {}, { judged: { claimed: { bite }, required: [] } })
  await checked({ ...kill, byActors: { what: '', during: '', after: '' } }, {}, { judged })
})
