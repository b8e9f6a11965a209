// What isolates a service of a testbed so that faults can be done to it alone: a control group, a network or a small disk of its
// own. Made before the services, removed after them.
import { execFile } from 'node:child_process'
import { existsSync, lstatSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { programPath } from '../faults/capabilities.ts'
import { groupFolders, makeGroup, processesIn, removeGroup } from '../faults/control-groups.ts'
import { diskPlace, removeFolder } from './folders.ts'
import { KeeperError } from './keeper-error.ts'
import { identify, signalProcess, whenGone } from './processes.ts'
import type { IsolationSpec } from './requests.ts'

const run = promisify(execFile)
const runMs = 10_000
const killMs = 2000

const ip = async (...args: string[]): Promise<string> =>
  (await run(programPath('ip'), args, { timeout: runMs })).stdout

/** Its interface on the machine's side. The whole name is in it, so that no two networks have the same. */
const interfaceOf = (network: string): string => network.replace(/^assay-/, 'as')

const isolationText = (isolation: IsolationSpec): string =>
  isolation.kind === 'disk' ? `the disk ${isolation.folder}` : `the ${isolation.kind} ${isolation.name}`

/** Whether the system has something by this name, which would be taken for ours and removed with it. */
async function isThere(isolation: IsolationSpec, keeper: string): Promise<boolean> {
  switch (isolation.kind) {
    case 'group':
      return groupFolders(isolation.name).some((folder) => existsSync(folder))
    case 'network':
      return (
        (await networks()).includes(isolation.name) ||
        existsSync(`/sys/class/net/${interfaceOf(isolation.name)}`)
      )
    case 'disk':
      return lstatSync(diskPlace(isolation.folder, keeper), { throwIfNoEntry: false }) !== undefined
  }
}

/**
 * Says no to what must not be made, before it is journalled: that would be removed at the end. `keeper` is the keeper's folder.
 * @throws KeeperError not_allowed, name_in_use
 */
export async function checkIsolation(isolation: IsolationSpec, keeper: string): Promise<void> {
  if (await isThere(isolation, keeper))
    throw new KeeperError('name_in_use', `${isolationText(isolation)} is not made: it is there already`)
}

/** @throws Error that says what could not be made. */
export async function makeIsolation(isolation: IsolationSpec): Promise<void> {
  try {
    switch (isolation.kind) {
      case 'group':
        return await makeGroup(isolation.name, { cores: isolation.cores, memoryBytes: isolation.memoryBytes })
      case 'network':
        return await makeNetwork(isolation)
      case 'disk':
        await mkdir(isolation.folder, { recursive: true })
        await run(programPath('mount'), [
          '-t',
          'tmpfs',
          '-o',
          `size=${isolation.bytes},mode=0777`,
          'assay',
          isolation.folder,
        ])
    }
  } catch (error) {
    throw new Error(`${isolationText(isolation)} could not be made: ${(error as Error).message.trim()}`)
  }
}

/** Names of all networks, ours and others'. */
const networks = async (): Promise<string[]> =>
  (await ip('netns', 'list')).split('\n').map((line) => line.split(' ')[0] ?? '')

/** Two ends of one cable: the machine has the first address, whoever is inside the second. */
async function makeNetwork({
  name,
  outside,
  inside,
}: Extract<IsolationSpec, { kind: 'network' }>): Promise<void> {
  const cable = interfaceOf(name)
  await ip('netns', 'add', name)
  await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
  await ip('address', 'add', `${outside}/30`, 'dev', cable)
  // Looked at afterwards: of two keepers that make one in the same moment, at least the later one sees the other's.
  const addresses = await ip('-o', '-4', 'address', 'show')
  if (addresses.split(` ${outside}/`).length > 2)
    throw new Error(`another network has the address ${outside} already; run again`)
  await ip('link', 'set', cable, 'up')
  await ip('-n', name, 'address', 'add', `${inside}/30`, 'dev', 'eth0')
  await ip('-n', name, 'link', 'set', 'lo', 'up')
  await ip('-n', name, 'link', 'set', 'eth0', 'up')
}

/**
 * Removes it with what is left in it; does nothing when it is gone. `keeper` is the folder of the keeper that made it.
 * @throws Error that says why it is still there.
 */
export async function removeIsolation(isolation: IsolationSpec, keeper: string): Promise<void> {
  switch (isolation.kind) {
    case 'group': {
      await endAll(await processesIn(isolation.name))
      return removeGroup(isolation.name)
    }
    case 'network': {
      if (!(await networks()).includes(isolation.name)) return
      await endAll((await ip('netns', 'pids', isolation.name)).split('\n').filter(Boolean).map(Number))
      // Its end of the cable goes with it, and so does the other.
      await ip('netns', 'delete', isolation.name)
      return
    }
    case 'disk': {
      const place = diskPlace(isolation.folder, keeper)
      if (mountedIn(await readFile('/proc/mounts', 'utf8')).includes(place))
        await run(programPath('umount'), ['--lazy', '--no-canonicalize', place], { timeout: runMs })
      await removeFolder(place, keeper)
    }
  }
}

/** The folders that something is mounted on; the kernel writes blanks and the like of their names as octal numbers. */
export const mountedIn = (mounts: string): string[] =>
  mounts
    .split('\n')
    .map((line) =>
      (line.split(' ')[1] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    )

/** Whatever runs in a control group or a network of ours is ours: it has no owner any more. */
async function endAll(pids: number[]): Promise<void> {
  const all = pids.flatMap((pid) => identify(pid) ?? [])
  for (const one of all) signalProcess(one, 'SIGKILL')
  await whenGone(all, killMs)
}
