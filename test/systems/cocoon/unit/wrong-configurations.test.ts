// Everything that whoever calls it can get wrong: none of it is the target's failure, and none of it is a success. Each of
// these is refused before anything is sent. What only the target can show is in e2e/wrong-servers.test.ts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { rawVariables, variablesOf } from '../../../../scripts/commands/arguments.ts'
import { readManifest, scenarioOf, selections } from '../../../../scripts/run/plans.ts'
import { run } from '../../../../scripts/run/run.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import { environmentWith } from '../../../assay.ts'
import { startStubPool } from '../stub/server.ts'

/** Nobody listens there. */
const closed = 'http://127.0.0.1:9'
/** Looked for last, so that what is not refused before it starts nothing. */
const noK6 = 'K6=/no/such/k6'
let pool: Awaited<ReturnType<typeof startStubPool>>
let folder = ''
beforeAll(async () => {
  pool = await startStubPool()
  folder = await mkdtemp(path.join(tmpdir(), 'assay-wrong-'))
})
afterAll(async () => {
  await pool.close()
  await rm(folder, { recursive: true, force: true })
})
afterEach(() => void vi.unstubAllEnvs())

interface Wrong {
  args?: string[]
  /** The target file's fields beside baseUrl; a text is the whole file. */
  target?: object | string
  environment?: Record<string, string>
  says: string
}

/** A case that kills a process of the target, which the file has to name. */
const kill = ['CASE=cocoon/F2', 'ALLOW_FAULTS=1']
const linked = ['CASE=cocoon/F6', 'ALLOW_FAULTS=1']
const link = { control: closed, proxy: 'p', through: closed, around: closed }
const gateway = (more: object) => ({ processes: { gateway: { health: closed, ...more } } })

const refused: Record<string, Wrong> = {
  'an address without a scheme': { args: ['BASE_URL=pool:8080'], says: 'BASE_URL' },
  'an address with a password': { args: ['BASE_URL=http://me:secret@127.0.0.1:1'], says: 'without user' },
  'an address with a query': { args: ['BASE_URL=http://127.0.0.1:1/?a=b'], says: 'query' },
  'a host that nobody confirmed': { args: ['BASE_URL=http://pool.example'], says: 'CONFIRM=pool.example' },
  'a confirmation of another host': {
    args: ['BASE_URL=http://pool.example', 'CONFIRM=pool.exampel'],
    says: 'pool.exampel',
  },
  'a token that is not set': {
    target: { credentials: { client: 'WRONG_TEST_TOKEN' } },
    says: 'WRONG_TEST_TOKEN',
  },
  'a misspelt use of a token': { target: { credentials: { clinet: 'A_TOKEN' } }, says: 'credentials.clinet' },
  'a token in place of its variable': {
    target: { credentials: { client: 'sk-secret' } },
    says: 'must be the name of a variable',
  },
  'a file that is not there': { args: ['TARGET=no-such.json'], says: 'ENOENT' },
  'a folder in place of a file': { args: ['TARGET=.'], says: 'EISDIR' },
  'a file that is no JSON': { target: 'baseUrl: http://127.0.0.1', says: 'is not JSON' },
  'a file that is a list': { target: '[]', says: 'must hold one JSON object' },
  'a file without an address': { target: '{}', says: 'baseUrl is missing' },
  'a misspelt field': { target: { baseURL: closed }, says: 'unknown field baseURL' },
  'another system': { target: { system: 'shop' }, says: '"shop"' },
  'an endpoint that is no address': { target: { endpoints: { chain: 'there' } }, says: 'endpoints.chain' },
  'a foreign endpoint': { target: { endpoints: { chain: 'http://chain.example' } }, says: 'chain.example' },
  'a path as an adapter': { args: ['ADAPTER=../example'], says: '../example' },
  'a misspelt variable': { args: ['PROFIL=kill'], says: 'PROFIL' },
  'a misspelt scenario': { args: ['SCENARIO=basline'], says: 'basline' },
  'a misspelt case': { args: ['CASE=cocoon/S9'], says: 'cocoon/S9' },
  'a misspelt system': { args: ['SYSTEM=cocon'], says: 'cocon' },
  'a profile that is none': { args: ['PROFILE=smok'], says: 'smok' },
  'a seed that is no number': { args: ['SEED=one'], says: 'SEED' },
  'a duration of nothing': { args: ['DURATION=0s'], says: 'DURATION' },
  'a ceiling under the load': { args: ['CEILING=3'], says: 'over the ceiling of 3' },
  'no shards': { args: ['SHARDS=0'], says: 'SHARDS' },
  'a run named like a path': { args: ['RUN=../elsewhere'], says: 'RUN' },
  'an output that is none': { args: ['OUT=cvs=results'], says: 'OUT' },
  'a k6 that is none': { says: '/no/such/k6' },
  'a variable of k6 itself': { environment: { K6_VUS: '1' }, says: 'K6_VUS' },
  'defects for somebody else': { args: ['DEFECTS=slow-tenth'], says: 'DEFECTS' },
  'faults that have nothing to be done to': { args: kill, target: {}, says: 'name processes.' },
  'faults that nobody allowed': { args: ['CASE=cocoon/F2'], target: gateway({}), says: 'ALLOW_FAULTS=1' },
  'a part of an unknown kind': { args: kill, target: { proceses: {} }, says: 'unknown field proceses' },
  'an unknown field of a part': { args: kill, target: gateway({ pidfile: '/tmp/pid' }), says: 'pidfile' },
  'a link beside the load': {
    args: linked,
    target: { links: { clients: link, 'gateway-1-database': { ...link, internal: true } } },
    says: 'links.clients.through',
  },
}

/** As ./assay does with its arguments. */
async function called({ args = [], target, environment = {} }: Wrong): Promise<void> {
  const own = [...args, noK6]
  if (target !== undefined) {
    const file = path.join(folder, 'target.json')
    await writeFile(
      file,
      typeof target === 'string' ? target : JSON.stringify({ baseUrl: pool.baseUrl, ...target }),
    )
    own.push(`TARGET=${file}`)
  } else if (!args.some((arg) => arg.startsWith('BASE_URL='))) own.push(`BASE_URL=${pool.baseUrl}`)
  const surroundings = environmentWith(environment)
  for (const name of Object.keys(process.env)) vi.stubEnv(name, surroundings[name])
  for (const [name, value] of Object.entries(surroundings)) vi.stubEnv(name, value)
  const manifest = readManifest()
  const variables = variablesOf(rawVariables(own, process.env, [], manifest.variables), manifest.variables)
  for (const each of selections(manifest, variables))
    await run({ scenario: scenarioOf(manifest, each), variables: each, say: () => undefined })
}

describe('wrong use', () => {
  test.for(Object.entries(refused))('%s is refused, and told', async ([, wrong]) => {
    const error: unknown = await called(wrong).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(WrongUse)
    expect((error as Error).message).toContain(wrong.says)
    expect(pool.calls).toEqual([])
  })
})
