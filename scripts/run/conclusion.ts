// The end of a run: evidence completed, judged, and written down.
import { createReadStream, existsSync } from 'node:fs'
import { readFile, rename, rm, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { MachineSample, ResourceSample } from '../../keeper/service.ts'
import { isLoopback } from '../../lib/input/address.ts'
import { supportOf } from '../../lib/plan/support.ts'
import type { RunEvidence } from '../../verdict/evidence.ts'
import { judgeRun } from '../../verdict/judge.ts'
import type { FaultVerdict, Status, Verdict } from '../../verdict/verdict.ts'
import { repeatCommand } from '../commands/arguments.ts'
import { completeEvidence } from '../evidence/evidence.ts'
import type { EventLog } from '../evidence/events.ts'
import { withFigures } from '../evidence/figures.ts'
import type { EndedPart } from './k6-processes.ts'
import { undelivered } from './k6-outputs.ts'
import { attempted, keepVerdict, putInPlace } from './kept.ts'
import type { Driven } from './load.ts'
import { mergedParts } from '../evidence/merging.ts'
import { askOracles } from '../evidence/oracles.ts'
import { partFiles } from './parts.ts'
import { inWork } from '../project.ts'
import { writeReport } from '../report/index.ts'
import type { RunContext } from './run-context.ts'
import { serviceLogLines } from '../evidence/service-log.ts'
import type { Testbed } from './testbed.ts'
import { WrongUse } from '../wrong-use.ts'

export interface RunResult {
  verdict: Verdict
  /** Whether somebody wanted it to end. */
  interrupted: boolean
  runDir: string
  /** The report's page; null where it could not be written. */
  html: string | null
  /** What could not be ended, removed or written, in words. None of it changed the verdict. */
  problems: string[]
}

/** A run that measured nothing, and the reason for people. */
export class NoEvidence extends Error {}

/** k6's word for a script that could not start; everything else it exits with is judged from the evidence. */
const k6InitError = 107
const k6ConfigError = 104

/**
 * Judges what a run brought back, and writes everything that its folder holds. `left` could not be ended or removed, in words.
 * The verdict is reached when its file is in place: what cannot be written after it is told and changes nothing.
 * @throws NotKept where the verdict cannot be written; NoEvidence or WrongUse where there is nothing to judge.
 */
export async function conclude(
  context: RunContext,
  driven: Driven,
  left: string[],
  reached: (result: { status: Status; interrupted: boolean }) => void = () => {},
): Promise<RunResult> {
  const { runDir } = context
  const { log, interrupted } = driven
  const { verdict, evidence, repeat } = await judged(context, driven)
  verdict.leftovers.push(...left)
  await keepVerdict(runDir, verdict)
  reached({ status: verdict.verdict, interrupted })
  const inRun = (name: string): string => path.join(runDir, name)
  let html: string | null = null
  const unwritten = await attempted({
    'evidence.json is not written': () => putInPlace(inRun('evidence.json'), JSON.stringify(evidence)),
    'timeline.ndjson is not written': () =>
      putInPlace(inRun('timeline.ndjson'), timeline(evidence, log, driven.faults)),
    'config.json is not written': () =>
      putInPlace(inRun('config.json'), JSON.stringify(configOf(context, repeat), null, 1)),
    'the report is not written': async () => {
      html = (await writeReport(runDir)).html
    },
    'reports/latest does not lead to this run': () => pointLatest(context.runId),
  })
  for (const problem of [...new Set(log.problems)].slice(0, 5)) context.say(`k6 said: ${problem}`)
  for (const problem of await lostByOutputs(context, driven)) context.say(`OUT: ${problem}`)
  return { verdict, runDir, html, interrupted, problems: [...left, ...unwritten] }
}

/** Nothing of it concerns the verdict; few lines are enough to see what is wrong. */
async function lostByOutputs({ k6, runDir }: RunContext, { parts }: Driven): Promise<string[]> {
  if (k6.outputs.length === 0) return []
  const logs = parts.map(({ part }) => readFile(partFiles(runDir, part).log, 'utf8').catch(() => ''))
  return undelivered((await Promise.all(logs)).join('\n')).slice(0, 3)
}

/** All of a run's context that its judgement asks for. `testbed` is null where the services are somebody else's. */
export type JudgedContext = Pick<RunContext, 'plan' | 'runDir' | 'variables'> & {
  target: Pick<RunContext['target'], 'name' | 'baseUrl' | 'services'>
  testbed: Pick<Testbed, 'foreign'> | null
}

/**
 * The verdict of a run, with the evidence that it rests on and the command that repeats it.
 * @throws NoEvidence or WrongUse where there is nothing to judge.
 */
export async function judged(
  context: JudgedContext,
  driven: Driven,
): Promise<{ verdict: Verdict; evidence: RunEvidence; repeat: string }> {
  const { plan, runDir, variables } = context
  const { log, parts } = driven
  const merged = mergedParts(parts, driven.lost)
  if (merged === null) throw await whyNoEvidence(driven, runDir)
  const samples = await readSamples<ResourceSample>(runDir, 'resources')
  const machine = await readSamples<MachineSample>(runDir, 'machine')
  const names = parts.map(({ part }) => part.name)
  const { findings, joined, problems: oracleProblems } = await askOracles(plan, log, runDir, driven.faults)
  const cores = Object.fromEntries(
    context.target.services.flatMap(({ name, cores: own }): [string, number][] =>
      own === undefined ? [] : [[name, own]],
    ),
  )
  const sampled = { samples, machine, cores }
  const complete = completeEvidence(merged.evidence, plan, log, {
    ...sampled,
    unjudged:
      context.testbed === null ? 'the services are not the testbed of this run' : context.testbed.foreign,
    names,
    findings,
    joined,
    faults: driven.faults,
  })
  const evidence = withFigures(complete, plan, log, { ...sampled, names })
  const repeat = repeatCommand(variables, { SCENARIO: plan.scenario, CASE: plan.case, PROFILE: plan.profile })
  const verdict = judge(context, driven, {
    evidence,
    mergeReasons: merged.reasons,
    late: merged.late,
    oracleProblems,
    repeat,
  })
  await addServiceLog(verdict, runDir)
  return { verdict, evidence, repeat }
}

/** The error of a run in which not one k6 process left evidence. */
async function whyNoEvidence({ parts, stopped }: Driven, runDir: string): Promise<Error> {
  const refused = parts.find(({ exit }) => exit?.code === k6InitError || exit?.code === k6ConfigError)
  const started = refused ?? parts.find(({ exit }) => exit !== null)
  if (started === undefined)
    return new NoEvidence(`k6 was not started: ${stopped ?? 'the run was ended before'}`)
  const tail = await lastLines(started, runDir)
  const { code, signal } = started.exit!
  if (refused !== undefined) return new WrongUse(`k6 could not start the scenario:\n${tail}`)
  const why = stopped === null ? '' : ` (${stopped})`
  return new NoEvidence(
    `k6 ended with ${code === null ? String(signal) : `exit code ${code}`}${why} and left no evidence; its last lines:\n${tail}`,
  )
}

async function lastLines({ part }: EndedPart, runDir: string): Promise<string> {
  const text = await readFile(partFiles(runDir, part).log, 'utf8').catch(() => '')
  return text.trim().split('\n').slice(-5).map(wordsOf).join('\n')
}

/** What a line of k6's log says, without its stack, which the log keeps. */
function wordsOf(line: string): string {
  try {
    return (JSON.parse(line) as { msg: string }).msg.split('\n', 1)[0]!
  } catch {
    return line
  }
}

interface Judged {
  evidence: RunEvidence
  mergeReasons: string[]
  late: string[]
  oracleProblems: string[]
  repeat: string
}

function judge(
  { plan, target, variables }: JudgedContext,
  { log, stopped, faults }: Driven,
  { evidence, mergeReasons, late, oracleProblems, repeat }: Judged,
): Verdict {
  const { claimed, notClaimed } = log.preflight === null ? plan : supportOf(plan, log.preflight)
  return judgeRun({
    claimed,
    required: plan.required,
    notClaimed,
    evidence,
    mergeReasons,
    late,
    clock: plan.clock,
    ...(stopped === null ? {} : { interrupted: stopped }),
    partial: plan.partial,
    judgesPart: variables.PARTIAL === true,
    unit: plan.unit,
    countsWork: plan.work !== undefined,
    target: target.name,
    ...(log.preflight === null ? {} : { preflight: { ...log.preflight, baseUrl: target.baseUrl } }),
    oracleProblems,
    leftovers: [...log.leftovers],
    faults,
    repeat,
    ...(plan.expectations === undefined
      ? {}
      : { expected: { expectations: plan.expectations, peakLevel: plan.peakLevel } }),
  })
}

async function addServiceLog(verdict: Verdict, runDir: string): Promise<void> {
  // The services' logs know nothing of simulated times.
  if (verdict.clock === 'virtual') return
  for (const { witness } of verdict.criteria) {
    if (witness !== null) witness.log = await serviceLogLines(path.join(runDir, 'services'), witness)
  }
}

function timeline(evidence: RunEvidence, log: EventLog, faults: FaultVerdict[]): string {
  const phases = evidence.phases.map(({ name, kind, start, end }) => ({
    t: start,
    kind: 'phase',
    name,
    phase: kind,
    start,
    end,
  }))
  const points = [...log.points].flatMap(([name, values]) =>
    values.all().map(({ t, value }) => ({ t, kind: 'point', name, value })),
  )
  // With these a run can be repeated: seconds after T0, and all that was asked of the driver.
  const begun = faults.filter(({ effect }) => effect !== null)
  const done = begun.map(({ id, driver, target, settings, seconds, start, end }) => ({
    t: start,
    kind: 'fault',
    name: id,
    start,
    end,
    at: log.t0 === null ? null : (start - log.t0) / 1000,
    driver,
    target,
    settings,
    seconds,
  }))
  return [...phases, ...done, ...points].map((line) => JSON.stringify(line)).join('\n') + '\n'
}

function configOf(context: RunContext, repeat: string): unknown {
  const { plan, variables, target } = context
  const { TESTBED_DATABASE_URL: _, ...shown } = variables
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

/** The keeper's samples. A day of them is read line by line, because as one text they would be too long. */
async function readSamples<Sample>(runDir: string, name: 'resources' | 'machine'): Promise<Sample[]> {
  const file = path.join(runDir, `services/${name}.ndjson`)
  const samples: Sample[] = []
  if (!existsSync(file)) return samples
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity })
  for await (const line of lines) if (line !== '') samples.push(JSON.parse(line) as Sample)
  return samples
}

async function pointLatest(runId: string): Promise<void> {
  // Put in place whole, because another run may end at the same time.
  const draft = inWork('reports', `.latest-${process.pid}`)
  try {
    await symlink(runId, draft)
    await rename(draft, inWork('reports', 'latest'))
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
