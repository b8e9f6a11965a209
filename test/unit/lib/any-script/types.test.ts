// The types that ship beside dist/assay.js: alone they are enough for a strict script, and they say what the library is.
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot } from '../../../assay.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'assay-types-'))
  await copyFile(path.join(projectRoot, 'lib/any-script/assay.d.ts'), path.join(folder, 'assay.d.ts'))
  await symlink(path.join(projectRoot, 'node_modules'), path.join(folder, 'node_modules'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The first lines of what the compiler says of a script in a folder of its own. */
async function compile(source: string, more: Record<string, unknown> = {}): Promise<string[]> {
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023'],
    module: 'esnext',
    moduleResolution: 'bundler',
    strict: true,
    noEmit: true,
    types: ['k6'],
    ...more,
  }
  await writeFile(path.join(folder, 'script.ts'), source)
  await writeFile(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['script.ts'] }),
  )
  const compiler = path.join(projectRoot, 'node_modules/.bin/tsc')
  const { all } = await execa(compiler, ['-p', folder], { cwd: folder, reject: false, all: true })
  return all === '' ? [] : all.split('\n')
}

const example = async (): Promise<string> =>
  (await readFile(path.join(projectRoot, 'docs/any-script.js'), 'utf8')).replace(
    '../dist/assay.js',
    './assay.js',
  )

test.each([true, false])(
  'the example is a strict TypeScript script with skipLibCheck %s',
  async (skipLibCheck) => {
    expect(await compile(await example(), { skipLibCheck })).toEqual([])
  },
)

test('a wrong limit is an error of types', async () => {
  const wrong = (await example()).replace('p: 95', "p: '95'")
  expect(await compile(wrong, { skipLibCheck: true })).toEqual([
    expect.stringMatching(/^script\.ts.* TS2322: Type 'string' is not assignable to type 'number'\./),
  ])
})

test('the types are those of the library', async () => {
  const library = path.join(projectRoot, 'lib/any-script/criteria.ts')
  const source = `
    import type * as written from './assay.js'
    import type * as real from '${library}'
    type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
    type Library<M> = { [Name in keyof M]: M[Name] }
    export const names: Same<keyof typeof written, keyof typeof real> = true
    export const limits: [
      Same<Parameters<typeof written.latency>, Parameters<typeof real.latency>>,
      Same<Parameters<typeof written.errors>, Parameters<typeof real.errors>>,
      Same<typeof written.ms, typeof real.ms>,
      Same<typeof written.percent, typeof real.percent>,
      Same<ReturnType<typeof written.criteria>, ReturnType<typeof real.criteria>>,
    ] = [true, true, true, true, true]
    declare const library: Library<typeof real>
    export const rules: [written.Rule, written.Rule] = [
      library.latency({ p: 95, under: 300, of: 'me' }),
      library.errors({ under: 0.01, of: ['me', 'you'] }),
    ]`
  const globals = path.join(projectRoot, 'lib/globals.d.ts')
  const text = `/// <reference path="${globals}" />\n${source}`
  expect(
    await compile(text, {
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      exactOptionalPropertyTypes: true,
    }),
  ).toEqual([])
})
