// The time of `make test` is shared out: no file is added, and none grows, beyond what is left of the whole.
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { inPackage } from '../../../scripts/project.ts'
import {
  budgets,
  kitSeconds,
  reservedSeconds,
  shareOf,
  shareOverTime,
  shares,
  unitSeconds,
  usualSeconds,
  wholeSeconds,
} from '../../time-shares.ts'

const serial = ['e2e', 'instrument', 'kill-matrix', 'fooling']

/** The files of `make test` that run one after the other: those of the kit, and those of each system. */
async function files(): Promise<string[]> {
  const systems = await readdir(inPackage('test/systems')).catch(() => [])
  const folders = ['test', ...systems.map((system) => `test/systems/${system}`)].flatMap((place) =>
    serial.map((name) => `${place}/${name}`),
  )
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(inPackage(folder), { recursive: true }).catch(() => []))
        .filter((name) => name.endsWith('.test.ts') && !name.endsWith('.long.test.ts'))
        .map((name) => path.join(folder, name)),
    ),
  )
  return found.flat()
}

const sharesOf = (some: string[]): number => some.reduce((seconds, file) => seconds + shareOf(file), 0)

test('the shares of the kit, and those of each system, come to no more than its budget', async () => {
  const found = await files()
  const ofKit = found.filter((file) => !file.startsWith('test/systems/'))
  expect(sharesOf(ofKit)).toBeLessThanOrEqual(kitSeconds)
  for (const [system, budget] of Object.entries(budgets)) {
    const own = found.filter((file) => file.startsWith(`test/systems/${system}/`))
    expect(sharesOf(own), system).toBeLessThanOrEqual(budget)
  }
})

test('with every budget used up, those of systems to come too, all takes no longer than the whole', () => {
  const all = Object.values(budgets).reduce((sum, budget) => sum + budget, kitSeconds + reservedSeconds)
  expect(unitSeconds + all / shareOverTime).toBeLessThanOrEqual(wholeSeconds)
})

test('every share is that of a file that is there, and not the usual one', async () => {
  const names = (await files()).map((file) => file.replace('test/', '').replace('.test.ts', ''))
  const short = Object.keys(shares).filter((name) => !name.endsWith('.long'))
  expect(names).toEqual(expect.arrayContaining(short))
  expect(Object.values(shares)).not.toContain(usualSeconds)
})

test.each([
  ['test/e2e/archive.test.ts', shares['e2e/archive']],
  ['test/e2e/some-other.test.ts', usualSeconds],
  ['test/unit/plan.test.ts', 30],
  ['test/systems/shop/unit/plan.test.ts', 30],
  ['test/systems/shop/e2e/some.test.ts', usualSeconds],
  ['test/tidy.test.ts', 30],
  ['test/e2e/some-other.long.test.ts', 1200],
])('%s may take %d s', (file, seconds) => expect(shareOf(file)).toBe(seconds))
