// What make passes on to ./assay, and what it makes of the exit code. ./assay is a script here that shows what it got.
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inPackage } from '../../scripts/project.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'assay-make-'))
  await copyFile(inPackage('Makefile'), path.join(folder, 'Makefile'))
  await writeFile(
    path.join(folder, 'assay'),
    '#!/bin/sh\nfor word in "$@"; do printf "<%s>\\n" "$word"; done\necho "verdict: FAIL (${EXIT:-0})"\nexit "${EXIT:-0}"\n',
  )
  await chmod(path.join(folder, 'assay'), 0o755)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

// A make that runs this test actions its own options down in the environment; they are not this make's.
const make = (args: string[], env: Record<string, string> = {}) =>
  execa('make', args, {
    cwd: folder,
    env: { ...env, MAKEFLAGS: '', MAKEOVERRIDES: '', MAKELEVEL: '', EXIT: '', ...env },
    reject: false,
  })

const words = (stdout: string): string[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('<'))
    .map((line) => line.slice(1, -1))

describe('NAME=value', () => {
  test.each(['run', 'list', 'prove', 'demo', 'doctor'])('reaches ./assay %s', async (goal) => {
    const { stdout } = await make([goal, 'SYSTEM=any'])
    expect(words(stdout)).toEqual([goal, 'SYSTEM=any'])
  })

  test('that is misspelt reaches ./assay, which knows the names', async () => {
    const { stdout } = await make(['run', 'PROFLE=daily', 'lower=case'])
    expect(words(stdout).sort()).toEqual(['PROFLE=daily', 'lower=case', 'run'])
  })

  test.each([
    'a b  c',
    `quotes ' and "`,
    'back\\slash',
    'pa$$word and pa$word',
    '$(touch pwned) `touch pwned`; touch pwned & touch pwned',
    'http://host/?a=b&c=d#e',
    '*',
    'a -- b',
    '',
  ])('with the value «%s» arrives as it was typed', async (value) => {
    const { stdout } = await make(['run', `TARGET=${value}`, 'SEED=1'])
    expect(words(stdout).sort()).toEqual(['SEED=1', `TARGET=${value}`, 'run'].sort())
  })

  test('is told apart from the options of make', async () => {
    const { stdout } = await make(['-k', '-j2', 'run', 'SEED=1'])
    expect(words(stdout)).toEqual(['run', 'SEED=1'])
    expect(words((await make(['-k', '-j2', 'run'])).stdout)).toEqual(['run'])
  })
})

test('a failure is exit 2, and the last line on standard output is the verdict', async () => {
  const { stdout, exitCode } = await make(['run'], { EXIT: '1' })
  expect(exitCode).toBe(2)
  expect(stdout.split('\n').at(-1)).toBe('verdict: FAIL (1)')
})

test('make alone lists every goal that is meant for people, and runs none', async () => {
  const { stdout, exitCode } = await make([])
  expect(exitCode).toBe(0)
  for (const goal of ['run', 'test', 'prove', 'list', 'check', 'demo', 'doctor', 'build', 'clean', 'help']) {
    expect(stdout).toMatch(new RegExp(`^ {2}${goal} +\\S`, 'm'))
  }
  expect(words(stdout)).toEqual([])
})
