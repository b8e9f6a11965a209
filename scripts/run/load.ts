// k6 at work: its processes started under the keeper, followed while they run, ended when somebody wants them to end.
import type { FaultVerdict } from '../../verdict/verdict.ts'
import { Disturbances } from './disturbances.ts'
import { whyHopeless } from '../evidence/certain.ts'
import { EventLog } from '../evidence/events.ts'
import { K6Processes, longestEndMs } from './k6-processes.ts'
import type { EndedPart } from './k6-processes.ts'
import { begun, keepHistory } from '../evidence/oracles.ts'
import { consolesOf, partsOf } from './parts.ts'
import { Progress } from './progress.ts'
import type { Keeper, RunContext } from './run-context.ts'
import { preflightLines } from './support.ts'
import { toldFaults } from './told-faults.ts'

/**
 * Ctrl-C and SIGTERM ask the run to end. From the first run on they do nothing else until the command is over: a second one
 * must not change or lose the verdict. Whoever cannot wait kills the runner, and the keeper ends the rest.
 */
export class Interruption {
  reason: string | null = null
  /** How often somebody asked. */
  times = 0
  private readonly handler = (signal: string): void => {
    this.times += 1
    this.reason ??= `interrupted by ${signal}`
  }
  /** From now on signals are taken as a wish to end. */
  watch(): void {
    this.close()
    process.on('SIGINT', this.handler)
    process.on('SIGTERM', this.handler)
  }
  /** Signals mean again what they mean to everybody. */
  close(): void {
    process.off('SIGINT', this.handler)
    process.off('SIGTERM', this.handler)
  }
}

/** What the k6 processes of a run brought back. */
export interface Driven {
  log: EventLog
  /** All of them, in their order. */
  parts: EndedPart[]
  /** Why one process ended before its end, when nobody had told it to. */
  lost: string | null
  stopped: string | null
  /** Whether it was a person or a signal that stopped it. */
  interrupted: boolean
  faults: FaultVerdict[]
}

const alreadyEnding = `the run is ending already: k6 writes down what it measured (up to ${longestEndMs / 1000} s), then the verdict follows`

/** How often the run is looked at. */
const lookEveryMs = 500

const faultLine = ({ id, bite, effect }: FaultVerdict): string =>
  `fault: ${id} ${bite ? 'took effect' : 'did not show any effect'}: ${effect?.during ?? 'nothing was seen of it'}`

/** Runs k6 under the keeper until all of its processes have ended, following what they tell. */
export async function driveLoad(
  context: RunContext,
  keeper: Keeper,
  secrets: Record<string, string>,
  interruption: Interruption,
): Promise<Driven> {
  const { plan, runDir, variables, say, stopWhen = whyHopeless } = context
  const parts = partsOf(plan, variables.SHARDS ?? 1)
  const log = new EventLog(consolesOf(runDir, parts), begun(context.oracles))
  const progress = new Progress(plan, parts, log, say)
  const disturbances = new Disturbances(context, keeper)
  const processes = new K6Processes(context, keeper, secrets, parts)
  let stopped: string | null = null
  let undisturbed: Promise<void> | null = null
  let preflightSaid = false
  let impatienceSaid = false
  try {
    while (!processes.isOver) {
      const why = interruption.reason ?? stopWhen(log, plan)
      if (why !== null && processes.isGoingOn) {
        stopped = why
        say(`ending the run: ${why}`)
        // At once: what k6 has to do before it ends may have to go through the very fault.
        undisturbed = disturbances.end()
        processes.end()
      } else if (interruption.times > 1 && !impatienceSaid) {
        impatienceSaid = true
        say(alreadyEnding)
      }
      await processes.startDue()
      await processes.pause(lookEveryMs)
      await log.follow()
      await keepHistory(log, runDir)
      disturbances.follow(log.t0, Date.now())
      if (log.preflight !== null && !preflightSaid) {
        preflightSaid = true
        for (const line of preflightLines(plan, log)) say(line)
      }
      progress.tick()
    }
  } catch (error) {
    // What waits for its time or its heal would go on, and tell of it after the verdict.
    disturbances.abandon()
    throw error
  }
  await (undisturbed ?? disturbances.end())
  await log.follow()
  await keepHistory(log, runDir)
  const told = toldFaults(plan.faults, context.parts, log)
  for (const fault of told) say(faultLine(fault))
  return {
    log,
    parts: processes.ended.sort((a, b) => a.part.index - b.part.index),
    lost: processes.lost,
    stopped,
    interrupted: interruption.reason !== null,
    faults: [...disturbances.verdicts, ...told],
  }
}
