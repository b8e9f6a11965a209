// What drivers need of the machine that they work on, and how one finds out whether it is there.
import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, rmdirSync } from 'node:fs'
import path from 'node:path'
import { allowLimits, groupFolders } from './control-groups.ts'
import type { Capability, Driver, FaultSpec } from './fault.ts'

/** A program on the PATH: its whole path; null where there is none. */
export function programOnPath(name: string, search = process.env['PATH'] ?? ''): string | null {
  for (const folder of [...search.split(path.delimiter), '/usr/sbin', '/sbin']) {
    if (!path.isAbsolute(folder)) continue
    const file = path.join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // The next folder may have it.
    }
  }
  return null
}

/** The same for whoever starts it: its bare name where it is not there, for the system to say so. */
export const programPath = (name: string): string => programOnPath(name) ?? name

const program = (name: string, install: string) => () =>
  programOnPath(name) === null ? `there is no ${name} on the PATH; install ${install}` : null

/** Where Debian and others put the library; it is loaded into a process before all others. */
const libfaketimes = ['x86_64-linux-gnu', 'aarch64-linux-gnu', '.'].map(
  (folder) => `/usr/lib/${folder}/faketime/libfaketime.so.1`,
)
export const libfaketime = (): string | null => libfaketimes.find((file) => existsSync(file)) ?? null

/** Tries once what may be forbidden even to root, as it is in most containers. */
function tried(what: string, deed: () => void): () => string | null {
  let found: string | null | undefined
  return () => {
    if (found === undefined) {
      try {
        deed()
        found = null
      } catch (error) {
        found = `${what}: ${(error as Error).message.trim().split('\n').at(-1)}`
      }
    }
    return found
  }
}

const tryName = `assay-try-${process.pid}`

/** Each says why it is missing; null when it is there. */
const capabilities = {
  linux: () => (process.platform === 'linux' ? null : 'this is not Linux'),
  root: () => (process.getuid?.() === 0 ? null : 'only root may do this'),
  // Wherever it runs: the target file names its control address, and the testbed brings one.
  toxiproxy: () => null,
  'control groups': tried('no control group can be made', () => {
    allowLimits('')
    for (const folder of groupFolders(tryName)) {
      mkdirSync(folder)
      rmdirSync(folder)
    }
  }),
  iptables: program('iptables', 'iptables'),
  ip: program('ip', 'iproute2'),
  'network namespaces': tried('no network namespace can be made', () => {
    const ip = (...words: string[]) => execFileSync(programPath('ip'), words, { stdio: 'pipe' })
    ip('netns', 'add', tryName)
    try {
      ip('link', 'add', `as-try-${process.pid}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', tryName)
    } finally {
      // The cable goes with it.
      ip('netns', 'delete', tryName)
    }
  }),
  'stress-ng': program('stress-ng', 'stress-ng'),
  prlimit: program('prlimit', 'util-linux'),
  kubectl: program('kubectl', 'kubectl'),
  libfaketime: () => (libfaketime() === null ? 'there is no libfaketime.so.1; install libfaketime' : null),
} satisfies Record<Capability, () => string | null>

/** What making a control group takes. */
export const groupNeeds: readonly Capability[] = ['linux', 'root', 'control groups']

/** What is missing of what a driver needs, in words; null when nothing is. */
export function missing(needs: readonly Capability[]): string | null {
  // What can be tried only with the rest of it comes last.
  for (const need of needs) {
    const why = capabilities[need]()
    if (why !== null) return why
  }
  return null
}

/** What this machine lacks for the fault, in words; null where nothing is missing. */
export function lack(driver: Driver, { part, settings }: FaultSpec): string | null {
  const needs = driver.otherwise?.for(part) === true ? [] : driver.kinds[String(settings['kind'])]
  return missing(needs ?? [])
}

/** @throws Error that says why this fault cannot be done, on this machine or to this part of the target. */
export function requireDoable(driver: Driver, spec: FaultSpec): void {
  const lacking = lack(driver, spec)
  if (lacking !== null) throw new Error(lacking)
  driver.check(spec)
}
