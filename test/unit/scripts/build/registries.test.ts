// Registries are written by a program and committed: none of them may be stale.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { registries } from '../../../../scripts/build/registries.mjs'
import { inPackage, packageFolder } from '../../../../scripts/project.ts'

test('every registry lists what its folder holds; make registries writes them', async () => {
  const all = await registries(packageFolder)
  expect(all.map(({ file }) => file)).toContain('faults/drivers/index.ts')
  for (const { file, text } of all) expect(await readFile(inPackage(file), 'utf8'), file).toBe(text)
})

test('a file that is added is listed by its name, and nothing else has to be touched', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'assay-registries-'))
  try {
    for (const folder of ['faults/drivers', 'testbed'])
      await cp(inPackage(folder), path.join(root, folder), { recursive: true })
    await writeFile(path.join(root, 'faults/drivers/cosmic-rays.ts'), 'export default {}\n')
    const { text } = (await registries(root)).find(({ file }) => file === 'faults/drivers/index.ts')!
    expect(text).toContain("import cosmicRays from './cosmic-rays.ts'\n")
    expect(text).toContain("'cosmic-rays': cosmicRays,")
    await mkdir(path.join(root, 'testbed/shop/defects'), { recursive: true })
    await writeFile(path.join(root, 'testbed/shop/defects/5xx-burst.ts'), 'export default {}\n')
    const defects = (await registries(root)).find(({ file }) => file === 'testbed/shop/defects/index.ts')!
    expect(defects.text).toContain("import the5xxBurst from './5xx-burst.ts'\n")
    expect(defects.text).toContain("'5xx-burst': the5xxBurst,")
    await mkdir(path.join(root, 'systems/shop/cases'), { recursive: true })
    for (const name of ['switch', 'quiet-day', '10x-spike'])
      await writeFile(path.join(root, `systems/shop/cases/${name}.ts`), 'export default {}\n')
    const cases = (await registries(root)).find(({ file }) => file === 'systems/shop/cases/index.ts')!
    expect(cases.text.split('\n').slice(1)).toEqual([
      "import the10xSpike from './10x-spike.ts'",
      "import quietDay from './quiet-day.ts'",
      "import theSwitch from './switch.ts'",
      '',
      'export const cases = [the10xSpike, quietDay, theSwitch].flat()',
      '',
    ])
  } finally {
    await rm(root, { recursive: true })
  }
})
