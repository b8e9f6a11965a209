// A process runs short of something: others in its control group take its cores and its memory, its disk is full, or it
// may open no more files.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { groupNeeds, programPath } from '../capabilities.ts'
import { memoryShortages, memoryUsed, processesIn, throttledSeconds } from '../control-groups.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { identify, isAlive, type ProcessIdentity } from '../../keeper/processes.ts'
import { checkOwnDisk, empty, fill } from '../disk-filler.ts'
import { endpointOf } from '../endpoint.ts'
import { listensOn } from '../named-process.ts'
import {
  amount,
  kindOf,
  ownName,
  type Driver,
  type Observer,
  type FaultSpec,
  type Actions,
} from '../fault.ts'
import type { ProcessPart } from '../parts.ts'

const run = promisify(execFile)

const inGroup = [...groupNeeds, 'stress-ng'] as const
const kinds = { cpu: inGroup, memory: inGroup, disk: ['linux'], files: ['linux', 'prlimit'] } as const
type Kind = keyof typeof kinds
type Spec = FaultSpec<ProcessPart>

const wanted = { cpu: 'cgroup', memory: 'cgroup', disk: 'disk', files: 'service' } as const

/** The service that takes what a process needs. */
const taker = ({ target }: Spec, kind: Kind): string => `${kind}-taker-${target}`
/** In journals of earlier versions it has no name of its own. */
const filler = ({ part, before }: Spec): string =>
  path.join(part.disk ?? '', before?.['filler'] ?? 'assay-fault-filler')

/** What stress-ng is to do: https://github.com/ColinIanKing/stress-ng. */
function pressure(spec: Spec, kind: 'cpu' | 'memory'): string[] {
  if (kind === 'cpu') return ['--cpu', String(amount(spec, 'workers'))]
  return ['--vm', '1', '--vm-keep', '--vm-bytes', `${amount(spec, 'megabytes')}m`]
}

function processIn({ part, target }: Spec, { services }: Actions): ProcessIdentity {
  const pid = services?.pidOf(part.service ?? '') ?? null
  const who = pid === null ? null : identify(pid)
  if (who !== null) return who
  throw new Error(`${target} does not run, so nothing can be done to it`)
}

/**
 * Why the control group that the target file names is not that of the process, which alone is seen to answer; null where it is.
 * `pid` is that of a keeper's service.
 */
async function misfit({ part, target }: Spec, pid: number | null): Promise<string | null> {
  const { cgroup = '', service, health } = part
  const members = await processesIn(cgroup)
  const { port } = endpointOf(new URL(health))
  const isIn =
    service === undefined
      ? members.some((one) => listensOn(one, port))
      : pid !== null && members.includes(pid)
  if (isIn) return null
  const who =
    service === undefined ? `listens on port ${port} of processes.${target}.health` : `is ${service}`
  return `processes.${target}.cgroup (${cgroup}) holds ${members.length} processes, and none that ${who}`
}

/** The process whose limit was lowered; null when it has ended, and its limit with it. */
function limited({ before }: Spec): ProcessIdentity | null {
  const who = { pid: Number(before?.['pid']), startTime: before?.['startTime'] ?? '' }
  return isAlive(who) ? who : null
}

/** How many files a process may open, as prlimit prints and takes it: the soft limit and the hard one. */
async function fileLimits(pid: number): Promise<string> {
  const { stdout } = await run(programPath('prlimit'), [
    '--pid',
    String(pid),
    '--nofile',
    '--noheadings',
    '-o',
    'SOFT,HARD',
  ])
  return stdout.trim().split(/\s+/).join(':')
}

interface Reading {
  /** Why its control group is not its own. */
  misfit: string | null
  /** The share of the time since the last look in which its control group had used up its cores. */
  throttledShare: number
  memoryBytes: number
  /** How often since the last look its control group wanted more than it may have. */
  shortages: number
  /** Free on its disk. */
  freeBytes: number
  takesConnections: boolean
}

/** How things were before is seen over so long. */
const firstLookMs = 500

/** Looks at what a kind of fault changes, and at nothing else. */
function looker(spec: Spec, kind: Kind, observer: Observer): () => Promise<Reading> {
  const { cgroup = '', disk = '', health, service } = spec.part
  const usual: Reading = {
    misfit: null,
    throttledShare: 0,
    memoryBytes: 0,
    shortages: 0,
    freeBytes: 0,
    takesConnections: true,
  }
  /** It stays where it is. */
  let isOwnGroup = false
  let last: { at: number; count: number } | null = null
  /** By how much it has grown since the last look, and in how many seconds; the first look waits for a second one. */
  const grown = async (counted: (group: string) => Promise<number>) => {
    if (last === null) {
      last = { at: performance.now(), count: await counted(cgroup) }
      await pause(firstLookMs)
    }
    const [before, now] = [last, { at: performance.now(), count: await counted(cgroup) }]
    last = now
    return { by: now.count - before.count, seconds: (now.at - before.at) / 1000 }
  }
  return async () => {
    if (wanted[kind] === 'cgroup' && !isOwnGroup) {
      const pid = service === undefined ? null : await observer.pidOf(service)
      const why = await misfit(spec, pid)
      if (why !== null) return { ...usual, misfit: why }
      isOwnGroup = true
    }
    switch (kind) {
      case 'cpu': {
        const { by, seconds } = await grown(throttledSeconds)
        return { ...usual, throttledShare: by / seconds }
      }
      case 'memory': {
        const { by } = await grown(memoryShortages)
        return { ...usual, memoryBytes: await memoryUsed(cgroup), shortages: by }
      }
      case 'disk': {
        const { bavail, bsize } = await statfs(disk)
        return { ...usual, freeBytes: bavail * bsize }
      }
      case 'files':
        // A new connection takes a new file.
        return { ...usual, takesConnections: (await observer.exchange(health)).end === 'closed' }
    }
  }
}

/** From this share on, a group has too few cores. */
const throttled = 0.2
const mebibyte = 2 ** 20

/** What is looked at, and when it is short. */
const effects: Record<
  Kind,
  {
    what: string
    text: (reading: Reading) => string
    isShort: (now: Reading) => boolean
  }
> = {
  cpu: {
    what: 'the share of the time in which its control group had used up its cores',
    text: ({ throttledShare }) => `${Math.round(100 * throttledShare)} % throttled`,
    isShort: (now) => now.throttledShare >= throttled,
  },
  memory: {
    what: 'the memory of its control group, and how often it wanted more than there is since the last look',
    text: ({ memoryBytes, shortages }) =>
      `${Math.round(memoryBytes / mebibyte)} MiB, ${shortages} times short`,
    isShort: (now) => now.shortages > 0,
  },
  disk: {
    what: 'what is free on its disk',
    text: ({ freeBytes }) => `${Math.round(freeBytes / mebibyte)} MiB free`,
    isShort: (now) => now.freeBytes < mebibyte,
  },
  files: {
    what: 'whether it takes a new connection',
    text: ({ takesConnections }) => (takesConnections ? 'takes connections' : 'takes no connection'),
    isShort: (now) => !now.takesConnections,
  },
}

/** What the target file names for it, and what was seen there. */
const shortageAt = ({ part, target }: Spec, kind: Kind, seen: string): string => {
  const field = kind === 'files' ? 'health' : wanted[kind]
  return `processes.${target}.${field} (${part[field]}) is short of it before anything is done to it: ${seen}`
}

export default {
  on: 'processes',
  kinds,
  // A disk of its own is for a testbed to make, which knows what a service writes there.
  isolation: (kind) => (kind === 'cpu' || kind === 'memory' ? 'group' : null),
  check(spec) {
    const kind = kindOf(spec, kinds)
    if (kind === 'cpu' || kind === 'memory') pressure(spec, kind)
    if (spec.part[wanted[kind]] === undefined)
      throw new Error(
        `the target file names no ${wanted[kind]} of ${spec.target}, which ${kind} pressure needs`,
      )
    if (kind === 'disk') checkOwnDisk(spec.part, spec.target)
  },
  async remember(spec, actions): Promise<Record<string, string>> {
    const kind = kindOf(spec, kinds)
    if (kind === 'disk') return { filler: ownName() }
    if (kind !== 'files') {
      const why = await misfit(spec, actions.services?.pidOf(spec.part.service ?? '') ?? null)
      if (why !== null) throw new Error(why)
      return {}
    }
    const { pid, startTime } = processIn(spec, actions)
    return { pid: String(pid), startTime, files: await fileLimits(pid) }
  },
  async inject(spec, actions) {
    const kind = kindOf(spec, kinds)
    switch (kind) {
      case 'cpu':
      case 'memory':
        return actions.services?.start(
          taker(spec, kind),
          programPath('stress-ng'),
          pressure(spec, kind),
          spec.part.cgroup,
        )
      case 'disk':
        return fill(filler(spec))
      case 'files': {
        // It keeps what it has open, and opens no more.
        const { pid = '', files = '' } = spec.before ?? {}
        if (limited(spec) === null)
          throw new Error(`${spec.target} (pid ${pid}) has ended before anything was done to it`)
        await run(programPath('prlimit'), ['--pid', pid, `--nofile=0:${files.split(':')[1]}`])
      }
    }
  },
  async clear(spec, { services }) {
    const kind = kindOf(spec, kinds)
    if (kind === 'disk') return empty(filler(spec))
    if (kind !== 'files') return services?.stop(taker(spec, kind))
    const who = limited(spec)
    if (who !== null)
      await run(programPath('prlimit'), ['--pid', String(who.pid), `--nofile=${spec.before?.['files']}`])
  },
  probe(spec, observer) {
    const kind = kindOf(spec, kinds)
    const { what, text, isShort } = effects[kind]
    return {
      what,
      look: looker(spec, kind, observer),
      // The others are counted exactly, or waited for longer than any chance lasts.
      ...(kind === 'cpu' ? {} : { biteLooks: 1 }),
      isSinceLast: kind === 'cpu' || kind === 'memory',
      text,
      unwell: (reading) =>
        reading.misfit ?? (isShort(reading) ? shortageAt(spec, kind, text(reading)) : null),
      bites: (_before, now) => isShort(now),
      heals: (_before, now) => !isShort(now),
    }
  },
  async residue(spec, { services }) {
    const kind = kindOf(spec, kinds)
    if (kind === 'disk') return existsSync(filler(spec)) ? [`the file ${filler(spec)}`] : []
    if (kind !== 'files')
      return (services?.pidOf(taker(spec, kind)) ?? null) === null ? [] : [`${taker(spec, kind)} still runs`]
    const who = limited(spec)
    const now = who === null ? null : await fileLimits(who.pid)
    return now === null || now === spec.before?.['files'] ? [] : [`${spec.target} may open too few files`]
  },
} satisfies Driver<ProcessPart, Reading>
