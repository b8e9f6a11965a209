// Whoever dies, and however: nothing that the keeper started outlives the runner for long.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { KeeperError } from '../../keeper/client.ts'
import {
  identify,
  isAlive,
  markedProcesses,
  statFields,
  type ProcessIdentity,
} from '../../keeper/processes.ts'
import { doctor } from '../../scripts/commands/doctor.ts'
import { nodeService, prepareSetup, until, type KeeperSetup } from './keeper-setup.ts'

/** The promise of the keeper: a runner that is gone leaves nothing for longer. */
const goneWithinMs = 10_000

let setup: KeeperSetup
let stubborn = ''
let runner = ''
const started: ChildProcess[] = []

beforeAll(async () => {
  setup = await prepareSetup()
  // Does not hear its stop signal, and starts a child that leaves its process group.
  stubborn = await setup.script(
    'stubborn',
    `import { spawn } from 'node:child_process'
     process.on('SIGTERM', () => console.log('not I'))
     process.on('SIGINT', () => console.log('somebody pressed Ctrl-C'))
     spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { detached: true, stdio: 'ignore' })
     console.log('up')
     setInterval(() => {}, 1e6)`,
  )
  runner = await setup.script(
    'runner',
    `import { startKeeper } from './dist/keeper/client.js'
     const { stubborn, removed, ...options } = JSON.parse(process.env.SETUP)
     const keeper = await startKeeper({ ...options, allow: [process.execPath] })
     await keeper.removeAtEnd(removed)
     const services = []
     for (const name of ['one', 'two']) {
       const { pid } = await keeper.start({ name, command: process.execPath, args: [stubborn], env: {}, stopTimeoutMs: 60_000 })
       await new Promise((resolve) => keeper.output(name, resolve))
       services.push(pid)
     }
     process.on('SIGINT', async () => {
       console.log(JSON.stringify(await keeper.status()))
       for (const name of ['one', 'two']) await keeper.signal(name, 'SIGKILL')
       await keeper.end()
       process.exit(0)
     })
     console.log(JSON.stringify({ id: keeper.id, keeper: keeper.pid, services }))
     setInterval(() => {}, 1e6)`,
  )
})
afterEach(async () => {
  for (const one of started.splice(0)) one.kill('SIGKILL')
  await until('every keeper is gone', async () => (await keeperIds()).length === 0, goneWithinMs)
})
afterAll(() => setup.remove())

const keeperIds = (): Promise<string[]> => readdir(setup.keepersRoot)

interface Scene {
  runner: ChildProcess
  id: string
  keeper: ProcessIdentity
  services: ProcessIdentity[]
  /** Everything that carries the keeper's mark: the services, and their children in sessions of their own. */
  all: ProcessIdentity[]
  nextLine(): Promise<string>
}

async function scene(lease: { leaseMs?: number } = {}): Promise<Scene> {
  const { root: workFolder, runDir, program } = setup
  const removed = path.join(tmpdir(), `assay-extra-${path.basename(setup.root)}`)
  const child = spawn(process.execPath, [runner], {
    // A group of its own, as a shell gives to a command: Ctrl-C is a signal to the group.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      SETUP: JSON.stringify({ workFolder, runDir, program, stubborn, removed, ...lease }),
    },
  })
  started.push(child)
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => (await lines.next()).value as string
  const { id, keeper, services } = JSON.parse(await nextLine()) as {
    id: string
    keeper: number
    services: number[]
  }
  const all = await until(
    'both services have a child',
    () => (markedProcesses(`${id}/`).length === 4 ? markedProcesses(`${id}/`) : null),
    5000,
  )
  return {
    runner: child,
    id,
    keeper: identify(keeper)!,
    services: services.map((pid) => identify(pid)!),
    all,
    nextLine,
  }
}

const anyAlive = (all: ProcessIdentity[]): boolean => all.some(isAlive)

/** Where the length of the lease is not what is tested, but the machine may be busy. */
const shortLease = { leaseMs: 2000 }

describe('a runner killed by -9', () => {
  it('leaves nothing 10 s later, not even services that do not want to end', async () => {
    const { runner, id, keeper, all } = await scene()
    const since = performance.now()
    runner.kill('SIGKILL')
    await until('services and keeper are gone', () => !anyAlive([keeper, ...all]), goneWithinMs)
    expect(existsSync(path.join(setup.keepersRoot, id))).toBe(false)
    expect(performance.now() - since).toBeLessThan(goneWithinMs)
    const log = await readFile(path.join(setup.runDir, 'services', 'keeper.log'), 'utf8')
    expect(log).toMatch(/ending: the lease was not renewed for 5000 ms/)
  })

  it('is the same for one that is stopped and renews nothing', async () => {
    const { runner, keeper, all } = await scene(shortLease)
    runner.kill('SIGSTOP')
    await until('services and keeper are gone', () => !anyAlive([keeper, ...all]), goneWithinMs)
  })
})

describe('Ctrl-C', () => {
  it('reaches the runner alone, which then ends everything', async () => {
    const { runner, keeper, services, all, nextLine } = await scene(shortLease)
    const sessions = [process.pid, runner.pid!, keeper.pid, ...services.map(({ pid }) => pid)].map(
      (pid) => statFields(pid)?.[3],
    )
    expect(new Set(sessions).size).toBe(sessions.length)
    const exit = new Promise((resolve) => runner.once('exit', resolve))
    process.kill(-runner.pid!, 'SIGINT')
    expect((JSON.parse(await nextLine()) as { state: string }[]).map(({ state }) => state)).toEqual([
      'ready',
      'ready',
    ])
    expect(await exit).toBe(0)
    expect(anyAlive([keeper, ...all])).toBe(false)
    expect(await readFile(path.join(setup.runDir, 'services', 'one.log'), 'utf8')).not.toContain('Ctrl-C')
  })
})

describe('a keeper killed by -9', () => {
  it('is told to whoever waits, and what it left is ended by end()', async () => {
    const keeper = await setup.start()
    const { pid } = await keeper.start(nodeService('left', stubborn))
    const service = identify(pid)!
    const pending = [keeper.waitExit('left'), keeper.output('left', () => {})].map((one) =>
      one.catch((thrown: unknown) => thrown),
    )
    process.kill(keeper.pid, 'SIGKILL')
    for (const thrown of [await keeper.lost, ...(await Promise.all(pending))]) {
      expect(thrown).toBeInstanceOf(KeeperError)
      expect(thrown).toMatchObject({ code: 'keeper_lost' })
      expect(String(thrown)).toMatch(/the keeper \(pid \d+\) .*make doctor ends it/)
    }
    await expect(keeper.start(nodeService('late', stubborn))).rejects.toMatchObject({ code: 'keeper_lost' })
    expect(isAlive(service)).toBe(true)
    await keeper.end()
    expect(anyAlive([service, ...markedProcesses(`${keeper.id}/`)])).toBe(false)
  })

  it('is cleared by the doctor when the runner is gone too, and a living keeper is left alone', async () => {
    const dead = await scene(shortLease)
    const living = await setup.start()
    const { pid } = await living.start(nodeService('alive', stubborn))
    dead.runner.kill('SIGKILL')
    process.kill(dead.keeper.pid, 'SIGKILL')
    await until('the keeper is dead', () => !isAlive(dead.keeper), 2000)
    expect(dead.all.every(isAlive)).toBe(true)
    const lines: string[] = []
    await doctor({ clear: true, root: setup.root, say: (line) => lines.push(line) })
    expect(anyAlive(dead.all)).toBe(false)
    expect(lines.join('\n')).toContain(`ended one (pid ${dead.services[0]?.pid})`)
    expect(await keeperIds()).toEqual([living.id])
    expect(isAlive(identify(pid)!)).toBe(true)
    await living.signal('alive', 'SIGKILL')
    await living.end()
  })

  it('is cleared by the next keeper, which says so', async () => {
    const dead = await scene(shortLease)
    dead.runner.kill('SIGKILL')
    process.kill(dead.keeper.pid, 'SIGKILL')
    await until('the keeper is dead', () => !isAlive(dead.keeper), 2000)
    const next = await setup.start()
    expect(anyAlive(dead.all)).toBe(false)
    expect(next.cleared).toContain(`ended two (pid ${dead.services[1]?.pid})`)
    await next.end()
  })
})
