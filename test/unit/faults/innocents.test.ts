// Whom a pid file names, and what a fault on a process is known by: nobody else is hit, and a service that goes on answering was
// not hit at all.
import { spawn, type ChildProcess } from 'node:child_process'
import { chown, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FaultSpec } from '../../../faults/fault.ts'
import { drivers } from '../../../faults/drivers/index.ts'
import { live, ownInjector, unproven } from '../../../faults/life-cycle.ts'
import { observerOf } from '../../../faults/observer.ts'
import { actionsOf } from '../../../keeper/actions.ts'
import { identify, statFields } from '../../../keeper/processes.ts'
import type { FaultVerdict } from '../../../verdict/verdict.ts'
import { spec } from './test-fault.ts'

let folder: string
let pidFile: string
const started: ChildProcess[] = []
const serving: number[] = []
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'assay-innocents-'))
  pidFile = path.join(folder, 'pid')
})
afterEach(async () => {
  for (const one of started.splice(0)) one.kill('SIGKILL')
  for (const pid of serving.splice(0)) if (identify(pid) !== null) process.kill(pid, 'SIGKILL')
  await rm(folder, { recursive: true })
})

/** Says its pid and its port once it serves. */
const server = `require('http').createServer((_, response) => response.end()).listen(0, '127.0.0.1', function () {
  console.log(process.pid + ' ' + this.address().port)
})`

/** Something that becomes a server or starts one: its own pid, that of the server, and where the server answers. */
async function startedAs(command: string, ...args: string[]) {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE: process.execPath, SERVER: server },
  })
  started.push(child)
  const lines = createInterface({ input: child.stdout })
  const [line] = await new Promise<string[]>((resolve) => lines.once('line', (text) => resolve([text])))
  const [pid, port] = line!.split(' ').map(Number)
  serving.push(pid!)
  return { pid: child.pid!, server: pid!, health: `http://127.0.0.1:${port}/` }
}

const direct = () => startedAs(process.execPath, '-e', server)
/** A start script that waits for what it started. */
const byScript = () => startedAs('sh', '-c', '"$NODE" -e "$SERVER" & wait')
/** One that never asks what became of it. */
const forgotten = () => startedAs('sh', '-c', '"$NODE" -e "$SERVER" & exec sleep 600')

/** A process that serves nothing. */
function innocent(options: { uid?: number } = {}): number {
  const child = spawn('sleep', ['600'], { stdio: 'ignore', ...options })
  started.push(child)
  return child.pid!
}

const faultOn = (kind: string, part: object): FaultSpec => ({
  ...spec,
  driver: 'process',
  target: 'gateway',
  part: { pidFile, ...part },
  settings: { kind },
  seconds: 0.3,
})

const remembered = (part: object, kind = 'kill') =>
  drivers['process']!.remember!(faultOn(kind, part), actionsOf({}, null))

async function lived(kind: string, pid: number, part: object): Promise<FaultVerdict> {
  await writeFile(pidFile, String(pid))
  const fault = faultOn(kind, part)
  const verdict = unproven(fault)
  const driver = drivers['process']!
  const wait = async (ms: number): Promise<void> => void (await pause(ms))
  await live(fault, verdict, {
    driver,
    injector: ownInjector(driver, actionsOf({}, null)),
    observer: observerOf({}, async () => null),
    patience: { biteMs: 500, lastMs: 100, healMs: 1_000, everyMs: 20 },
    hold: wait,
    pause: wait,
    say: () => undefined,
  })
  return verdict
}

describe.runIf(process.platform === 'linux')('a fault on a process', () => {
  test.each(['kill', 'stop'])('that only ends who started the service has not bitten: %s', async (kind) => {
    const { pid, health } = await byScript()
    const verdict = await lived(kind, pid, { health })
    expect(verdict).toMatchObject({ bite: false, healed: true, problem: null, residue: [] })
    expect(verdict.effect?.during).toMatch(
      kind === 'kill' ? 'no process, answers 200' : /stopped, answers 200/,
    )
  })

  test('is seen by the answers that do not come any more', async () => {
    const { pid, health } = await direct()
    expect(await lived('stop', pid, { health })).toMatchObject({ bite: true, healed: true, problem: null })
    const verdict = await lived('kill', pid, { health })
    expect(verdict).toMatchObject({ bite: true, healed: false, problem: null })
    expect(verdict.effect?.during).toBe('no process, no answer')
  })

  test('is over when somebody serves again, whatever the pid file says', async () => {
    const { pid, health } = await direct()
    const { port } = new URL(health)
    const again = server.replace('listen(0', `listen(${port}`)
    setTimeout(() => void startedAs(process.execPath, '-e', again), 100)
    expect(await lived('kill', pid, { health })).toMatchObject({ bite: true, healed: true, problem: null })
  })

  test('that is dead and not yet collected has ended', async () => {
    const { server: pid, health } = await forgotten()
    const verdict = await lived('kill', pid, { health })
    expect(statFields(pid)?.[0]).toBe('Z')
    expect(verdict).toMatchObject({ bite: true, problem: null })
    expect(verdict.effect?.during).toBe('no process, no answer')
    await expect(remembered({ health })).rejects.toThrow(`names process ${pid}, which does not run`)
  })
})

describe.runIf(process.platform === 'linux')('a pid file', () => {
  const noService = { health: 'http://127.0.0.1:9/' }

  test('that is stale and was touched since names nobody who is killed', async () => {
    const pid = innocent()
    const verdict = await lived('kill', pid, noService)
    expect(verdict).toMatchObject({ bite: false, healed: true })
    for (const text of [`processes.gateway.pidFile (${pidFile}) names process ${pid} (sleep 600)`, 'port 9'])
      expect(verdict.problem).toContain(text)
    expect(identify(pid)).not.toBeNull()
    await expect(remembered(noService, 'stop')).rejects.toThrow('give processes.gateway.command')
    expect(statFields(pid)?.[0]).toBe('S')
  })

  test('names the process of which its command line is told, and no other one', async () => {
    const pid = innocent()
    await writeFile(pidFile, String(pid))
    expect(await remembered({ ...noService, command: 'sleep 600' })).toMatchObject({ pid: String(pid) })
    await expect(remembered({ ...noService, command: 'gateway.js' })).rejects.toThrow(
      'its command line does not hold processes.gateway.command ("gateway.js")',
    )
  })

  test('names the process that serves, or the one that started it', async () => {
    const { pid, server: child, health } = await byScript()
    for (const one of [pid, child]) {
      await writeFile(pidFile, String(one))
      expect(await remembered({ health })).toMatchObject({ pid: String(one) })
    }
    await expect(remembered({ health: 'http://127.0.0.1:9/' })).rejects.toThrow(
      'neither it nor what it started listens on port 9 of processes.gateway.health (http://127.0.0.1:9/)',
    )
  })

  test('that is older than the process names somebody who has ended', async () => {
    const { pid, health } = await direct()
    await writeFile(pidFile, String(pid))
    const before = new Date(Date.now() - 60_000)
    await utimes(pidFile, before, before)
    await expect(remembered({ health, command: 'node' })).rejects.toThrow('it is younger than the file')
  })

  test.runIf(process.getuid?.() === 0)('of one user names no process of another one', async () => {
    const command = 'sleep 600'
    const part = { ...noService, command }
    const root = innocent()
    await writeFile(pidFile, String(root))
    await chown(pidFile, 65_534, 65_534)
    await expect(remembered(part)).rejects.toThrow('it belongs to the user 0, and the file to the user 65534')
    const own = innocent({ uid: 65_534 })
    await writeFile(pidFile, String(own))
    expect(await remembered(part)).toMatchObject({ pid: String(own) })
    // A service that was started as root, and has given that up.
    await chown(pidFile, 0, 0)
    expect(await remembered(part)).toMatchObject({ pid: String(own) })
  })

  test('that is not there, or holds no number, is named', async () => {
    await expect(remembered(noService)).rejects.toThrow(
      `processes.gateway.pidFile (${pidFile}) cannot be read: ENOENT; is gateway running?`,
    )
    for (const text of ['', 'gateway', '1', '-5']) {
      await writeFile(pidFile, text)
      await expect(remembered(noService)).rejects.toThrow('must hold the number of a process')
    }
  })

  test('shows a process without what looks like a secret', async () => {
    const child = spawn(process.execPath, [
      '-e',
      'setInterval(() => {}, 1e6)',
      '--',
      '--token',
      's3cret-value',
    ])
    started.push(child)
    await writeFile(pidFile, String(child.pid))
    const message = await remembered(noService).then(String, String)
    expect(message).toContain('--token [redacted]')
    expect(message).not.toContain('s3cret')
  })
})
