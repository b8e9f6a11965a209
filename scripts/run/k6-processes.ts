// The k6 processes of a run under the keeper: each started when it is due, all ended together when one is lost.
import { readFile } from 'node:fs/promises'
import os from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Exit } from '../../keeper/service.ts'
import { countsFar } from '../../verdict/fine-limits.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import type { Target } from '../../lib/input/target.ts'
import type { Variables } from '../../lib/input/variables.ts'
import type { ProcessEvidence } from '../../verdict/evidence.ts'
import { commonStart, dueAt, partEnvironment, partFiles, partText, segmentArguments } from './parts.ts'
import type { Part, PartFiles } from './parts.ts'
import { inWork } from '../project.ts'
import { alwaysSet } from './k6-environment.ts'
import { outputArguments } from './k6-outputs.ts'
import type { Keeper, RunContext } from './run-context.ts'
import { isInPods } from './told-faults.ts'

/** How one k6 process ended. */
export interface EndedPart {
  part: Part
  /** What it wrote, or null when it wrote nothing. */
  written: ProcessEvidence | null
  /** Null: it was never started. */
  exit: Exit | null
  /** Whether there was a reason to end early that everybody knows: the runner said so, or the target cannot be reached. */
  excused: boolean
}

/** k6's exit codes that belong to a run which came to its end: well, and with a threshold crossed. */
const orderlyExits = [0, 99]
/** From when k6 is told to end: its teardown asks once, waiting 10 s at most, and a long run's summary takes a while. */
export const longestEndMs = 30_000
/** k6's word for a script that ended itself: the target cannot be reached. */
const abortedExit = 108

export class K6Processes {
  readonly ended: EndedPart[] = []
  /** Why the others were ended, when one was lost that nobody had told to end. */
  lost: string | null = null
  private waiting: Part[]
  private readonly running = new Map<Part, Promise<void>>()
  private readonly startAt: number
  private isEnding = false

  constructor(
    private readonly context: RunContext,
    private readonly keeper: Keeper,
    private readonly secrets: Record<string, string>,
    parts: Part[],
  ) {
    this.waiting = parts
    this.startAt = commonStart(parts, Date.now())
  }

  get isOver(): boolean {
    return this.waiting.length === 0 && this.running.size === 0
  }

  /** False once the run is being ended, and when nothing is left to be ended. */
  get isGoingOn(): boolean {
    return !this.isEnding && !this.isOver
  }

  /** Starts what is due. */
  async startDue(): Promise<void> {
    const now = Date.now()
    const due = this.waiting.filter((part) => dueAt(part, this.startAt) <= now)
    this.waiting = this.waiting.filter((part) => !due.includes(part))
    for (const part of due) {
      // One of them may have been lost while another was started.
      if (this.isEnding) this.ended.push(neverStarted(part))
      else await this.start(part)
    }
  }

  private async start(part: Part): Promise<void> {
    await this.keeper.start(serviceOf(part, this.context, this.secrets, this.startAt))
    const over = this.whenOver(part)
    over.catch(() => undefined)
    this.running.set(part, over)
    if (this.isEnding) this.tellToEnd(part)
  }

  /** Its end is waited for like any other; the keeper kills what does not come to it. */
  private tellToEnd({ name }: Part): void {
    void this.keeper.stop(name).catch(() => undefined)
  }

  /** Waits until one of them ends, but not longer than so many ms. Rejects when the keeper is gone. */
  async pause(atMostMs: number): Promise<void> {
    await Promise.race([...this.running.values(), delay(atMostMs)])
  }

  /** Tells all that run to end, and starts no further one. */
  end(): void {
    this.isEnding = true
    this.ended.push(...this.waiting.map(neverStarted))
    this.waiting = []
    for (const part of this.running.keys()) this.tellToEnd(part)
  }

  private async whenOver(part: Part): Promise<void> {
    const exit = await this.keeper.waitExit(part.name)
    const written = await readEvidence(partFiles(this.context.runDir, part))
    const wasToldTo = this.isEnding
    const endedItself = exit.code === abortedExit
    this.ended.push({ part, written, exit, excused: wasToldTo || endedItself })
    this.running.delete(part)
    if (wasToldTo || part.of === 1) return
    const isOrderly = written !== null && exit.code !== null && orderlyExits.includes(exit.code)
    if (isOrderly && !endedItself) return
    const how = exit.code === null ? `by ${exit.signal}` : `with exit code ${exit.code}`
    if (!endedItself) this.lost = `k6 of ${partText(part)} ended ${how} before its end`
    if (!this.isOver)
      this.context.say(`ending the other k6 processes: that of ${partText(part)} ended ${how}`)
    this.end()
  }
}

const neverStarted = (part: Part): EndedPart => ({ part, written: null, exit: null, excused: true })

const readEvidence = (files: PartFiles): Promise<ProcessEvidence | null> =>
  readFile(files.evidence, 'utf8').then(
    (text) => JSON.parse(text) as ProcessEvidence,
    () => null,
  )

function serviceOf(
  part: Part,
  { plan, runDir, runId, variables, target, k6, parts }: RunContext,
  secrets: Record<string, string>,
  startAt: number,
) {
  const files = partFiles(runDir, part)
  return {
    name: part.name,
    command: k6.path,
    args: [
      'run',
      '--no-color',
      // k6's own API would let anybody on this machine end the run.
      '--address',
      '',
      ...segmentArguments(part),
      '--console-output',
      files.events,
      '--log-format',
      'json',
      '--out',
      dashboard(files),
      ...outputArguments(k6.outputs, part),
      inWork('dist', `${plan.scenario}.js`),
    ],
    env: {
      ...k6.passedOn.values,
      ...environmentOf(variables, plan, target),
      ...partEnvironment(part, startAt),
      ...secrets,
      RUN: runId,
      RECORD: '1',
      EVIDENCE: files.evidence,
      ...garbageCollection(part.shards, judgesFine(plan)),
      // The extension asks to be wanted.
      ...(plan.faults.some((fault) => isInPods(fault, parts)) ? { DISRUPT: '1' } : {}),
      ...alwaysSet,
    },
    secrets: [...Object.keys(secrets), ...k6.passedOn.secrets],
    cwd: runDir,
    stopSignal: 'SIGINT' as const,
    stopTimeoutMs: longestEndMs,
  }
}

/**
 * Output for the report's time series, by step, and k6's own page. The whole is a query, so paths are encoded. k6 serves the
 * page while it runs, and asks nobody who they are: on loopback alone, and on any free port.
 */
function dashboard({ page, record }: PartFiles): string {
  return `web-dashboard=host=127.0.0.1&port=0&period=1s&tag=step&export=${encodeURIComponent(page)}&record=${encodeURIComponent(record)}`
}

/** Garbage is collected when this many per cent of what is in use have come on top of it, instead of Go's 100. */
const garbagePercent = 800
/**
 * And where limits of a few ms are judged: each collection makes requests wait for some of them. With a few dozen virtual users k6
 * then takes about 2.3 GB.
 */
const garbagePercentForFine = 3200
/** The share of the machine's memory from which on it is collected as often as it takes to stay below. */
const memoryShare = 0.4

const judgesFine = ({ claimed }: Plan): boolean =>
  Object.values(claimed).some(({ rules }) => rules.some(countsFar))

/**
 * Collecting garbage beside a thousand virtual users takes both cores of a small machine for so long that timers fire
 * late. So it is done less often, for as long as there is memory.
 */
function garbageCollection(processes: number, isFine: boolean): Record<string, string> {
  const allowed = process.constrainedMemory()
  const memory = allowed > 0 ? Math.min(allowed, os.totalmem()) : os.totalmem()
  return {
    GOGC: String(isFine ? garbagePercentForFine : garbagePercent),
    GOMEMLIMIT: `${Math.floor((memoryShare * memory) / processes / 2 ** 20)}MiB`,
  }
}

function environmentOf(variables: Variables, plan: Plan, target: Target): Record<string, string> {
  return {
    SYSTEM: plan.system,
    CASE: plan.case,
    PROFILE: plan.profile,
    SEED: String(variables.SEED ?? plan.seed),
    BASE_URL: target.baseUrl,
    ...(variables.TARGET === undefined ? {} : { TARGET: variables.TARGET }),
    ...plan.settings,
    ENDPOINTS: JSON.stringify(target.endpoints),
    ...(target.alone ? { ALONE: '1' } : {}),
    ...(target.adapter === null ? {} : { ADAPTER: target.adapter }),
    ...(variables.ALLOW_FAULTS === true ? { ALLOW_FAULTS: '1' } : {}),
    ...(variables.CHECKS === undefined ? {} : { CHECKS: variables.CHECKS }),
    ...(variables.DURATION === undefined ? {} : { DURATION: `${variables.DURATION}s` }),
    ...(variables.CONFIRM === undefined ? {} : { CONFIRM: variables.CONFIRM }),
    ...(variables.CEILING === undefined ? {} : { CEILING: String(variables.CEILING) }),
  }
}
