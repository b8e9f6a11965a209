import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkRemovable } from '../../keeper/folders.ts'
import { Journal, journalFile, readJournal, type JournalLine } from '../../keeper/journal.ts'
import { identify, isAlive, keeperMark, pidSpace, type ProcessIdentity } from '../../keeper/processes.ts'
import { clearStaleKeepers } from '../../keeper/recovery.ts'

let root = ''
const started: ChildProcess[] = []
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'keeper-recovery-'))
})
afterEach(async () => {
  for (const one of started.splice(0)) one.kill('SIGKILL')
  await rm(root, { recursive: true })
})

/** A process that lives until somebody ends it. It is up when it says so, handlers and all. */
async function living(text = '', env: Record<string, string> = {}): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', `${text};setInterval(() => {}, 1e6);console.log('up')`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  })
  started.push(child)
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  return identify(child.pid!)!
}

const deadKeeper = { kind: 'keeper', pidSpace, pid: process.pid, startTime: 'long ago' } as const

async function keeperFolder(id: string, ...lines: JournalLine[]): Promise<string> {
  const folder = path.join(root, id)
  await mkdir(folder)
  const journal = new Journal(folder)
  for (const line of lines) journal.write(line)
  journal.close()
  return folder
}

function startedLine(name: string, who: ProcessIdentity): JournalLine {
  return { kind: 'started', name, command: process.execPath, stopSignal: 'SIGTERM', ...who }
}

describe('recovery', () => {
  it('ends what a dead keeper started, stubborn or stopped, and removes its folders', async () => {
    const polite = await living()
    const stubborn = await living(`process.on('SIGTERM', () => {})`)
    const stopped = await living()
    process.kill(stopped.pid, 'SIGSTOP')
    const marked = await living('', { [keeperMark]: 'k-1/nobody-journalled-me' })
    const data = path.join(root, 'k-1', 'data')
    const folder = await keeperFolder(
      'k-1',
      { id: 'k-1', ...deadKeeper },
      startedLine('polite', polite),
      startedLine('stubborn', stubborn),
      startedLine('stopped', stopped),
      { kind: 'folder', path: data },
    )
    await mkdir(data)
    const [stale] = await clearStaleKeepers(root)
    expect(stale?.left).toEqual([])
    expect([polite, stubborn, stopped, marked].map(isAlive)).toEqual([false, false, false, false])
    expect(stale?.cleared).toContain(`ended stubborn (pid ${stubborn.pid})`)
    expect(stale?.cleared).toContain('ended 1 more that services had started')
    expect(stale?.cleared).toContain(`removed ${data}`)
    expect(existsSync(folder)).toBe(false)
  })

  it('does not touch a process that only has the same number', async () => {
    const innocent = await living()
    const folder = await keeperFolder(
      'k-2',
      { id: 'k-2', ...deadKeeper },
      startedLine('web', { ...innocent, startTime: 'another' }),
    )
    const [stale] = await clearStaleKeepers(root)
    expect(stale?.cleared).toEqual([`removed ${folder}`])
    expect(isAlive(innocent)).toBe(true)
  })

  it('does not touch what ended, nor the mark of another keeper', async () => {
    const other = await living('', { [keeperMark]: 'k-33/web' })
    const survivor = await living()
    await keeperFolder('k-3', { id: 'k-3', ...deadKeeper }, startedLine('web', survivor), {
      kind: 'over',
      name: 'web',
      ...survivor,
    })
    await clearStaleKeepers(root)
    expect([other, survivor].map(isAlive)).toEqual([true, true])
  })

  it('leaves a living keeper alone, and one that is just starting', async () => {
    const service = await living()
    const self = identify(process.pid)!
    const alive = await keeperFolder(
      'k-4',
      { ...deadKeeper, id: 'k-4', ...self },
      startedLine('web', service),
    )
    const starting = path.join(root, 'k-5')
    await mkdir(starting)
    expect(await clearStaleKeepers(root)).toEqual([])
    expect(isAlive(service)).toBe(true)
    expect([alive, starting].map(existsSync)).toEqual([true, true])
    // One that has been starting for hours never will.
    const hoursAgo = new Date(Date.now() - 3 * 3_600_000)
    await utimes(starting, hoursAgo, hoursAgo)
    expect((await clearStaleKeepers(root)).map(({ id }) => id)).toEqual(['k-5'])
  })

  it('believes the pids of no other container, and removes its folder only when it fell silent', async () => {
    const service = await living()
    const elsewhere = { ...deadKeeper, id: 'k-6', pidSpace: 'another container' }
    const folder = await keeperFolder('k-6', elsewhere, startedLine('web', service))
    expect(await clearStaleKeepers(root)).toEqual([])
    const hoursAgo = new Date(Date.now() - 3 * 3_600_000)
    await utimes(path.join(folder, journalFile), hoursAgo, hoursAgo)
    expect(await clearStaleKeepers(root)).toEqual([{ id: 'k-6', cleared: [`removed ${folder}`], left: [] }])
    expect(isAlive(service)).toBe(true)
  })

  it('reads a journal whose last line was cut off, and damage in between', async () => {
    const service = await living()
    const folder = await keeperFolder('k-7', { id: 'k-7', ...deadKeeper })
    const line = JSON.stringify(startedLine('web', service))
    await writeFile(path.join(folder, journalFile), `{"kind":"started","pid":"1"}\n${line}\n{"kind":"sta`, {
      flag: 'a',
    })
    expect(readJournal(folder)).toMatchObject({ unreadable: 2, services: [{ name: 'web' }] })
    await clearStaleKeepers(root)
    expect(isAlive(service)).toBe(false)
  })

  it('keeps the journal while something named in it may not be removed', async () => {
    const folder = await keeperFolder(
      'k-8',
      { id: 'k-8', ...deadKeeper },
      { kind: 'folder', path: os.homedir() },
    )
    const [stale] = await clearStaleKeepers(root)
    expect(stale?.left).toEqual([expect.stringContaining(`${os.homedir()} is not removed by a keeper`)])
    expect(existsSync(os.homedir()) && existsSync(folder)).toBe(true)
  })
})

describe('folders that a keeper may remove', () => {
  const keepers = '/project/.assay/keepers'
  const own = path.join(os.tmpdir(), 'assay-data-1')
  it.each([`${keepers}/k-1/data`, own])('%s: yes', (folder) => {
    expect(() => checkRemovable(folder, keepers)).not.toThrow()
  })
  it.each([
    '/',
    '/project',
    keepers,
    `${keepers}/../../src`,
    '/etc',
    os.tmpdir(),
    `${os.tmpdir()}/other`,
    `${own}/../x`,
    `${own}/in`,
    'data',
  ])('%s: no', (folder) => {
    expect(() => checkRemovable(folder, keepers)).toThrow(/is not removed by a keeper/)
  })

  it('removes a link, not what it points to', async () => {
    const target = path.join(root, 'precious')
    await mkdir(target)
    const folder = await keeperFolder(
      'k-9',
      { id: 'k-9', ...deadKeeper },
      { kind: 'folder', path: path.join(root, 'k-9', 'link') },
    )
    await symlink(target, path.join(folder, 'link'))
    await clearStaleKeepers(root)
    expect([existsSync(target), existsSync(folder)]).toEqual([true, false])
  })
})
