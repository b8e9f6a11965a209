// How long each test file may take. `make test` runs the files named *.test.ts and must stay within 25 minutes on two cores,
// whatever is added; `make test-all` runs those named *.long.test.ts. A file that takes longer than its share is named, and one
// that takes twice its share has failed, unless others had the machine or all files take longer: then move tests to a long
// file, or make them faster, before you give it more. The kit has a budget for the shares of its files, and so has every system, whether it is there yet or not: what is
// added to one takes nothing from another.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Seconds that `make test` may take. */
export const wholeSeconds = 25 * 60

/** So many systems there is room for, with those that there are. */
const systemsPlanned = 5

/** The budgets: the shares of all files of the kit together, and of a system whose time-shares.json gives no other "budget". */
export const kitSeconds = 590
const systemSeconds = 180

/**
 * A share is about half as long again as its file takes on a machine of its own, so that one slow file is no failure. Not all
 * are slow at once: what all take together is the sum of their shares by this.
 */
export const shareOverTime = 1.5

/** The unit tests of the kit and of all systems run side by side and take so long together; each file may take the second figure. */
export const unitSeconds = 110
const unitFileSeconds = 30

/** A file of services or measurements may take so long, if its own line does not say otherwise. */
export const usualSeconds = 12

/** By file of the kit, without "test/" and ".test.ts": about half as long again as it takes where nobody else has the machine. */
const ofKit: Record<string, number> = {
  'e2e/any-system': 72,
  'e2e/any-script': 49,
  'e2e/archive': 47,
  'e2e/chain': 24,
  'e2e/faults-chain': 36,
  'e2e/faults-database': 16,
  'e2e/faults-death': 16,
  'e2e/faults-links': 20,
  'e2e/faults-process': 28,
  'e2e/keeper-death': 36,
  'e2e/keeper-services': 21,
  'e2e/list': 5,
  'e2e/makefile-arguments': 2,
  'e2e/report-browser': 19,
  'e2e/verdict-kept': 24,
  'e2e/work-folder': 65,
  'instrument/blank': 50,
  'instrument/memory': 22,
  'instrument/repeats': 14,
  'instrument/speed': 24,
}

const systemsFolder = path.join(import.meta.dirname, 'systems')

/** What a system's folder says of it: its budget, and the shares of its own files. */
function ofSystem(system: string): { budget: number; shares: [name: string, seconds: number][] } {
  const file = path.join(systemsFolder, system, 'time-shares.json')
  const own = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>) : {}
  const { budget = systemSeconds, ...files } = own
  return {
    budget,
    shares: Object.entries(files).map(([name, seconds]) => [`systems/${system}/${name}`, seconds]),
  }
}

const systems = existsSync(systemsFolder) ? readdirSync(systemsFolder) : []

/** The budgets of the systems that there are, and of those that there is room for besides. */
export const budgets: Record<string, number> = Object.fromEntries(
  systems.map((system) => [system, ofSystem(system).budget]),
)
export const reservedSeconds = Math.max(0, systemsPlanned - systems.length) * systemSeconds

/** Those of *.test.ts, and of *.long.test.ts, which as a whole have no limit. */
export const shares: Record<string, number> = {
  ...ofKit,
  ...Object.fromEntries(systems.flatMap((system) => ofSystem(system).shares)),
}

const usualLongSeconds = 20 * 60

/** The share of a test file, whose path begins with "test/". */
export function shareOf(file: string): number {
  const name = file.replace(/^test\//, '').replace(/\.test\.ts$/, '')
  const own = shares[name]
  if (own !== undefined) return own
  const place = name.replace(/^systems\/[^/]+\//, '')
  if (file.endsWith('.long.test.ts') || place.startsWith('kube/')) return usualLongSeconds
  return place.startsWith('unit/') || file === 'test/tidy.test.ts' ? unitFileSeconds : usualSeconds
}
