// What happens to a process: it is killed, frozen, or runs out of memory. A supervisor starts again what ended.
import { readFile, writeFile } from 'node:fs/promises'
import {
  identify,
  isAlive,
  signalProcess,
  statFields,
  treeOf,
  whenGone,
  type ProcessIdentity,
} from '../../keeper/processes.ts'
import { groupNeeds } from '../capabilities.ts'
import { memoryLimit, memoryUsed, processesIn } from '../control-groups.ts'
import { namedProcess, pidIn } from '../named-process.ts'
import {
  disturbedAlready,
  kindOf,
  wrongAnswer,
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

/** The process of a part, which the keeper started or the target file names. @throws Error when there is none that fits. */
function processOf({ part, target }: Spec, services: Actions['services']): ProcessIdentity {
  if (part.service === undefined) return namedProcess(part, target)
  const pid = services?.pidOf(part.service) ?? null
  const who = pid === null ? null : identify(pid)
  if (who !== null) return who
  throw new Error(`${target} does not run, so nothing can be done to it`)
}

/** By the state letter of /proc. */
const isStopped = (pid: number): boolean => statFields(pid)?.[0] === 'T'

/** The process that the fault was injected into, unless it is gone. */
function remembered({ before }: Spec) {
  const { pid = '0', startTime = '' } = before ?? {}
  return { pid: Number(pid), startTime }
}

const hasEnded = ({ pid }: ProcessIdentity, { target }: Spec): Error =>
  new Error(`${target} (pid ${pid}) has ended before anything was done to it`)

/** To nobody else who has its number by now. */
function signal(who: ProcessIdentity, name: 'SIGSTOP' | 'SIGKILL', spec: Spec): void {
  if (!signalProcess(who, name)) throw hasEnded(who, spec)
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

/** A process that was killed is gone within this time, or it is not seen to end. */
const goneMs = 1000

/** @throws Error where a memory limit of the group would be somebody else's. */
async function checkAloneIn(group: string, pid: number, target: string): Promise<void> {
  const members = await processesIn(group)
  const field = `processes.${target}.cgroup (${group})`
  if (!members.includes(pid)) throw new Error(`${field} does not hold the process ${pid} of ${target}`)
  const own = treeOf(pid)
  const others = members.filter((one) => !own.includes(one))
  if (others.length > 0)
    throw new Error(`${field} holds other processes than ${target} (pid ${pid}), too: ${others.join(', ')}`)
}

interface Reading {
  pid: number | null
  /** The state letter of /proc: T for stopped. */
  state: string
  status: number
}

async function look({ part, target }: Spec, observer: Observer): Promise<Reading> {
  const pid = await (part.service === undefined ? pidOrNull(part, target) : observer.pidOf(part.service))
  const { status } = await observer.ask(part.health)
  // One that has ended may stay as a zombie for as long as nobody collects it.
  const isThere = pid !== null && identify(pid) !== null
  const state = isThere ? (statFields(pid)?.[0] ?? '') : ''
  return { pid: isThere ? pid : null, state, status }
}

function pidOrNull(part: ProcessPart, target: string): number | null {
  try {
    return pidIn(part, target)
  } catch {
    return null
  }
}

function unwell({ part, target }: Spec, { pid, status }: Reading): string | null {
  try {
    if (part.service === undefined) namedProcess(part, target)
  } catch (error) {
    return (error as Error).message
  }
  if (pid === null) return `${target} does not run`
  return wrongAnswer(`processes.${target}.health`, part.health, status)
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
    const { pid, startTime } = processOf(spec, actions.services)
    const kind = kindOf(spec, kinds)
    if (kind === 'stop' && isStopped(pid)) throw disturbedAlready(`${spec.target} (pid ${pid}) is stopped`)
    const identity = { pid: String(pid), startTime }
    if (kind !== 'out-of-memory') return identity
    await checkAloneIn(spec.part.cgroup ?? '', pid, spec.target)
    const score = (await readFile(scoreFile(pid), 'utf8')).trim()
    if (score === mostKillable) throw disturbedAlready(`${spec.target} (pid ${pid}) runs out of memory`)
    return { ...identity, memoryLimit: await memoryLimit(spec.part.cgroup ?? '').read(), score }
  },
  async inject(spec, { services }) {
    const who = remembered(spec)
    switch (kindOf(spec, kinds)) {
      case 'stop':
        return signal(who, 'SIGSTOP', spec)
      case 'kill':
        if (spec.part.service !== undefined) return services?.kill(spec.part.service)
        signal(who, 'SIGKILL', spec)
        // So that the first look comes before whoever supervises it has started it again.
        return void (await whenGone([who], goneMs))
      case 'out-of-memory': {
        const { cgroup = '' } = spec.part
        if (!isAlive(who)) throw hasEnded(who, spec)
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
      unwell: (reading) => unwell(spec, reading),
      // That the process has ended is not enough: what it started may go on serving.
      bites: (before, now) =>
        now.status === 0 && (kind === 'stop' ? now.state === 'T' : now.pid !== before.pid),
      // Whoever supervises it may have started another one meanwhile.
      ...(kind === 'stop' ? {} : { lasts: (before: Reading, now: Reading) => now.pid !== before.pid }),
      // Whether a process that was started again is soon well is for the promises about it to say.
      heals: (before, now) =>
        kind === 'stop'
          ? now.pid === before.pid && now.state !== 'T' && now.status === 200
          : (now.pid !== null && now.pid !== before.pid) || now.status === 200,
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
