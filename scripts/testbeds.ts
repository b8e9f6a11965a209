// The testbeds by system: a folder below testbed/ with a testbed.ts is one, and the build makes a module of it.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import type { TestbedDefinition } from '../testbed/testbed.ts'
import { inProject } from './project.ts'

const built = 'dist/node/testbed'

/** The reference system of a system; null where it has none. */
export async function testbedOf(system: string): Promise<TestbedDefinition | null> {
  const file = inProject(built, system, 'testbed.js')
  if (!existsSync(file)) return null
  const { testbed } = (await import(pathToFileURL(file).href)) as { testbed: TestbedDefinition }
  return testbed
}

/** The systems that have one, by name. */
export async function allTestbeds(): Promise<Record<string, TestbedDefinition>> {
  const names = (await readdir(inProject(built)).catch(() => [])).sort()
  const found = await Promise.all(
    names.map(async (name): Promise<[string, TestbedDefinition | null]> => [name, await testbedOf(name)]),
  )
  return Object.fromEntries(found.filter((one): one is [string, TestbedDefinition] => one[1] !== null))
}
