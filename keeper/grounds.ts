// What services of a testbed stand on so that faults can be done to them: control groups, networks and small disks of
// their own. Made before them, removed after them.
import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { programPath } from '../faults/capabilities.ts'
import { makeGroup, processesIn, removeGroup } from '../faults/control-groups.ts'
import { checkRemovable, removeFolder } from './folders.ts'
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

/** Two ends of one cable: the machine has the first address, whoever is inside the second. */
async function makeNetwork({ name, outside, inside }: Extract<Ground, { kind: 'network' }>): Promise<void> {
  const cable = interfaceOf(name)
  if ((await ip('-o', '-4', 'address', 'show')).includes(` ${outside}/`))
    throw new Error(`another network has the address ${outside} already; run again`)
  await ip('netns', 'add', name)
  await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
  await ip('address', 'add', `${outside}/30`, 'dev', cable)
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
      const names = await ip('netns', 'list')
      if (!names.split('\n').some((line) => line.split(' ')[0] === ground.name)) return
      await endAll((await ip('netns', 'pids', ground.name)).split('\n').filter(Boolean).map(Number))
      // Its end of the cable goes with it, and so does the other.
      await ip('netns', 'delete', ground.name)
      return
    }
    case 'disk': {
      checkRemovable(ground.folder, keeper)
      const mounts = await readFile('/proc/mounts', 'utf8')
      if (mounts.split('\n').some((line) => line.split(' ')[1] === ground.folder))
        await run(programPath('umount'), ['--lazy', ground.folder], { timeout: runMs })
      await removeFolder(ground.folder, keeper)
    }
  }
}

/** What is in a ground of ours is ours: it has no owner any more. */
async function endAll(pids: number[]): Promise<void> {
  const all = pids.flatMap((pid) => identify(pid) ?? [])
  for (const one of all) signalProcess(one, 'SIGKILL')
  await whenGone(all, killMs)
}
