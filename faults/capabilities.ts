// What drivers need of the machine that they work on, and how one finds out whether it is there.
import { accessSync, constants, existsSync } from 'node:fs'
import path from 'node:path'
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

/** Each says why it is missing; null when it is there. */
const capabilities = {
  linux: () => (process.platform === 'linux' ? null : 'this is not Linux'),
  root: () => (process.getuid?.() === 0 ? null : 'only root may do this'),
  // Wherever it runs: the target file names its control address, and the testbed brings one.
  toxiproxy: () => null,
  'control groups': () =>
    existsSync('/sys/fs/cgroup/cgroup.controllers') || existsSync('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')
      ? null
      : 'there are no control groups below /sys/fs/cgroup',
  iptables: program('iptables', 'iptables'),
  ip: program('ip', 'iproute2'),
  'stress-ng': program('stress-ng', 'stress-ng'),
  prlimit: program('prlimit', 'util-linux'),
  kubectl: program('kubectl', 'kubectl'),
  libfaketime: () => (libfaketime() === null ? 'there is no libfaketime.so.1; install libfaketime' : null),
} satisfies Record<Capability, () => string | null>

/** What is missing of what a driver needs, in words; null when nothing is. */
export function missing(needs: readonly Capability[]): string | null {
  const found = needs.flatMap((need) => capabilities[need]() ?? [])
  return found.length === 0 ? null : found.join('; ')
}

/** @throws Error that says why this fault cannot be done, on this machine or to this part of the target. */
export function requireDoable(driver: Driver, spec: FaultSpec): void {
  const needs = driver.otherwise?.for(spec.part) === true ? [] : driver.kinds[String(spec.settings['kind'])]
  const lacking = missing(needs ?? [])
  if (lacking !== null) throw new Error(lacking)
  driver.check(spec)
}
