// The command that writes synthetic claims, and runs that are given claims which they cannot use.
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inWork } from '../../../../scripts/project.ts'
import { assay } from '../../../assay.ts'

const seed = 900_000 + (process.pid % 90_000)
const folder = inWork('data/truthsync', String(seed))
let others: string
beforeAll(async () => void (others = await mkdtemp(path.join(tmpdir(), 'assay-claims-'))))
afterAll(async () => {
  for (const one of [folder, `${folder}-zipf`, others]) await rm(one, { recursive: true, force: true })
})

const made = (): Promise<string> => readFile(path.join(folder, 'synthetic_claims_1k.json'), 'utf8')

describe('./assay data', () => {
  test("writes what the seed makes, in the source's form, and says what a cache can be expected to do", async () => {
    const { exitCode, output } = await assay(['data', 'SYSTEM=truthsync', 'SIZE=1k', `SEED=${seed}`])
    expect([exitCode, output]).toEqual([
      0,
      expect.stringContaining(`data/truthsync/${seed}/synthetic_claims_1k.json`),
    ])
    const first = await made()
    const { claims, stats } = JSON.parse(first) as { claims: unknown[]; stats: object }
    expect([claims.length, stats]).toMatchObject([
      1000,
      { seed, pattern: '80-20', total_unique_claims: 1000 },
    ])
    await assay(['data', 'SYSTEM=truthsync', 'SIZE=1k', `SEED=${seed}`])
    expect(await made()).toBe(first)
  })

  test('writes another pattern beside it', async () => {
    const args = ['data', 'SYSTEM=truthsync', 'SIZE=10k', `SEED=${seed}`, 'PATTERN=zipf']
    const { exitCode, output } = await assay(args)
    expect([exitCode, output]).toEqual([0, expect.stringMatching(/expected hit rate.* of 4000/)])
  })

  test.each([
    [[], 'write SYSTEM=name'],
    [['SYSTEM=nothing'], 'unknown system with data "nothing"; valid: truthsync'],
    [['SYSTEM=truthsync', 'SIZE=5k'], 'SIZE="5k": expected 1k, 10k, 100k'],
    [['SYSTEM=truthsync', 'SEED=-1'], 'SEED="-1": expected a whole number'],
    [['SYSTEM=truthsync', 'PATTERN=80/20'], 'PATTERN="80/20": expected 80-20 or zipf'],
    [['SYSTEM=truthsync', 'SISE=1k'], 'unknown variable SISE; valid: SYSTEM, SIZE, PATTERN, SEED'],
  ])('is wrong use with %j', async (args, why) => {
    const { exitCode, output } = await assay(['data', ...args])
    expect([exitCode, output]).toEqual([64, expect.stringContaining(why)])
  })
})

describe('a run', () => {
  const run = (...args: string[]) => assay(['run', 'SYSTEM=truthsync', ...args])
  test.each([
    [['SIZE=5k'], 'SIZE="5k": expected 1k, 10k, 100k'],
    [['CLAIMS=nowhere.json'], 'nowhere.json cannot be read: ENOENT'],
    [['PROFILE=full'], 'for which k6 alone takes about'],
  ])('is refused with %j', async (args, why) => {
    const { exitCode, output } = await run(...args)
    expect([exitCode, output]).toEqual([64, expect.stringContaining(why)])
  })

  test('is refused with claims that are cut off, or of another size', async () => {
    const own = path.join(others, 'claims.json')
    await writeFile(own, await made())
    expect(await run(`CLAIMS=${own}`, 'SIZE=10k')).toMatchObject({
      exitCode: 64,
      output: expect.stringContaining('it has 1000 claims, and 10000 are expected of SIZE=10k') as string,
    })
    await truncate(own, 1000)
    expect(await run(`CLAIMS=${own}`)).toMatchObject({
      exitCode: 64,
      output: expect.stringContaining('it is cut off, or no JSON') as string,
    })
  })
})
