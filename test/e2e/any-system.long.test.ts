// All generic unit tests in a tree without the systems that this one has.
import { expect, test } from 'vitest'
import { treeOfAnotherSystem } from '../any-system.ts'

test('every unit test of the kit passes without the systems that it has', async () => {
  const tree = await treeOfAnotherSystem()
  try {
    const built = await tree.inTree('make', 'registries', 'build')
    expect(built.exitCode, built.output).toBe(0)
    const { exitCode, output } = await tree.inTree('node_modules/.bin/vitest', 'run', 'test/unit')
    expect(output.split('\n').filter((line) => line.startsWith('FAILED'))).toEqual([])
    expect(exitCode, output).toBe(0)
  } finally {
    await tree.remove()
  }
}, 600_000)
