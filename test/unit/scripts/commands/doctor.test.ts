import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Journal } from '../../../../keeper/journal.ts'
import { pidSpace } from '../../../../keeper/processes.ts'
import { doctor } from '../../../../scripts/commands/doctor.ts'

const project = path.resolve(import.meta.dirname, '../../../..')
let root = ''
let programs = ''

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'keeper-doctor-'))
  programs = path.join(root, 'programs')
  await mkdir(programs)
  await mkdir(path.join(root, 'bin'))
  await writeFile(path.join(root, 'package.json'), '{}')
  await symlink(path.join(project, 'node_modules'), path.join(root, 'node_modules'))
})
afterEach(() => rm(root, { recursive: true }))

async function program(file: string, says: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\necho '${says}'\n`)
  await chmod(file, 0o755)
}
const onPath = (name: string, says: string): Promise<void> => program(path.join(programs, name), says)

/** The exit code, and the table as one text with single spaces. */
async function ask(
  environment: Record<string, string> = {},
  clear = false,
): Promise<{ code: number; text: string }> {
  const lines: string[] = []
  const code = await doctor({
    clear,
    root,
    environment: { PATH: programs, ...environment },
    say: (line) => lines.push(line),
  })
  return { code, text: lines.map((line) => line.replace(/ +/g, ' ')).join('\n') }
}

describe('doctor', () => {
  it('is content with a k6 on the PATH and no Go', async () => {
    await onPath('k6', 'k6 v2.2.0 (go1.26.8, linux/amd64)')
    const { code, text } = await ask()
    expect(text).toMatch(/^ok k6 k6 2\.2\.0 \(on the PATH\)$/m)
    expect(text).toMatch(/^note go none on the PATH$/m)
    expect(text).toMatch(/^ok postgres embedded Postgres \d+\.\d+$/m)
    expect(text).toMatch(/^ok leftovers none\ndoctor: ready to run$/m)
    expect(code).toBe(0)
  })

  it('is content with Go alone, which builds k6', async () => {
    await onPath('go', 'go version go1.25.1 linux/amd64')
    const { code, text } = await ask()
    expect(text).toMatch(/^note k6 none of: k6, .*\n -> the first run builds bin\/k6/m)
    expect(code).toBe(0)
  })

  it.each([
    ['nothing at all', 'echo', ''],
    ['a Go that is too old', 'go', 'go version go1.21.3 linux/amd64'],
    ['a k6 that is too old', 'k6', 'k6 v0.47.0 (go1.21, linux/amd64)'],
    ['a k6 that is none', 'k6', 'hello'],
  ])('with %s says which of the two to install, and 64', async (_what, name, says) => {
    await onPath(name, says)
    const { code, text } = await ask()
    expect(text).toMatch(
      /^missing k6 .*\n -> install either k6 1\.0 or newer, or Go 1\.25 or newer, which builds it$/m,
    )
    expect(text).toMatch(/^doctor: not ready: k6$/m)
    expect(code).toBe(64)
  })

  it('does not look elsewhere when K6= names a k6', async () => {
    await program(path.join(root, 'bin', 'k6'), 'k6 v1.8.1 (go1.26.8, linux/amd64)')
    expect((await ask()).text).toMatch(/^ok k6 k6 1\.8\.1/m)
    const { code, text } = await ask({ K6: '/no/such/k6' })
    expect(text).toMatch(/^missing k6 none of: \/no\/such\/k6\n -> K6= names no k6 1 or 2/m)
    expect(code).toBe(64)
  })

  it('misses the database, and takes another by TESTBED_DATABASE_URL without showing it', async () => {
    await onPath('k6', 'k6 v1.8.1 (go1.26.8, linux/amd64)')
    await rm(path.join(root, 'node_modules'))
    const { code, text } = await ask()
    expect(text).toMatch(/^missing postgres .*\n -> run npm ci, or set TESTBED_DATABASE_URL/m)
    expect(code).toBe(64)
    const other = await ask({ TESTBED_DATABASE_URL: 'postgres://me:hunter2@db/pool' })
    expect(other.text).toMatch(/^ok postgres the one that TESTBED_DATABASE_URL names$/m)
    expect(other.text).not.toContain('hunter2')
    expect(other.code).toBe(0)
  })

  it('names what a dead keeper left, and removes it only when told to', async () => {
    await onPath('k6', 'k6 v1.8.1 (go1.26.8, linux/amd64)')
    const keepers = path.join(root, '.assay', 'keepers')
    const folder = path.join(keepers, 'k-dead')
    await mkdir(folder, { recursive: true })
    const journal = new Journal(folder)
    journal.write({ kind: 'keeper', id: 'k-dead', pidSpace, pid: process.pid, startTime: 'long ago' })
    expect((await ask()).text).toMatch(/^note leftovers of k-dead$/m)
    expect(await readdir(keepers)).toEqual(['k-dead'])
    // What it may not remove is not removed, named, and keeps the machine from being called ready.
    journal.write({ kind: 'folder', path: '/etc' })
    const refused = await ask({}, true)
    expect(refused.text).toMatch(/^missing leftovers \/etc is still there: .*$/m)
    expect(refused.text).toContain(`as the user who ran it, and then its journal: rm -r ${folder}`)
    expect(refused.code).toBe(64)
    journal.close()
    await rm(folder, { recursive: true })
    await mkdir(folder)
    const clean = new Journal(folder)
    clean.write({ kind: 'keeper', id: 'k-dead', pidSpace, pid: process.pid, startTime: 'long ago' })
    clean.close()
    const { code, text } = await ask({}, true)
    expect(text).toContain(`ok leftovers removed ${folder}`)
    expect(code).toBe(0)
    expect(await readdir(keepers)).toEqual([])
  })
})
