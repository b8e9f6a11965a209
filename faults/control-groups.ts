// Control groups of processes that take part in faults: below /sys/fs/cgroup, with one hierarchy (v2) or one for each
// resource (v1).
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const root = '/sys/fs/cgroup'

const isUnified = (): boolean => existsSync(path.join(root, 'cgroup.controllers'))
const controllers = ['cpu', 'memory'] as const
type Controller = (typeof controllers)[number]

/** Where a group's files of one resource are. */
const folderOf = (controller: Controller, group: string): string =>
  isUnified() ? path.join(root, group) : path.join(root, controller, group)

/** Every folder that a group has. */
export const groupFolders = (group: string): string[] => [
  ...new Set(controllers.map((one) => folderOf(one, group))),
]

/** With one hierarchy, lets the groups below one have limits: a group that has processes refuses it. */
export function allowLimits(parent: string): void {
  if (isUnified()) writeFileSync(path.join(root, parent, 'cgroup.subtree_control'), '+cpu +memory')
}

const periodMicroseconds = 100_000

/** Makes a group whose processes get at most so many cores and so much memory. */
export async function makeGroup(
  group: string,
  limits: { cores?: number | undefined; memoryBytes?: number | undefined },
): Promise<void> {
  for (const parent of isUnified() ? ['', ...parentsOf(group)] : []) {
    await mkdir(path.join(root, parent), { recursive: true })
    allowLimits(parent)
  }
  for (const folder of groupFolders(group)) await mkdir(folder, { recursive: true })
  if (limits.cores !== undefined) {
    const quota = Math.round(limits.cores * periodMicroseconds)
    const cpu = folderOf('cpu', group)
    if (isUnified()) await writeFile(path.join(cpu, 'cpu.max'), `${quota} ${periodMicroseconds}`)
    else await writeFile(path.join(cpu, 'cpu.cfs_quota_us'), String(quota))
  }
  if (limits.memoryBytes !== undefined) await memoryLimit(group).write(String(limits.memoryBytes))
}

/** `a/b/c` has the parents `a` and `a/b`. */
function parentsOf(group: string): string[] {
  const parts = group.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** The words that start a program in a group: a shell that enters it first and then becomes the program. */
export const entering = (group: string, words: string[]): string[] => [
  '/bin/sh',
  '-c',
  `${groupFolders(group)
    .map((folder) => `echo $$ > ${folder}/cgroup.procs`)
    .join(' && ')} && exec "$@"`,
  'sh',
  ...words,
]

/** Pids of the processes that are in a group. */
export async function processesIn(group: string): Promise<number[]> {
  const texts = await Promise.all(
    groupFolders(group).map((folder) => readFile(path.join(folder, 'cgroup.procs'), 'utf8').catch(() => '')),
  )
  return [...new Set(texts.join('\n').split('\n').filter(Boolean).map(Number))]
}

const removeTries = 20
const removeEveryMs = 50

/** Removes a group and the parents of ours that are empty then. What is gone is removed. @throws while something is in it. */
export async function removeGroup(group: string): Promise<void> {
  for (const folder of groupFolders(group)) await removeFolder(folder)
  for (const parent of parentsOf(group).reverse())
    for (const folder of groupFolders(parent)) await rmdir(folder).catch(() => undefined)
}

async function removeFolder(folder: string): Promise<void> {
  for (let left = removeTries; existsSync(folder); left--) {
    try {
      await rmdir(folder)
    } catch (error) {
      // A process that just ended takes a moment to leave.
      if (left === 0)
        throw new Error(`the control group ${folder} cannot be removed: ${(error as Error).message}`)
      await pause(removeEveryMs)
    }
  }
}

/** A group's memory limit as text of bytes; with "max" or -1 it has none. */
export function memoryLimit(group: string) {
  const file = path.join(folderOf('memory', group), isUnified() ? 'memory.max' : 'memory.limit_in_bytes')
  return {
    read: async (): Promise<string> => (await readFile(file, 'utf8')).trim(),
    write: (value: string): Promise<void> => writeFile(file, value),
  }
}

export async function memoryUsed(group: string): Promise<number> {
  const name = isUnified() ? 'memory.current' : 'memory.usage_in_bytes'
  return Number(await readFile(path.join(folderOf('memory', group), name), 'utf8'))
}

/** How often the group wanted more memory than it may have. */
export async function memoryShortages(group: string): Promise<number> {
  const name = isUnified() ? 'memory.events' : 'memory.failcnt'
  const text = await readFile(path.join(folderOf('memory', group), name), 'utf8')
  return Number(/^(?:max )?(\d+)$/m.exec(text)?.[1] ?? 0)
}

/** Seconds for which the group's processes, added up, had to wait because their cores were used up. */
export async function throttledSeconds(group: string): Promise<number> {
  return throttledIn(await readFile(path.join(folderOf('cpu', group), 'cpu.stat'), 'utf8'))
}

function throttledIn(text: string): number {
  const [, name, value] = /^(throttled_usec|throttled_time) (\d+)/m.exec(text) ?? []
  return Number(value ?? 0) / (name === 'throttled_usec' ? 1e6 : 1e9)
}

/**
 * The same for a process, by the limits of its own control group and of all groups around it; 0 where there are none.
 * In a container the outermost folder is the container's group.
 */
export function throttledSecondsOf(pid: number): number {
  const membership = readOrNothing(`/proc/${pid}/cgroup`)
  const pattern = isUnified() ? /^0::(.*)$/m : /^\d+:(?:[a-z_,]*,)?cpu(?:,[a-z_,]*)?:(.*)$/m
  const [, own] = pattern.exec(membership) ?? []
  if (own === undefined) return 0
  const group = own.replace(/^\//, '')
  return [...new Set(['', ...parentsOf(group), group])].reduce(
    (sum, each) => sum + throttledIn(readOrNothing(path.join(folderOf('cpu', each), 'cpu.stat'))),
    0,
  )
}

/** The process or the group may be gone, and the outermost group has no such file on every system. */
function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
