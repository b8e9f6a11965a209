// Services for tests, started from their specs without a keeper, and ended by pid.
import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { notReadyBecause } from '../keeper/readiness.ts'
import type { ServiceSpec } from '../keeper/service.ts'
import { waitForDatabase } from '../testbed/service/database.ts'
import { freePorts } from '../testbed/service/ports.ts'
import { embeddedPostgres } from '../testbed/service/postgres.ts'

/** Starts one service and waits for it; answers what ends it, in an orderly way unless another signal is given. */
export async function startService(spec: ServiceSpec): Promise<(signal?: NodeJS.Signals) => Promise<void>> {
  const output: string[] = []
  const child = spawnService(spec, output)
  await waitUntilReady(spec, child, output)
  return (signal = spec.stopSignal ?? 'SIGTERM') => endService(child, signal)
}

/** Ends it by this signal, and waits for the end. */
export async function endService(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
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

export function spawnService(spec: ServiceSpec, output: string[]): ChildProcess {
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

export async function waitUntilReady(
  spec: ServiceSpec,
  child: ChildProcess,
  output: string[],
): Promise<void> {
  await until(`${spec.name} is ready`, spec.readyTimeoutMs ?? 10_000, async () => {
    if (child.exitCode !== null)
      throw new Error(`${spec.name} ended with ${child.exitCode}:\n${output.join('')}`)
    return spec.ready === undefined || (await notReadyBecause(spec.ready)) === null
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
