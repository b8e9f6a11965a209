// What services of a testbed stand on so that faults can be done to them: control groups, networks and small disks of
// their own. Made before them, removed after them.
import { execFile } from 'node:child_process'
import { existsSync, lstatSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { programPath } from '../faults/capabilities.ts'
import { groupFolders, makeGroup, processesIn, removeGroup } from '../faults/control-groups.ts'
import { diskPlace, removeFolder } from './folders.ts'
import { KeeperError } from './keeper-error.ts'
import { identify, signalProcess, whenGone } from './processes.ts'
import type { Ground } from './requests.ts'

const run = promisify(execFile)
const runMs = 10_000
const killMs = 2000

const ip = async (...args: string[]): Promise<string> =>
  (await run(programPath('ip'), args, { timeout: runMs })).stdout

/** Its interface on the machine's side. The whole name is in it, so that no two networks have the same. */
const interfaceOf = (network: string): string => network.replace(/^assay-/, 'as')

const groundText = (ground: Ground): string =>
  ground.kind === 'disk' ? `the disk ${ground.folder}` : `the ${ground.kind} ${ground.name}`

/** Whether the system has something by this name, which would be taken for ours and removed with it. */
async function isThere(ground: Ground, keeper: string): Promise<boolean> {
  switch (ground.kind) {
    case 'group':
      return groupFolders(ground.name).some((folder) => existsSync(folder))
    case 'network':
      return (
        (await networks()).includes(ground.name) || existsSync(`/sys/class/net/${interfaceOf(ground.name)}`)
      )
    case 'disk':
      return lstatSync(diskPlace(ground.folder, keeper), { throwIfNoEntry: false }) !== undefined
  }
}

/**
 * Says no to what must not be made, before it is journalled: that would be removed at the end. `keeper` is the keeper's folder.
 * @throws KeeperError not_allowed, name_in_use
 */
export async function checkGround(ground: Ground, keeper: string): Promise<void> {
  if (await isThere(ground, keeper))
    throw new KeeperError('name_in_use', `${groundText(ground)} is not made: it is there already`)
}

/** @throws Error that says what could not be made. */
export async function makeGround(ground: Ground): Promise<void> {
  try {
    switch (ground.kind) {
      case 'group':
        return await makeGroup(ground.name, { cores: ground.cores, memoryBytes: ground.memoryBytes })
      case 'network':
        return await makeNetwork(ground)
      case 'disk':
        await mkdir(ground.folder, { recursive: true })
        await run(programPath('mount'), [
          '-t',
          'tmpfs',
          '-o',
          `size=${ground.bytes},mode=0777`,
          'assay',
          ground.folder,
        ])
    }
  } catch (error) {
    throw new Error(`${groundText(ground)} could not be made: ${(error as Error).message.trim()}`)
  }
}

/** Names of all networks, ours and others'. */
const networks = async (): Promise<string[]> =>
  (await ip('netns', 'list')).split('\n').map((line) => line.split(' ')[0] ?? '')

/** Two ends of one cable: the machine has the first address, whoever is inside the second. */
async function makeNetwork({ name, outside, inside }: Extract<Ground, { kind: 'network' }>): Promise<void> {
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
export async function removeGround(ground: Ground, keeper: string): Promise<void> {
  switch (ground.kind) {
    case 'group': {
      await endAll(await processesIn(ground.name))
      return removeGroup(ground.name)
    }
    case 'network': {
      if (!(await networks()).includes(ground.name)) return
      await endAll((await ip('netns', 'pids', ground.name)).split('\n').filter(Boolean).map(Number))
      // Its end of the cable goes with it, and so does the other.
      await ip('netns', 'delete', ground.name)
      return
    }
    case 'disk': {
      const place = diskPlace(ground.folder, keeper)
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

/** What is in a ground of ours is ours: it has no owner any more. */
async function endAll(pids: number[]): Promise<void> {
  const all = pids.flatMap((pid) => identify(pid) ?? [])
  for (const one of all) signalProcess(one, 'SIGKILL')
  await whenGone(all, killMs)
}
