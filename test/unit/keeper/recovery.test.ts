import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkRemovable, makePrivateFolder, removeFolder } from '../../../keeper/folders.ts'
import { removeIsolation } from '../../../keeper/isolations.ts'
import { Journal, journalFile, readJournal, type JournalLine } from '../../../keeper/journal.ts'
import { identify, isAlive, keeperMark, pidSpace, type ProcessIdentity } from '../../../keeper/processes.ts'
import { clearStaleKeepers, staleKeepers } from '../../../keeper/recovery.ts'
import { latencyAt } from '../faults/test-fault.ts'

let root = ''
const started: ChildProcess[] = []
const isRoot = process.geteuid?.() === 0
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

describe('the folders of keepers', () => {
  it('are closed to everybody else, whatever the umask is, and those of before, too', async () => {
    const before = path.join(root, 'before')
    await mkdir(before)
    await chmod(before, 0o777)
    const umask = process.umask(0)
    try {
      for (const folder of [before, path.join(root, 'new')]) {
        makePrivateFolder(folder)
        expect((await stat(folder)).mode & 0o777).toBe(0o700)
      }
    } finally {
      process.umask(umask)
    }
  })

  it('are no links to somewhere, and no files', async () => {
    await symlink(os.tmpdir(), path.join(root, 'link'))
    await writeFile(path.join(root, 'file'), '')
    expect(() => makePrivateFolder(path.join(root, 'link'))).toThrow(/link is no folder: remove it/)
    expect(() => makePrivateFolder(path.join(root, 'file'))).toThrow(/file is no folder: remove it/)
  })

  it.runIf(isRoot)('are not taken from another user', async () => {
    const foreign = path.join(root, 'foreign')
    await mkdir(foreign)
    await chown(foreign, 65_534, 65_534)
    expect(() => makePrivateFolder(foreign)).toThrow(/belongs to another user: run as that user/)
    expect((await stat(foreign)).mode & 0o777).not.toBe(0o700)
  })
})

describe('a journal that another user may have written', () => {
  /** It names all that could be harmed: a process, a folder, a disk, a file as a fault's. */
  async function planted(id: string): Promise<{ victim: ProcessIdentity; precious: string; folder: string }> {
    const victim = await living()
    const precious = path.join(root, id, 'data')
    const folder = await keeperFolder(
      id,
      { id, ...deadKeeper },
      startedLine('web', victim),
      { kind: 'folder', path: precious },
      { kind: 'isolation', isolation: { kind: 'disk', folder: precious, bytes: 1 } },
    )
    await mkdir(precious)
    return { victim, precious, folder }
  }

  async function expectUntouched(
    { victim, precious, folder }: Awaited<ReturnType<typeof planted>>,
    why: RegExp,
  ) {
    const [stale] = await clearStaleKeepers(root)
    expect(stale?.cleared).toEqual([])
    expect(stale?.left).toEqual([expect.stringMatching(why)])
    expect(isAlive(victim)).toBe(true)
    expect([precious, folder].map(existsSync)).toEqual([true, true])
    expect(await staleKeepers(root)).toEqual([path.basename(folder)])
  }

  it('does nothing where the folder can be written by others', async () => {
    const found = await planted('k-20')
    await chmod(found.folder, 0o777)
    await expectUntouched(found, /k-20 can be written by other users, so nothing is done/)
  })

  it('does nothing where the file can be written by others', async () => {
    const found = await planted('k-21')
    await chmod(path.join(found.folder, journalFile), 0o666)
    await expectUntouched(found, /journal.ndjson can be written by other users/)
  })

  it.runIf(isRoot).each(['folder', 'file'])(
    'does nothing where the %s belongs to somebody else',
    async (what) => {
      const found = await planted('k-22')
      await chown(what === 'folder' ? found.folder : path.join(found.folder, journalFile), 65_534, 65_534)
      await expectUntouched(found, /belongs to another user/)
    },
  )

  it('does nothing where it is a link to a file elsewhere', async () => {
    const found = await planted('k-23')
    const file = path.join(found.folder, journalFile)
    await rename(file, path.join(found.folder, 'elsewhere'))
    await symlink(path.join(found.folder, 'elsewhere'), file)
    await expectUntouched(found, /journal.ndjson is no file/)
  })
})

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

describe('a living keeper', () => {
  const me = (): JournalLine => ({ ...deadKeeper, id: 'k-30', ...identify(process.pid)! })

  it.runIf(isRoot)('is no leftover, whoever runs it', async () => {
    const folder = await keeperFolder('k-30', me())
    for (const file of [folder, path.join(folder, journalFile)]) await chown(file, 65_534, 65_534)
    expect(await staleKeepers(root)).toEqual([])
    expect(await clearStaleKeepers(root)).toEqual([])
    expect(existsSync(folder)).toBe(true)
  })

  it('is no leftover where the system hides the processes of others', async () => {
    // Higher than any number that the kernel gives.
    const hidden = { ...deadKeeper, id: 'k-31', pid: 2 ** 22 + 1 }
    await keeperFolder('k-31', hidden)
    const kill = vi.spyOn(process, 'kill')
    kill.mockImplementation(() => {
      throw Object.assign(new Error('not permitted'), { code: 'EPERM' })
    })
    expect(await staleKeepers(root)).toEqual([])
    kill.mockRestore()
    expect(await staleKeepers(root)).toEqual(['k-31'])
  })

  it.runIf(isRoot && process.platform === 'linux')('is not asked of what is no file', async () => {
    const folder = path.join(root, 'k-32')
    await mkdir(folder)
    execFileSync('mkfifo', [path.join(folder, journalFile)])
    const [stale] = await clearStaleKeepers(root)
    expect(stale?.left).toEqual([expect.stringContaining('journal.ndjson is no file')])
  })
})

describe('a fault that nobody ended', () => {
  const fault = (control: string): JournalLine => ({
    kind: 'fault',
    spec: { ...latencyAt(control, 'clients'), seconds: 10, before: { toxics: 'assay-1' } },
  })

  it('is over with its proxy, where that refuses connections', async () => {
    const folder = await keeperFolder('k-40', { id: 'k-40', ...deadKeeper }, fault('http://127.0.0.1:9'))
    expect(await clearStaleKeepers(root)).toEqual([
      {
        id: 'k-40',
        cleared: [
          'the fault "latency clients" went with whoever held it: http://127.0.0.1:9 refuses connections',
          `removed ${folder}`,
        ],
        left: [],
      },
    ])
  })

  it('still lasts where its proxy answers and does not end it', async () => {
    const proxy = createServer((_, response) => void response.writeHead(500).end('stuck'))
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const control = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const folder = await keeperFolder('k-41', { id: 'k-41', ...deadKeeper }, fault(control))
    const [stale] = await clearStaleKeepers(root)
    expect(stale?.left).toEqual([expect.stringMatching(/"latency clients" still lasts: GET .* answered 500/)])
    expect(existsSync(folder)).toBe(true)
    proxy.closeAllConnections()
    proxy.close()
  })
})

describe('folders that a keeper may remove', () => {
  const keepers = '/project/.assay/keepers'
  const keeper = `${keepers}/k-1`
  const own = path.join(os.tmpdir(), 'assay-data-1')
  it.each([`${keeper}/data`, `${keeper}/data/..postgres`, own])('%s: yes', (folder) => {
    expect(() => checkRemovable(folder, keeper)).not.toThrow()
  })
  it.each([
    '/',
    '/project',
    keepers,
    keeper,
    `${keepers}/k-2/data`,
    `${keeper}/../../src`,
    '/etc',
    os.tmpdir(),
    `${os.tmpdir()}/other`,
    `${own}/../x`,
    `${own}/in`,
    'data',
  ])('%s: no', (folder) => {
    expect(() => checkRemovable(folder, keeper)).toThrow(/is not removed by a keeper/)
  })

  it('lie there once every link above them is followed', async () => {
    const precious = path.join(root, 'precious')
    await mkdir(path.join(precious, 'data'), { recursive: true })
    const folder = path.join(root, 'k-1')
    await mkdir(folder)
    await symlink(precious, path.join(folder, 'way-out'))
    const outside = path.join(folder, 'way-out', 'data')
    await expect(removeFolder(outside, folder)).rejects.toThrow(/is not removed by a keeper/)
    await expect(removeFolder(path.join(folder, 'way-out', 'not', 'there'), folder)).rejects.toThrow(
      /not removed/,
    )
    const disk = { kind: 'disk', folder: outside, bytes: 1 } as const
    await expect(removeIsolation(disk, folder)).rejects.toThrow(/no disk is made or removed at/)
    // The same keeper by another way is the same.
    await symlink(folder, path.join(root, 'other-name'))
    await mkdir(path.join(folder, 'data'))
    expect(await removeFolder(path.join(root, 'other-name', 'data'), folder)).toBe(true)
    expect([path.join(precious, 'data'), path.join(folder, 'data')].map(existsSync)).toEqual([true, false])
  })

  it.runIf(isRoot)('are not those of another user in the temporary folder', async () => {
    const foreign = await mkdtemp(path.join(os.tmpdir(), 'assay-foreign-'))
    try {
      await chown(foreign, 65_534, 65_534)
      expect(() => checkRemovable(foreign, root)).toThrow(/is not removed by a keeper/)
    } finally {
      await rm(foreign, { recursive: true })
    }
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
