// The pool testbed for tests: started from its ServiceSpecs without a keeper, ended by pid.
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServiceSpec } from '../../../../keeper/service.ts'
import { cocoonTestbed, type CocoonOptions } from '../../../../testbed/cocoon/testbed.ts'
import type { PreparedTestbed } from '../../../../testbed/testbed.ts'
import { testbedFolders } from '../../../../scripts/run/testbeds.ts'
import { endService, spawnService, waitUntilReady } from '../../../services.ts'

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
  const testbed = await cocoonTestbed({ stateDir, ...testbedFolders('cocoon'), defects: [], ...options })
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
    if (child !== undefined) await endService(child, signal)
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
