import { defineConfig } from 'vitest/config'

const seconds = 1000

/** `make test` runs *.test.ts, `make test-all` the others: see test/time-shares.ts. */
const isLong = process.env['LONG'] === '1'
/** Those of the kit, and those of each system. */
const filesIn = (folder: string): string[] =>
  [`test/${folder}`, `test/systems/*/${folder}`].map(
    (place) => `${place}/**/*.${isLong ? 'long.' : ''}test.ts`,
  )
const longFiles = '**/*.long.test.ts'

/** Tests that start services or measure time have the machine to themselves: one file after the other. */
const alone = (name: string, groupOrder: number, testTimeout: number) => ({
  extends: true as const,
  test: {
    name,
    include: filesIn(name),
    exclude: isLong ? [] : [longFiles],
    globalSetup: 'test/build.ts',
    maxWorkers: 1,
    testTimeout,
    hookTimeout: 120 * seconds,
    sequence: { groupOrder },
  },
})

export default defineConfig({
  test: {
    reporters: ['default', './test/outcome.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // By itself it leaves one core idle, of two.
          maxWorkers: '100%',
          include: [...filesIn('unit'), ...(isLong ? [] : ['test/tidy.test.ts'])],
          exclude: isLong ? [] : [longFiles],
          testTimeout: 30 * seconds,
          sequence: { groupOrder: 0 },
        },
      },
      alone('e2e', 1, 120 * seconds),
      alone('instrument', 2, 180 * seconds),
      alone('kill-matrix', 3, 600 * seconds),
      // Pools that lie: see CONTRIBUTING.md.
      alone('fooling', 4, 600 * seconds),
      // Only when asked for: one needs a cluster, the other one an hour and a half.
      ...(process.env['KUBE'] === '1' ? [alone('kube', 5, 600 * seconds)] : []),
      ...(process.env['GOLDEN'] === '1' ? [alone('golden', 6, 600 * seconds)] : []),
    ],
  },
})
