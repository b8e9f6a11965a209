import { defineConfig } from 'vitest/config'

const seconds = 1000

/**
 * Tests that start services or measure time have the machine to themselves: one file after the other. Where somebody
 * else takes it at the wrong moment, a run is INVALID or a time too long: what fails twice has failed.
 */
const alone = (name: string, groupOrder: number, testTimeout: number) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    globalSetup: 'test/build.ts',
    maxWorkers: 1,
    testTimeout,
    retry: 1,
    hookTimeout: 120 * seconds,
    sequence: { groupOrder },
  },
})

const resultsFile = 'reports/test-results.json'

export default defineConfig({
  test: {
    reporters:
      process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: resultsFile }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/tidy.test.ts'],
          testTimeout: 30 * seconds,
          sequence: { groupOrder: 0 },
        },
      },
      alone('e2e', 1, 120 * seconds),
      alone('instrument', 2, 180 * seconds),
      alone('kill-matrix', 3, 600 * seconds),
      // Only when asked for: it needs a cluster.
      ...(process.env['KUBE'] === '1' ? [alone('kube', 4, 600 * seconds)] : []),
    ],
  },
})
