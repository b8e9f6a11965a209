// What a process and everything below it use, read from /proc.
import { readdirSync, statSync } from 'node:fs'
import { processorSeconds, readProc, statFields, treeOf } from './processes.ts'

/** Totals since the start of each process, added up over a process tree. */
export interface Usage {
  cpuSeconds: number
  /** Nanoseconds without a core, by thread id; null where the kernel does not count them. */
  waitByThread: Map<number, number> | null
  /** Memory of the processes' own, and with the largest share of what they have in common. */
  privateBytes: number
  rssBytes: number
  diskReadBytes: number
  diskWriteBytes: number
  openFiles: number
}

/** @returns null when the first process of the tree is gone. */
export function usageOf(pid: number, children: Map<number, number[]>): Usage | null {
  const total: Usage = {
    cpuSeconds: 0,
    waitByThread: new Map(),
    privateBytes: 0,
    rssBytes: 0,
    diskReadBytes: 0,
    diskWriteBytes: 0,
    openFiles: 0,
  }
  let shared = 0
  for (const one of treeOf(pid, children)) {
    try {
      shared = Math.max(shared, addProcess(one, total))
    } catch {
      // It ended between two reads. Its time and storage are in its parent's totals once it is collected.
      if (one === pid) return null
    }
  }
  total.rssBytes = total.privateBytes + shared
  return total
}

/** Adds one process; returns its shared memory in bytes. */
function addProcess(pid: number, total: Usage): number {
  const fields = statFields(pid)
  if (fields === null || fields[0] === 'Z') throw new Error('gone')
  const memory = readProc(`/proc/${pid}/status`)
  const shared = counter(memory, 'RssFile') + counter(memory, 'RssShmem')
  const io = readProc(`/proc/${pid}/io`)
  const files = openFiles(pid)
  const waits = waitsOf(pid)
  total.cpuSeconds += processorSeconds(fields)
  total.privateBytes += counter(memory, 'RssAnon') * 1024
  total.diskReadBytes += counter(io, 'read_bytes')
  total.diskWriteBytes += counter(io, 'write_bytes')
  total.openFiles += files
  if (waits === null) total.waitByThread = null
  else for (const [thread, wait] of waits) total.waitByThread?.set(thread, wait)
  return shared * 1024
}

/** @throws when the text has no such line: a process that just ended has none of its memory lines. */
function counter(text: string, name: string): number {
  const start = text.indexOf(`\n${name}:`)
  if (start === -1) throw new Error(`no ${name} in: ${text}`)
  return Number.parseInt(text.slice(start + name.length + 2), 10)
}

/** Newer kernels give the count as the folder's size; older ones give 0, and the entries are counted. */
function openFiles(pid: number): number {
  const folder = `/proc/${pid}/fd`
  return statSync(folder).size || readdirSync(folder).length
}

function waitsOf(pid: number): [thread: number, nanoseconds: number][] | null {
  const waits: [number, number][] = []
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const wait = Number(readProc(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[1])
      waits.push([Number(thread), wait])
    } catch {
      // The thread ended; a kernel without these counters has none for any thread.
    }
  }
  return waits.length === 0 ? null : waits
}

/** Seconds without a core that came between two readings. Threads that ended take their last part with them. */
export function waitedSeconds(before: Usage, now: Usage): number | null {
  if (before.waitByThread === null || now.waitByThread === null) return null
  let nanoseconds = 0
  for (const [thread, wait] of now.waitByThread) {
    nanoseconds += Math.max(0, wait - (before.waitByThread.get(thread) ?? 0))
  }
  return nanoseconds / 1e9
}
