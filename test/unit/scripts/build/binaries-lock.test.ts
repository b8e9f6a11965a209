import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { withLock } from '../../../../scripts/build/lock.mjs'

let file = ''
beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'assay-lock-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  file = path.join(folder, 'lock')
})

const limitMs = 10_000

test('work is done one after the other, and the lock is gone afterwards', async () => {
  const events: string[] = []
  const work = (name: string) => async () => {
    events.push(`${name} begins`)
    await new Promise(setImmediate)
    events.push(`${name} ends`)
  }
  await Promise.all(['a', 'b', 'c'].map((name) => withLock(file, work(name), { limitMs })))
  for (let index = 0; index < events.length; index += 2) {
    expect(events[index + 1]).toBe(events[index]?.replace('begins', 'ends'))
  }
  expect(events).toHaveLength(6)
  expect(existsSync(file)).toBe(false)
})

test('the lock is given back when the work fails', async () => {
  await expect(withLock(file, () => Promise.reject(new Error('no luck')), { limitMs })).rejects.toThrow(
    'no luck',
  )
  expect(existsSync(file)).toBe(false)
})

test.each([
  ['is gone', { pid: 2 ** 22 + 1, start: '1' }],
  ['had the same process id, but began at another time', { pid: process.pid, start: '1' }],
  ['cannot be read', undefined],
])('a lock whose owner %s is taken over', async (_, owner) => {
  await writeFile(file, owner === undefined ? 'not JSON' : JSON.stringify(owner))
  expect(await withLock(file, () => Promise.resolve('done'), { limitMs })).toBe('done')
})

test('a lock that stays taken is an error that names it and its owner', async () => {
  const waited = await withLock(
    file,
    async () => {
      const owner = await readFile(file, 'utf8')
      const inner = withLock(file, () => Promise.resolve(), { limitMs: 0 })
      await expect(inner).rejects.toThrow(`${file} was not free within 0 s. Its owner is ${owner}`)
      return true
    },
    { limitMs },
  )
  expect(waited).toBe(true)
})
