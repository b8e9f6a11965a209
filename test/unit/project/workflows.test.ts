// The workflows as text: what actionlint says of them, and the rules that it does not know.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { ensureBinary } from '../../../scripts/build/binaries.ts'
import { inPackage } from '../../../scripts/project.ts'

interface Step {
  id?: string
  uses?: string
  run?: string
  with?: Record<string, unknown>
}

interface Job {
  uses?: string
  permissions?: Record<string, string>
  'timeout-minutes'?: number | string
  steps?: Step[]
  strategy?: { matrix: { part?: string[] } }
}

interface Workflow {
  on: { schedule?: { cron: string }[] }
  permissions?: Record<string, string>
  jobs: Record<string, Job>
}

const folder = inPackage('.github/workflows')
const names = (await readdir(folder)).sort()
const texts = new Map(
  await Promise.all(
    names.map(async (name): Promise<[string, string]> => [
      name,
      await readFile(path.join(folder, name), 'utf8'),
    ]),
  ),
)
const workflow = (name: string): Workflow => parse(texts.get(name) ?? '') as Workflow
const jobs = names.flatMap((name) =>
  Object.entries(workflow(name).jobs).map(([id, job]): [string, Job] => [`${name} ${id}`, job]),
)
const buildTimeOutMs = 5 * 60_000

/** An action by its whole commit, and the version that people call it beside it; or a workflow of this repository. */
const pinned = /^(\.\/\.github\/workflows\/[\w-]+\.yml|[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/

/** Expressions in a script would run whatever an input says. */
const injected = (job: Job): string[] =>
  (job.steps ?? []).flatMap(({ run }) => (run?.includes('${{') === true ? [run] : []))

describe('actionlint', () => {
  test('finds nothing in the workflows', { timeout: buildTimeOutMs }, async () => {
    const program = await ensureBinary('actionlint')
    const result = await execa(program, ['-no-color'], { cwd: inPackage(), all: true, reject: false })
    expect(result.all).toBe('')
    expect(result.exitCode).toBe(0)
  })

  test('of this make finds a mistake', { timeout: buildTimeOutMs }, async () => {
    const program = await ensureBinary('actionlint')
    const input = (texts.get('ci.yml') ?? '').replace('runs-on:', 'runs-at:')
    const result = await execa(program, ['-no-color', '-'], {
      cwd: inPackage(),
      input,
      all: true,
      reject: false,
    })
    expect(result.all).toContain('unexpected key "runs-at"')
    expect(result.exitCode).toBe(1)
  })
})

test('the six workflows are there', () =>
  expect(names).toEqual([
    'acceptance.yml',
    'ci.yml',
    'kube.yml',
    'long-tests.yml',
    'release.yml',
    'reusable.yml',
  ]))

test('every long test is in one part of the long tests', async () => {
  const files = await readdir(inPackage('test'), { recursive: true })
  // Pods have a workflow of their own; recordings are made by hand.
  const others = /(^|\/)(kube|golden)\//
  const long = files.filter((file) => file.endsWith('.long.test.ts') && !others.test(file))
  const parts = workflow('long-tests.yml').jobs['tests']?.strategy?.matrix.part ?? []
  expect(long.length).toBeGreaterThan(0)
  for (const file of long)
    expect(
      parts.filter((part) => `/test/${file}`.includes(part)),
      file,
    ).toHaveLength(1)
})

describe.each(names)('%s', (name) => {
  test('uses only what is pinned by a whole commit, with its version', () => {
    const uses = [...(texts.get(name) ?? '').matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, used]) => used!)
    expect(uses.length).toBeGreaterThan(0)
    expect(uses.filter((used) => !pinned.test(used))).toEqual([])
  })

  test('may only read', () => expect(workflow(name).permissions).toEqual({ contents: 'read' }))
})

describe.each(jobs)('%s', (name, job) => {
  test('ends in time', () => {
    if (job.uses === undefined) expect(job['timeout-minutes']).toBeDefined()
  })
  test('may write only where it publishes', () =>
    expect(job.permissions).toEqual(name === 'release.yml publish' ? { contents: 'write' } : undefined))
  test('puts no expression into a script', () => expect(injected(job)).toEqual([]))
  test('leaves no token in the checkout', () => {
    const checkouts = (job.steps ?? []).filter(({ uses }) => uses?.startsWith('actions/checkout@'))
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([])
  })
})

test.each([
  'actions/checkout@v6',
  'actions/checkout@de0fac2 # v6.0.2',
  'actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd',
  './../action',
])('what is not pinned is found: %s', (used) => expect(used).not.toMatch(pinned))

test('one action has one commit everywhere', () => {
  const uses = [...texts.values()].flatMap((text) => [...text.matchAll(/uses: (\S+)@([0-9a-f]{40})/g)])
  const commits = new Map<string, Set<string>>()
  for (const [, action, commit] of uses)
    commits.set(action!, new Set([...(commits.get(action!) ?? []), commit!]))
  expect([...commits].filter(([, all]) => all.size > 1)).toEqual([])
})

describe('the artefact of a called workflow', () => {
  const step = Object.values(workflow('reusable.yml').jobs)
    .flatMap(({ steps }) => steps ?? [])
    .find(({ id }) => id === 'artifact')
  const nameOf = async (own: Record<string, string>): Promise<string> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'assay-artifact-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const GITHUB_OUTPUT = path.join(folder, 'output')
    await execa('bash', ['-eo', 'pipefail', '-c', step!.run!], { env: { GITHUB_OUTPUT, ...own } })
    return readFile(GITHUB_OUTPUT, 'utf8')
  }

  test('has a name of its own, also where the same is called twice', async () => {
    const called = { NAME: '', WHAT: 'shop/S1:"<|>*?-smoke' }
    const names = await Promise.all([nameOf(called), nameOf(called)])
    for (const name of names) expect(name).toMatch(/^name=acceptance-shop-S1-smoke-[0-9a-f]{8}\n$/)
    expect(new Set(names).size).toBe(2)
  })

  test('has the name that the caller gave', async () =>
    expect(await nameOf({ NAME: 'mine', WHAT: 'shop/S1-smoke' })).toBe('name=mine\n'))
})

describe('the matrix', () => {
  const listing = {
    cases: [
      {
        id: 'shop/S1',
        system: 'shop',
        scenario: 'baseline',
        profiles: ['smoke', 'daily', 'monthly', 'full'],
      },
      { id: 'shop/S5', system: 'shop', scenario: 'soak', profiles: ['smoke', 'quarterly', 'full'] },
    ],
  }
  const matrix = async (environment: Record<string, string>) => {
    const result = await execa(process.execPath, [inPackage('.github/matrix.mjs')], {
      input: JSON.stringify(listing),
      env: { PROFILE: '', SCHEDULE: '', CASE: '', RUNNER: '', ...environment },
      reject: false,
    })
    const parsed = result.stdout === '' ? null : (JSON.parse(result.stdout) as { include: object[] })
    return { jobs: parsed?.include ?? [], code: result.exitCode, error: result.stderr }
  }

  test('has a job for each case that has the profile', async () => {
    expect((await matrix({ PROFILE: 'daily' })).jobs).toEqual([
      {
        name: 'shop-S1-daily',
        case: 'shop/S1',
        scenario: 'baseline',
        system: 'shop',
        profile: 'daily',
        runner: 'ubuntu-24.04',
        repeats: 1,
        minutes: 55,
      },
    ])
    expect((await matrix({ PROFILE: 'smoke', CASE: 'ALL' })).jobs).toHaveLength(2)
    expect((await matrix({ PROFILE: 'smoke', CASE: 'shop/S5' })).jobs).toMatchObject([{ case: 'shop/S5' }])
  })

  test('knows the profile of every schedule of acceptance.yml', async () => {
    const crons = (workflow('acceptance.yml').on.schedule ?? []).map(({ cron }) => cron)
    const profiles = await Promise.all(
      crons.map(async (SCHEDULE) => (await matrix({ SCHEDULE, RUNNER: 'own' })).jobs[0] ?? {}),
    )
    // No case of this listing has the weekly profile.
    expect(profiles).toMatchObject([
      { profile: 'daily' },
      {},
      { profile: 'monthly' },
      { profile: 'quarterly' },
    ])
    expect((await matrix({ SCHEDULE: crons[1]!, RUNNER: 'own' })).error).toContain('has the profile weekly')
  })

  test('repeats nothing where there is no time for it', async () => {
    expect((await matrix({ PROFILE: 'monthly' })).jobs).toMatchObject([{ repeats: 0, minutes: 290 }])
    expect((await matrix({ PROFILE: 'monthly', RUNNER: 'own' })).jobs).toMatchObject([
      { repeats: 1, minutes: 555 },
    ])
  })

  test.each([
    [
      { PROFILE: 'quarterly' },
      'GitHub ends a job on ubuntu-24.04 after 360: give the label of a runner of your own',
    ],
    [{ PROFILE: 'smok' }, 'unknown profile "smok"; valid: smoke'],
    [{}, 'unknown profile ""'],
    [{ SCHEDULE: '0 0 * * *' }, 'no profile belongs to the schedule "0 0 * * *"'],
    [{ PROFILE: 'smoke', CASE: 'shop/S9' }, 'no case shop/S9 has the profile smoke; cases: shop/S1, shop/S5'],
  ])('of %j is refused', async (environment, message) => {
    const { jobs: none, code, error } = await matrix(environment)
    expect(error).toContain(message)
    expect([none, code]).toEqual([[], 64])
  })

  test('has an entry for every profile that there is', async () => {
    const { profiles } = await import('../../../lib/plan/profiles.ts')
    for (const profile of Object.keys(profiles)) {
      const { error } = await matrix({ PROFILE: profile, RUNNER: 'own' })
      expect(error).not.toContain('unknown profile')
    }
  })
})
