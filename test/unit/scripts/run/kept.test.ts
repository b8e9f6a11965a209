// A verdict is there whole or not at all, and what fails after it changes nothing.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { attempted, keepVerdict, NotKept, putInPlace } from '../../../../scripts/run/kept.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'assay-kept-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const verdict = { verdict: 'PASS', line: 'PASS 11 of 11', criteria: [] } as unknown as Verdict

/** Whether this user may mount a small disk of memory. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'true'])
    return true
  } catch {
    return false
  }
}

describe('a verdict', () => {
  test('is in place whole, with no draft beside it', async () => {
    await keepVerdict(folder, verdict)
    expect(JSON.parse(await readFile(path.join(folder, 'verdict.json'), 'utf8'))).toEqual(verdict)
    expect(await readdir(folder)).toEqual(['verdict.json'])
  })

  test('that a folder is in the way of is not kept, says what it was, and leaves no draft', async () => {
    await mkdir(path.join(folder, 'verdict.json'))
    const failure = await keepVerdict(folder, verdict).then(
      () => null,
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(NotKept)
    expect((failure as NotKept).message).toMatch(/^judged PASS, not kept: EISDIR/)
    expect((failure as NotKept).verdict).toBe(verdict)
    expect(await readdir(folder)).toEqual(['verdict.json'])
  })

  test.runIf(canMount())(
    'that a full disk has no room for is not kept, and the older file is as it was',
    async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'assay-test', folder])
      try {
        await putInPlace(path.join(folder, 'verdict.json'), '"of before"')
        await writeFile(path.join(folder, 'full'), Buffer.alloc(2 ** 20)).catch(() => undefined)
        const long = { ...verdict, line: 'x'.repeat(2 ** 16) } as Verdict
        await expect(keepVerdict(folder, long)).rejects.toThrow(/^judged PASS, not kept: ENOSPC/)
        expect(await readFile(path.join(folder, 'verdict.json'), 'utf8')).toBe('"of before"')
        expect((await readdir(folder)).toSorted()).toEqual(['full', 'verdict.json'])
      } finally {
        execFileSync('umount', [folder])
      }
    },
  )
})

test('what fails after it is named, and the rest is done all the same', async () => {
  const done: string[] = []
  const failed = await attempted({
    'the first is not written': () => Promise.reject(new Error('EISDIR')),
    'the second is not written': () => {
      throw new Error('a throw that is no promise')
    },
    third: async () => done.push('third'),
  })
  expect(failed).toEqual([
    'the first is not written: EISDIR',
    'the second is not written: a throw that is no promise',
  ])
  expect(done).toEqual(['third'])
})
