// The testbeds by system: a folder below testbed/ with a testbed.ts is one, and the build makes a module of it.
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { TestbedDefinition, TestbedFolders } from '../../testbed/testbed.ts'
import { readManifest } from './plans.ts'
import { inPackage, inWork } from '../project.ts'

/** The reference system of a system; null where it has none. */
export async function testbedOf(system: string): Promise<TestbedDefinition | null> {
  if (!readManifest().testbeds.includes(system)) return null
  const file = inWork('dist/node/testbed', system, 'testbed.js')
  const { testbed } = (await import(pathToFileURL(file).href)) as { testbed: TestbedDefinition }
  return testbed
}

/** The reference systems by the names of their systems. */
export async function allTestbeds(): Promise<Record<string, TestbedDefinition>> {
  const found: Record<string, TestbedDefinition> = {}
  for (const system of readManifest().testbeds) {
    const testbed = await testbedOf(system)
    if (testbed !== null) found[system] = testbed
  }
  return found
}

/** Where the testbed of a system finds what belongs to it. */
export function testbedFolders(system: string): TestbedFolders {
  const own = inWork('testbed', system)
  return {
    programsDir: inWork('dist/node/testbed'),
    sourceDir: existsSync(own) ? own : inPackage('testbed', system),
  }
}
