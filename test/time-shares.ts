// How long each test file may take. `make test` runs the files named *.test.ts and must stay within 25 minutes on two cores,
// whatever is added; `make test-all` runs those named *.long.test.ts. A file that takes longer than its share is a failure,
// unless others had the machine: then move tests to a long file, or make them faster, before you give it more.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** Seconds that `make test` may take. */
export const wholeSeconds = 25 * 60

/** The unit tests run side by side and take so long together; each file by itself may take the second figure. */
export const unitSeconds = 100
const unitFileSeconds = 30

/** A file of services or measurements may take so long, if its own line does not say otherwise. */
export const usualSeconds = 12

/** By file of the kit, without "test/" and ".test.ts": about half as long again as it takes where nobody else has the machine. */
const ofKit: Record<string, number> = {
  'e2e/any-system': 85,
  'e2e/any-script': 42,
  'e2e/archive': 20,
  'e2e/chain': 28,
  'e2e/faults-chain': 36,
  'e2e/faults-database': 16,
  'e2e/faults-death': 18,
  'e2e/faults-links': 20,
  'e2e/faults-process': 28,
  'e2e/keeper-death': 36,
  'e2e/keeper-services': 22,
  'e2e/list': 5,
  'e2e/report-browser': 20,
  'e2e/verdict-kept': 24,
  'e2e/work-folder': 65,
  'instrument/blank': 36,
  'instrument/memory': 25,
  'instrument/speed': 34,
}

const systemsFolder = path.join(import.meta.dirname, 'systems')

/** The shares of a system's own files, which its folder holds beside them. */
function ofSystem(system: string): [name: string, seconds: number][] {
  const file = path.join(systemsFolder, system, 'time-shares.json')
  const own = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>) : {}
  return Object.entries(own).map(([name, seconds]) => [`systems/${system}/${name}`, seconds])
}

const systems = existsSync(systemsFolder) ? readdirSync(systemsFolder) : []

/** Those of *.test.ts, and of *.long.test.ts, which as a whole have no limit. */
export const shares: Record<string, number> = {
  ...ofKit,
  ...Object.fromEntries(systems.flatMap(ofSystem)),
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
