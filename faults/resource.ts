// A process runs short of something: others in its control group take its cores and its memory, its disk is full, or it
// may open no more files.
import { execFile } from 'node:child_process'
import { rm, statfs, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { programOnPath } from './capabilities.ts'
import { memoryUsed, throttledSeconds } from './control-groups.ts'
import { amount, kindOf, type Driver, type Eyes, type FaultSpec, type Hands } from './fault.ts'
import type { ProcessPart } from './parts.ts'

const run = promisify(execFile)

const inGroup = ['linux', 'root', 'control groups', 'stress-ng'] as const
const kinds = { cpu: inGroup, memory: inGroup, disk: ['linux'], files: ['linux', 'prlimit'] } as const
type Kind = keyof typeof kinds
type Spec = FaultSpec<ProcessPart>

const wanted = { cpu: 'cgroup', memory: 'cgroup', disk: 'disk', files: 'service' } as const

/** The service that takes what a process needs. */
const taker = ({ target }: Spec, kind: Kind): string => `${kind}-taker-${target}`
const filler = ({ part }: Spec): string => path.join(part.disk ?? '', 'assay-fault-filler')

/** What stress-ng is to do: https://github.com/ColinIanKing/stress-ng. */
function pressure(spec: Spec, kind: 'cpu' | 'memory'): string[] {
  if (kind === 'cpu') return ['--cpu', String(amount(spec, 'workers'))]
  return ['--vm', '1', '--vm-keep', '--vm-bytes', `${amount(spec, 'megabytes')}m`]
}

/** It is written in pieces until nothing more goes in. */
const pieceBytes = 64 * 1024

async function fill(file: string): Promise<void> {
  const piece = Buffer.alloc(pieceBytes, 1)
  for (;;) {
    try {
      await writeFile(file, piece, { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return
      throw error
    }
  }
}

const pidIn = ({ part, target }: Spec, { services }: Hands): number => {
  const pid = services?.pidOf(part.service ?? '')
  if (pid !== null && pid !== undefined) return pid
  throw new Error(`${target} does not run, so nothing can be done to it`)
}

/** Descriptors beyond those that a process has open already. */
const spareFiles = 0

interface Reading {
  /** Of the control group, by a clock of its own. */
  at: number
  throttledSeconds: number
  memoryBytes: number
  /** Free on its disk. */
  freeBytes: number
  status: number
}

async function look(spec: Spec, kind: Kind, eyes: Eyes): Promise<Reading> {
  const { cgroup = '', disk = '/', health } = spec.part
  const isGroup = kind === 'cpu' || kind === 'memory'
  const free = kind === 'disk' ? await statfs(disk).then(({ bavail, bsize }) => bavail * bsize) : 0
  return {
    at: performance.now(),
    throttledSeconds: isGroup ? await throttledSeconds(cgroup) : 0,
    memoryBytes: isGroup ? await memoryUsed(cgroup) : 0,
    freeBytes: free,
    // A new connection takes a new file.
    status: kind === 'files' ? ((await eyes.exchange(health)).end === 'closed' ? 200 : 0) : 200,
  }
}

/** Of the time since, the share in which the group's processes had to wait for their cores. */
const throttledShare = (before: Reading, now: Reading): number =>
  (1000 * (now.throttledSeconds - before.throttledSeconds)) / Math.max(1, now.at - before.at)

/** From this share on, a group has too few cores. */
const throttled = 0.2
const mebibyte = 2 ** 20
const fullBytes = mebibyte

export const resource: Driver<ProcessPart, Reading> = {
  on: 'processes',
  kinds,
  objection(spec) {
    const kind = kindOf(spec, kinds)
    if (kind === 'cpu' || kind === 'memory') pressure(spec, kind)
    return spec.part[wanted[kind]] === undefined
      ? `the target file names no ${wanted[kind]} of ${spec.target}, which ${kind} pressure needs`
      : null
  },
  async remember(spec, hands): Promise<Record<string, string>> {
    if (kindOf(spec, kinds) !== 'files') return {}
    const pid = pidIn(spec, hands)
    const { stdout } = await run('prlimit', [
      '--pid',
      String(pid),
      '--nofile',
      '--noheadings',
      '-o',
      'SOFT,HARD',
    ])
    return { pid: String(pid), files: stdout.trim().split(/\s+/).join(':') }
  },
  async inject(spec, hands) {
    const kind = kindOf(spec, kinds)
    switch (kind) {
      case 'cpu':
      case 'memory':
        return hands.services?.start(
          taker(spec, kind),
          programOnPath('stress-ng') ?? 'stress-ng',
          pressure(spec, kind),
          spec.part.cgroup,
        )
      case 'disk':
        return fill(filler(spec))
      case 'files': {
        const { pid = '', files = '' } = spec.before ?? {}
        await run('prlimit', ['--pid', pid, `--nofile=${spareFiles}:${files.split(':')[1]}`])
      }
    }
  },
  async clear(spec, { services }) {
    const kind = kindOf(spec, kinds)
    if (kind === 'disk') return rm(filler(spec), { force: true })
    if (kind !== 'files') return services?.stop(taker(spec, kind))
    const { pid = '', files = '' } = spec.before ?? {}
    // One that has ended has no limit any more.
    await run('prlimit', ['--pid', pid, `--nofile=${files}`]).catch(() => undefined)
  },
  probe(spec, eyes) {
    const kind = kindOf(spec, kinds)
    let last: Reading | null = null
    return {
      what: {
        cpu: 'the share of the time in which its control group had used up its cores',
        memory: 'the memory of its control group',
        disk: 'what is free on its disk',
        files: 'whether it takes a new connection',
      }[kind],
      look: async () => {
        const reading = await look(spec, kind, eyes)
        const share = last === null ? 0 : throttledShare(last, reading)
        last = reading
        return { ...reading, share }
      },
      text: (reading) => {
        const { share = 0 } = reading as Reading & { share?: number }
        return {
          cpu: `${Math.round(100 * share)} % throttled`,
          memory: `${Math.round(reading.memoryBytes / mebibyte)} MiB`,
          disk: `${Math.round(reading.freeBytes / mebibyte)} MiB free`,
          files: reading.status === 200 ? 'takes connections' : 'takes no connection',
        }[kind]
      },
      bites: (before, now) => {
        if (kind === 'cpu') return throttledShare(before, now) >= throttled
        if (kind === 'memory')
          return now.memoryBytes - before.memoryBytes >= (amount(spec, 'megabytes') * mebibyte) / 2
        return kind === 'disk' ? now.freeBytes < fullBytes : now.status !== 200
      },
      heals: (before, now) => {
        if (kind === 'cpu') return (now as Reading & { share: number }).share < throttled
        if (kind === 'memory')
          return now.memoryBytes - before.memoryBytes < (amount(spec, 'megabytes') * mebibyte) / 2
        return kind === 'disk' ? now.freeBytes >= before.freeBytes / 2 : now.status === 200
      },
    }
  },
  async residue(spec, { services }) {
    const kind = kindOf(spec, kinds)
    if (kind === 'disk') {
      const file = filler(spec)
      const left = await statfs(file).then(
        () => true,
        () => false,
      )
      return left ? [`the file ${file}`] : []
    }
    if (kind !== 'files')
      return (services?.pidOf(taker(spec, kind)) ?? null) === null ? [] : [`${taker(spec, kind)} still runs`]
    const { pid = '', files = '' } = spec.before ?? {}
    const { stdout } = await run('prlimit', [
      '--pid',
      pid,
      '--nofile',
      '--noheadings',
      '-o',
      'SOFT,HARD',
    ]).catch(() => ({ stdout: files }))
    return stdout.trim().split(/\s+/).join(':') === files ? [] : [`${spec.target} may open too few files`]
  },
}
