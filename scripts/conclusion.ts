// The end of a run: evidence completed, judged, and written down.
import { readFile, rename, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { ResourceSample } from '../keeper/service.ts'
import { isLoopback } from '../lib/address.ts'
import type { RunEvidence } from '../verdict/evidence.ts'
import { generatorFaults } from '../verdict/generator.ts'
import { judgeRun } from '../verdict/judge.ts'
import type { Verdict } from '../verdict/verdict.ts'
import { repeatCommand } from './arguments.ts'
import { completeEvidence } from './evidence.ts'
import type { EventLog } from './events.ts'
import type { Driven } from './load.ts'
import { inProject } from './project.ts'
import { writeReport } from './report/index.ts'
import type { RunContext } from './run-context.ts'
import { supportOf } from './support.ts'
import { serviceLogLines } from './service-log.ts'
import { WrongUse } from './wrong-use.ts'

export interface RunResult {
  verdict: Verdict
  /** Whether somebody wanted it to end. */
  interrupted: boolean
  runDir: string
  html: string
}

/** k6's word for a script that could not start; everything else it exits with is judged from the evidence. */
const k6InitError = 107
const k6ConfigError = 104

/** Judges what a run brought back, and writes everything that its folder holds. */
export async function conclude(context: RunContext, driven: Driven): Promise<RunResult> {
  const { plan, runDir, variables } = context
  const { log, written, exitCode } = driven
  if (written === null) {
    const tail = driven.consoleText.trim().split('\n').slice(-5).join('\n')
    if (exitCode === k6InitError || exitCode === k6ConfigError)
      throw new WrongUse(`k6 could not start the scenario:\n${tail}`)
    throw new Error(
      `k6 ended with exit code ${String(exitCode)} and left no evidence; its last lines:\n${tail}`,
    )
  }
  const samples = await readLines<ResourceSample>(path.join(runDir, 'services/resources.ndjson'))
  const evidence = completeEvidence(written, plan, log, samples)
  const repeat = repeatCommand(variables, { SCENARIO: plan.scenario, CASE: plan.case, PROFILE: plan.profile })
  const verdict = judge(context, driven, evidence, repeat)
  await addServiceLog(verdict, runDir)
  const json = (value: unknown): string => JSON.stringify(value, null, 1)
  await writeFile(path.join(runDir, 'evidence.json'), JSON.stringify(evidence))
  await writeFile(path.join(runDir, 'verdict.json'), json(verdict))
  await writeFile(path.join(runDir, 'timeline.ndjson'), timeline(evidence, log))
  await writeFile(path.join(runDir, 'config.json'), json(configOf(context, repeat)))
  const { html } = await writeReport(runDir)
  await pointLatest(context.runId)
  for (const problem of [...new Set(log.problems)].slice(0, 5)) context.say(`k6 said: ${problem}`)
  return { verdict, runDir, html, interrupted: driven.interrupted }
}

function judge(context: RunContext, driven: Driven, evidence: RunEvidence, repeat: string): Verdict {
  const { plan, target } = context
  const { log, stopped } = driven
  const { claimed, notClaimed } = supportOf(plan, log)
  const cutShort = stopped ?? (evidence.complete ? null : 'k6 ended before its plan did')
  const verdict = judgeRun({
    claimed,
    required: plan.required,
    notClaimed,
    evidence,
    mergeReasons: [],
    ...(cutShort === null ? {} : { interrupted: cutShort }),
    partial: plan.partial,
    target: target.name,
    leftovers: log.leftovers,
    ...(evidence.shown === undefined ? {} : { beside: evidence.shown }),
    repeat,
  })
  if (evidence.hopeless !== undefined && stopped === null) failHopeless(verdict, evidence, evidence.hopeless)
  if (log.preflight?.reached === false) neverReached(verdict, target.baseUrl)
  for (const problem of log.preflight?.problems ?? []) verdict.reasons.push(`preflight: ${problem}`)
  return verdict
}

/**
 * The run ended itself because too much failed. That is a FAIL of the target, whatever else could not be decided, unless
 * the generator was not well: then its own trouble may have made the failures.
 */
function failHopeless(verdict: Verdict, evidence: RunEvidence, failed: number): void {
  if (generatorFaults(evidence.generator, true).length > 0) return
  const after = Math.round((evidence.ended - evidence.started) / 1000)
  verdict.verdict = 'FAIL'
  verdict.reasons.unshift(
    `ended after ${after} s: ${failed} requests had failed, too many for any criterion to be met`,
  )
  if (!verdict.line.startsWith('FAIL'))
    verdict.line = `FAIL: ended after ${after} s, ${failed} requests failed`
}

/** Nothing was measured, because nobody was there to be measured. */
function neverReached(verdict: Verdict, baseUrl: string): void {
  const why = `the target ${baseUrl} cannot be reached: no request got an answer. Is it running, and is the address right?`
  verdict.verdict = 'INVALID'
  verdict.line = `INVALID: ${why}`
  verdict.reasons = [why]
}

async function addServiceLog(verdict: Verdict, runDir: string): Promise<void> {
  for (const { witness } of verdict.criteria) {
    if (witness !== null) witness.log = await serviceLogLines(path.join(runDir, 'services'), witness)
  }
}

function timeline(evidence: RunEvidence, log: EventLog): string {
  const phases = evidence.phases.map(({ name, kind, start, end }) => ({
    t: start,
    kind: 'phase',
    name,
    phase: kind,
    start,
    end,
  }))
  const points = log.points.map(({ of, t, value }) => ({ t, kind: 'point', name: of, value }))
  return [...phases, ...points].map((line) => JSON.stringify(line)).join('\n') + '\n'
}

function configOf(context: RunContext, repeat: string): unknown {
  const { plan, variables, target } = context
  const { DATABASE_URL: _, ...shown } = variables
  return {
    run: context.runId,
    repeat,
    variables: shown,
    target: {
      name: target.name,
      baseUrl: target.baseUrl,
      adapter: target.adapter,
      loopback: isLoopback(target.baseUrl),
    },
    plan,
    machine: {
      cores: os.cpus().length,
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
      system: `${os.type()} ${os.release()}`,
    },
    versions: { node: process.versions.node, k6: context.k6.version },
  }
}

export async function readLines<T>(file: string): Promise<T[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]))
}

async function pointLatest(runId: string): Promise<void> {
  // Put in place whole, because another run may end at the same time.
  const draft = inProject('reports', `.latest-${process.pid}`)
  await symlink(runId, draft)
  await rename(draft, inProject('reports', 'latest'))
}
