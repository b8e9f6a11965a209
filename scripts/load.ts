// k6 at work: started under the keeper, followed while it runs, ended when somebody wants it to end.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Plan } from '../lib/plan.ts'
import type { Target } from '../lib/target.ts'
import type { Variables } from '../lib/variables.ts'
import type { RunEvidence } from '../verdict/evidence.ts'
import { EventLog } from './events.ts'
import { inProject, projectRoot } from './project.ts'
import { Progress } from './progress.ts'
import type { Keeper, RunContext } from './run-context.ts'
import { preflightLines } from './support.ts'

/** Ctrl-C and SIGTERM ask the run to end; a second one within it is not needed, because the keeper outlives us. */
export class Interruption {
  reason: string | null = null
  private readonly handler = (signal: string): void => {
    this.reason ??= `interrupted by ${signal}`
  }
  constructor() {
    process.on('SIGINT', this.handler)
    process.on('SIGTERM', this.handler)
  }
  close(): void {
    process.off('SIGINT', this.handler)
    process.off('SIGTERM', this.handler)
  }
}

/** What a k6 process brought back. */
export interface Driven {
  log: EventLog
  /** What k6 wrote, or null when it wrote nothing. */
  written: RunEvidence | null
  exitCode: number | null
  stopped: string | null
  /** Whether it was a person or a signal that stopped it. */
  interrupted: boolean
  consoleText: string
}

/** Runs k6 under the keeper until it ends, following what it tells. */
export async function driveLoad(
  context: RunContext,
  keeper: Keeper,
  secrets: Record<string, string>,
  interruption: Interruption,
): Promise<Driven> {
  const { plan, runDir, runId, variables, target } = context
  const file = (name: string): string => path.join(runDir, name)
  const log = new EventLog(file('events.ndjson'))
  const progress = new Progress(plan, log, context.say)
  await keeper.start({
    name: 'k6',
    command: context.k6.path,
    args: [
      'run',
      '--no-color',
      '--console-output',
      file('events.ndjson'),
      '--log-format',
      'json',
      '--out',
      dashboard(runDir),
      inProject('dist', `${plan.scenario}.js`),
    ],
    env: {
      ...environmentOf(variables, plan, target),
      ...secrets,
      RUN: runId,
      RECORD: '1',
      EVIDENCE: file('evidence.json'),
      K6_NO_USAGE_REPORT: 'true',
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
    },
    secrets: Object.keys(secrets),
    cwd: runDir,
    stopSignal: 'SIGINT',
    stopTimeoutMs: 20_000,
  })
  const exit = keeper.waitExit('k6')
  let ended = false
  void exit.finally(() => (ended = true)).catch(() => undefined)
  let stopped: string | null = null
  let preflightSaid = false
  while (!ended) {
    await Promise.race([exit.catch(() => undefined), delay(500)])
    await log.follow()
    if (log.preflight !== null && !preflightSaid) {
      preflightSaid = true
      for (const line of preflightLines(plan, log)) context.say(line)
    }
    progress.tick()
    const why = interruption.reason ?? context.stopWhen?.(log, plan) ?? null
    if (why !== null && stopped === null && !ended) {
      stopped = why
      context.say(`ending the run: ${why}`)
      // It may have ended by itself meanwhile.
      await keeper.signal('k6', 'SIGINT').catch(() => undefined)
    }
  }
  await log.follow()
  const { code } = await exit
  const written = await readFile(file('evidence.json'), 'utf8').then(
    (text) => JSON.parse(text) as RunEvidence,
    () => null,
  )
  const consoleText = await readFile(file('services/k6.log'), 'utf8').catch(() => '')
  return { log, written, exitCode: code, stopped, interrupted: interruption.reason !== null, consoleText }
}

/** Output for the report's time series, by step, and k6's own page. The whole is a query, so paths are encoded. */
function dashboard(runDir: string): string {
  const file = (name: string): string => encodeURIComponent(path.join(runDir, name))
  return `web-dashboard=port=-1&period=1s&tag=step&export=${file('k6-dashboard.html')}&record=${file('k6-dashboard.ndjson')}`
}

function environmentOf(variables: Variables, plan: Plan, target: Target): Record<string, string> {
  return {
    SYSTEM: plan.system,
    CASE: plan.case,
    PROFILE: plan.profile,
    SEED: String(variables.SEED ?? plan.seed),
    BASE_URL: target.baseUrl,
    ...(variables.TARGET === undefined ? {} : { TARGET: path.resolve(projectRoot, variables.TARGET) }),
    ...(target.adapter === null ? {} : { ADAPTER: target.adapter }),
    ...(variables.DURATION === undefined ? {} : { DURATION: `${variables.DURATION}s` }),
    ...(variables.CONFIRM === undefined ? {} : { CONFIRM: variables.CONFIRM }),
    ...(variables.CEILING === undefined ? {} : { CEILING: String(variables.CEILING) }),
  }
}
