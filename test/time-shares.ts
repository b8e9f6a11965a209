// How long each test file may take. `make test` runs the files named *.test.ts and must stay within 25 minutes on two cores,
// whatever is added; `make test-all` runs those named *.long.test.ts. A file that takes longer than its share is a failure,
// unless others had the machine: then move tests to a long file, or make them faster, before you give it more.

/** Seconds that `make test` may take. */
export const wholeSeconds = 25 * 60

/** The unit tests run side by side and take so long together; each file by itself may take the second figure. */
export const unitSeconds = 100
const unitFileSeconds = 30

/** A file of services or measurements may take so long, if its own line does not say otherwise. */
export const usualSeconds = 12

/** By file, without "test/", "systems/<system>/" and ".test.ts": about half as long again as it takes where nobody else has the machine. */
export const shares: Record<string, number> = {
  'e2e/any-script': 50,
  'e2e/archive': 20,
  'e2e/chain': 28,
  'e2e/faults-chain': 36,
  'e2e/faults-database': 16,
  'e2e/faults-death': 18,
  'e2e/faults-links': 20,
  'e2e/faults-process': 28,
  'e2e/keeper-death': 36,
  'e2e/keeper-services': 22,
  'e2e/own-pool': 54,
  'e2e/payouts': 56,
  'e2e/plain-k6': 45,
  'e2e/pool-contract': 18,
  'e2e/pool-database': 16,
  'e2e/pool-defects': 28,
  'e2e/pool-failures': 18,
  'e2e/report-browser': 20,
  'e2e/shards': 32,
  'e2e/verdict-kept': 40,
  'instrument/accuracy': 40,
  'instrument/blank': 60,
  'instrument/memory': 30,
  'kill-matrix/kill-matrix': 573,
}

const usualLongSeconds = 20 * 60

/** Of `make test-all`, which as a whole has no limit. */
const longShares: Record<string, number> = {
  // Each defect takes one to three minutes, those of a soak a quarter of an hour.
  'kill-matrix/kill-matrix.long': 4 * 3600,
  // One and a half to three minutes for each recording, a quarter of an hour for one of them.
  'golden/record.long': 3 * 3600,
}

/** The share of a test file, whose path begins with "test/". */
export function shareOf(file: string): number {
  const place = file.replace(/^test\/(systems\/[^/]+\/)?/, '')
  const name = place.replace(/\.test\.ts$/, '')
  const own = shares[name] ?? longShares[name]
  if (own !== undefined) return own
  if (file.endsWith('.long.test.ts') || place.startsWith('kube/')) return usualLongSeconds
  return place.startsWith('unit/') || file === 'test/tidy.test.ts' ? unitFileSeconds : usualSeconds
}
