// How long each test file may take. `make test` runs the files named *.test.ts and must stay within 25 minutes on two cores,
// whatever is added; `make test-all` runs those named *.long.test.ts. A file that takes longer than its share is a failure,
// unless others had the machine: then move tests to a long file, or make them faster, before you give it more.

/** Seconds that `make test` may take. */
export const wholeSeconds = 25 * 60

/** The unit tests run side by side and take so long together; each file by itself may take the second figure. */
export const unitSeconds = 90
const unitFileSeconds = 30

/** A file of services or measurements has this share, if its own line does not say otherwise. */
const usualSeconds = 20

const longSeconds = 30 * 60

/** By file, without "test/" and ".test.ts". */
export const shares: Record<string, number> = {}

/** The share of a test file, whose path begins with "test/". */
export function shareOf(file: string): number {
  const name = file.replace(/^test\//, '').replace(/\.test\.ts$/, '')
  const own = shares[name]
  if (own !== undefined) return own
  if (file.endsWith('.long.test.ts') || file.startsWith('test/kube/')) return longSeconds
  return file.startsWith('test/unit/') || file === 'test/tidy.test.ts' ? unitFileSeconds : usualSeconds
}
