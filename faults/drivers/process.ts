// What happens to a process: it is killed, frozen, or runs out of memory. A supervisor starts again what ended.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { identify, isAlive, signalProcess, startedAt, statFields } from '../../keeper/processes.ts'
import { groupNeeds } from '../capabilities.ts'
import { memoryLimit, memoryUsed } from '../control-groups.ts'
import {
  disturbedAlready,
  kindOf,
  type Driver,
  type Observer,
  type FaultSpec,
  type Actions,
} from '../fault.ts'
import type { ProcessPart } from '../parts.ts'

const kinds = {
  kill: [],
  stop: ['linux'],
  'out-of-memory': groupNeeds,
} as const
type Spec = FaultSpec<ProcessPart>

/** A process writes its pid down after it has started; the two clocks may differ by so much. */
const clocksDifferMs = 1000

/** The process of a part. @throws Error when there is none. */
async function pidOf({ part, target }: Spec, pidOfService: (name: string) => number | null): Promise<number> {
  const text = part.pidFile === undefined ? '' : await readFile(part.pidFile, 'utf8').catch(() => '')
  const pid = part.service === undefined ? Number(text.trim()) : pidOfService(part.service)
  if (pid === null || !Number.isInteger(pid) || pid <= 1)
    throw new Error(`${target} does not run, so nothing can be done to it`)
  if (part.service === undefined) {
    const { mtimeMs } = await stat(part.pidFile ?? '')
    const startedMs = startedAt(pid)
    if (startedMs !== null && startedMs > mtimeMs + clocksDifferMs)
      throw new Error(
        `process ${pid} is younger than ${part.pidFile}, which names it: ${target} has ended, and somebody else has its number`,
      )
  }
  return pid
}

const keepersPid =
  ({ services }: Actions) =>
  (name: string): number | null =>
    services?.pidOf(name) ?? null

/** By the state letter of /proc. */
const isStopped = (pid: number): boolean => statFields(pid)?.[0] === 'T'

/** The process that the fault was injected into, unless it is gone. */
function remembered({ before }: Spec) {
  const { pid = '0', startTime = '' } = before ?? {}
  return { pid: Number(pid), startTime }
}

/**
 * What it has left before it runs out. Somebody else in its group then wants as much as is used: some of that are files
 * that the kernel can forget, but not all.
 */
const spareBytes = 4 * 2 ** 20
const eater = 'memory-eater'
/**
 * Takes so many bytes, piece by piece, and keeps them until it is stopped. Not stress-ng: its workers have the kernel's
 * highest score as well, so where much of what is used can be forgotten, one of them is the largest and is ended instead.
 */
const eaterScript = (bytes: number): string => `
  const pieces = []
  const more = setInterval(() => {
    pieces.push(Buffer.alloc(${pieceBytes}, 1))
    if (pieces.length * ${pieceBytes} > ${bytes}) clearInterval(more)
  }, 1)
  setInterval(() => pieces.length, 1000)
`
const pieceBytes = 2 ** 20
/** By this the kernel chooses whom it ends: whoever alone has the highest is ended first, whatever the others use. */
const scoreFile = (pid: number): string => `/proc/${pid}/oom_score_adj`
const mostKillable = '1000'

interface Reading {
  pid: number | null
  /** The state letter of /proc: T for stopped. */
  state: string
  status: number
}

async function look({ part, target }: Spec, observer: Observer): Promise<Reading> {
  const own = part.service === undefined ? null : await observer.pidOf(part.service)
  const pid = await pidOf({ part, target } as Spec, () => own).catch(() => null)
  const state = pid === null ? '' : (statFields(pid)?.[0] ?? '')
  const { status } = await observer.ask(part.health)
  return { pid: state === '' ? null : pid, state, status }
}

export default {
  on: 'processes',
  kinds,
  isolation: (kind) => (kind === 'out-of-memory' ? 'group' : null),
  check(spec) {
    if (kindOf(spec, kinds) === 'out-of-memory' && spec.part.cgroup === undefined)
      throw new Error(`the target file names no cgroup of ${spec.target}, whose memory could be limited`)
  },
  async remember(spec, actions) {
    const who = identify(await pidOf(spec, keepersPid(actions)))
    if (who === null) throw new Error(`${spec.target} does not run, so nothing can be done to it`)
    const { pid, startTime } = who
    const kind = kindOf(spec, kinds)
    if (kind === 'stop' && isStopped(pid)) throw disturbedAlready(`${spec.target} (pid ${pid}) is stopped`)
    const identity = { pid: String(pid), startTime }
    if (kind !== 'out-of-memory') return identity
    const score = (await readFile(scoreFile(pid), 'utf8')).trim()
    if (score === mostKillable) throw disturbedAlready(`${spec.target} (pid ${pid}) runs out of memory`)
    return { ...identity, memoryLimit: await memoryLimit(spec.part.cgroup ?? '').read(), score }
  },
  async inject(spec, { services }) {
    const who = remembered(spec)
    switch (kindOf(spec, kinds)) {
      case 'stop':
        return void signalProcess(who, 'SIGSTOP')
      case 'kill':
        if (spec.part.service !== undefined) return services?.kill(spec.part.service)
        return void signalProcess(who, 'SIGKILL')
      case 'out-of-memory': {
        const { cgroup = '' } = spec.part
        const used = await memoryUsed(cgroup)
        await memoryLimit(cgroup).write(String(used + spareBytes))
        // Whom the kernel ends is not left to chance.
        await writeFile(scoreFile(who.pid), mostKillable)
        await services?.start(eater, process.execPath, ['--eval', eaterScript(used)], cgroup)
      }
    }
  },
  async clear(spec, { services }) {
    const kind = kindOf(spec, kinds)
    if (kind === 'stop') return void signalProcess(remembered(spec), 'SIGCONT')
    if (kind === 'out-of-memory') {
      await services?.stop(eater)
      const before = spec.before?.['memoryLimit']
      if (before !== undefined) await memoryLimit(spec.part.cgroup ?? '').write(before)
      const who = remembered(spec)
      if (isAlive(who)) await writeFile(scoreFile(who.pid), spec.before?.['score'] ?? '0')
    }
    if (spec.part.service !== undefined) await services?.startAgain(spec.part.service)
  },
  probe(spec, observer) {
    const kind = kindOf(spec, kinds)
    return {
      what: 'its pid, and whether it answers',
      // A process ends or stops by nobody's chance.
      biteLooks: 1,
      look: () => look(spec, observer),
      text: ({ pid, state, status }) =>
        `${pid === null ? 'no process' : `pid ${pid}${state === 'T' ? ' stopped' : ''}`}, ${status === 0 ? 'no answer' : `answers ${status}`}`,
      bites: (before, now) => {
        if (before.pid === null) return false
        if (kind !== 'stop') return now.pid !== before.pid
        return before.status === 200 && now.state === 'T' && now.status === 0
      },
      // Whether a process that was started again is soon well is for the promises about it to say.
      heals: (before, now) =>
        kind === 'stop'
          ? now.pid === before.pid && now.state !== 'T' && now.status === 200
          : now.pid !== null && now.pid !== before.pid,
    }
  },
  async residue(spec) {
    const who = remembered(spec)
    if (isStopped(who.pid) && identify(who.pid)?.startTime === who.startTime)
      return [`${spec.target} (pid ${who.pid}) is still stopped`]
    if (kindOf(spec, kinds) !== 'out-of-memory') return []
    const limit = await memoryLimit(spec.part.cgroup ?? '').read()
    return limit === spec.before?.['memoryLimit'] ? [] : [`${spec.target} has the memory limit ${limit}`]
  },
} satisfies Driver<ProcessPart, Reading>
