// The pool testbed for tests: started from its ServiceSpecs without a keeper, ended by pid.
import { spawn, type ChildProcess } from 'node:child_process'
import { connect } from 'node:net'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ServiceSpec } from '../../keeper/service.ts'
import { waitForDatabase } from '../../testbed/service/database.ts'
import { cocoonTestbed, type CocoonOptions } from '../../testbed/cocoon/testbed.ts'
import { freePorts } from '../../testbed/service/ports.ts'
import { embeddedPostgres } from '../../testbed/service/postgres.ts'
import type { PreparedTestbed } from '../../testbed/testbed.ts'

export const projectRoot = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')

export interface RunningPool {
  testbed: PreparedTestbed
  baseUrl: string
  process(name: string): ChildProcess
  /** What the service wrote so far. */
  log(name: string): string
  /** Starts a service that was ended; resolves when it is ready. */
  start(name: string): Promise<void>
  end(name: string, signal: NodeJS.Signals): Promise<void>
  stop(): Promise<void>
}

/** Starts every service in order and waits for each. The caller must stop it. */
export async function startPool(options: Partial<CocoonOptions> = {}): Promise<RunningPool> {
  const stateDir = await mkdtemp(join(tmpdir(), 'assay-pool-'))
  const testbed = await cocoonTestbed({ stateDir, projectRoot, defects: [], ...options })
  const running = new Map<string, { child: ChildProcess; output: string[] }>()
  const start = async (name: string) => {
    const spec = testbed.services.find((service) => service.name === name) as ServiceSpec
    const output = running.get(name)?.output ?? []
    const child = spawnService(spec, output)
    running.set(name, { child, output })
    await waitUntilReady(spec, child, output)
  }
  const end = async (name: string, signal: NodeJS.Signals) => {
    const child = running.get(name)?.child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
  const stop = async () => {
    for (const { name, stopSignal } of [...testbed.services].reverse())
      await end(name, stopSignal ?? 'SIGTERM')
    await testbed.dispose()
    await rm(stateDir, { recursive: true, force: true })
  }
  try {
    for (const { name } of testbed.services) {
      await start(name)
      await testbed.whenReady[name]?.()
    }
  } catch (error) {
    await stop()
    throw error
  }
  const entry = (name: string) => running.get(name) as { child: ChildProcess; output: string[] }
  return {
    testbed,
    baseUrl: testbed.target.baseUrl,
    process: (name) => entry(name).child,
    log: (name) => entry(name).output.join(''),
    start,
    end,
    stop,
  }
}

/** Starts one service and waits for it; answers what ends it, in an orderly way unless another signal is given. */
export async function startService(spec: ServiceSpec): Promise<(signal?: NodeJS.Signals) => Promise<void>> {
  const output: string[] = []
  const child = spawnService(spec, output)
  await waitUntilReady(spec, child, output)
  return async (signal = spec.stopSignal ?? 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
}

/** A Postgres that belongs to no testbed, and answers. `end` ends it, `stop` removes its files as well. */
export async function startPostgres() {
  const stateDir = await mkdtemp(join(tmpdir(), 'assay-database-'))
  await chmod(stateDir, 0o755)
  const [port = 0] = await freePorts(1)
  const postgres = await embeddedPostgres({ stateDir, port })
  const end = await startService(postgres.service)
  // It listens a moment before it answers.
  await waitForDatabase(postgres.databaseUrl, 10_000)
  const stop = async (): Promise<void> => {
    await end()
    for (const folder of [...postgres.folders, stateDir]) await rm(folder, { recursive: true, force: true })
  }
  return { ...postgres, stateDir, end, stop }
}

function spawnService(spec: ServiceSpec, output: string[]): ChildProcess {
  const child = spawn(spec.command, spec.args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: '/tmp', ...spec.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    ...(spec.uid === undefined ? {} : { uid: spec.uid }),
    ...(spec.gid === undefined ? {} : { gid: spec.gid }),
  })
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => output.push(chunk.toString()))
  return child
}

async function waitUntilReady(spec: ServiceSpec, child: ChildProcess, output: string[]): Promise<void> {
  await until(`${spec.name} is ready`, spec.readyTimeoutMs ?? 10_000, async () => {
    if (child.exitCode !== null)
      throw new Error(`${spec.name} ended with ${child.exitCode}:\n${output.join('')}`)
    const { ready } = spec
    if (!ready) return true
    if ('url' in ready)
      return fetch(ready.url).then(
        ({ status }) => status === 200,
        () => false,
      )
    return accepts(ready.host, ready.port)
  })
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Asks again and again until it is true. @throws Error that says what did not come true in time. */
export async function until(
  what: string,
  withinMs: number,
  isTrue: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`)
    await delay(20)
  }
}
