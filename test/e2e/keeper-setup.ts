// The setup of the keeper's tests: its programs bundled from today's sources in a folder of their own, services that do as they
// are told, and waits with a deadline.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { build } from 'esbuild'
import { startKeeper, type KeeperClient, type StartKeeperOptions } from '../../keeper/client.ts'
import type { ServiceSpec } from '../../keeper/service.ts'

const project = path.resolve(import.meta.dirname, '../..')

export interface KeeperSetup {
  /** Takes the place of the project: .assay goes below it. */
  root: string
  runDir: string
  program: string
  keepersRoot: string
  start(options?: Partial<StartKeeperOptions>): Promise<KeeperClient>
  /** A Node program of this text; it is told what it needs by its environment. */
  script(name: string, text: string): Promise<string>
  remove(): Promise<void>
}

export async function prepareSetup(): Promise<KeeperSetup> {
  // Not named as the folders that a keeper may remove.
  const root = await mkdtemp(path.join(os.tmpdir(), 'keeper-setup-'))
  const runDir = path.join(root, 'run')
  await mkdir(runDir)
  await symlink(path.join(project, 'node_modules'), path.join(root, 'node_modules'))
  const outdir = path.join(root, 'dist')
  await build({
    entryPoints: ['keeper/main.ts', 'keeper/client.ts', 'scripts/commands/doctor.ts'].map((file) =>
      path.join(project, file),
    ),
    outdir,
    outbase: project,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  })
  await writeFile(path.join(root, 'package.json'), '{ "type": "module" }')
  const program = path.join(outdir, 'keeper', 'main.js')
  return {
    root,
    runDir,
    program,
    keepersRoot: path.join(root, '.assay', 'keepers'),
    start: (options = {}) =>
      startKeeper({ workFolder: root, runDir, allow: [process.execPath], program, ...options }),
    script: async (name, text) => {
      const file = path.join(root, `${name}.js`)
      await writeFile(file, text)
      return file
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** A service that answers 200 on PORT, and says so. */
export const answering = `
import http from 'node:http'
http.createServer((request, response) => response.end('database_connections 7\\n')).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'))
process.on('SIGTERM', () => process.exit(0))
`

export function nodeService(name: string, file: string, more: Partial<ServiceSpec> = {}): ServiceSpec {
  return { name, command: process.execPath, args: [file], env: {}, ...more }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Asks again until the answer is neither null nor false; the last error or the deadline is the reason of the failure. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  deadlineMs: number,
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (performance.now() > end) throw new Error(`not in ${deadlineMs} ms: ${what}`)
    await pause(20)
  }
}
