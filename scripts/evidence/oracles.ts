// The oracles of a run: what actors tell them is kept in a file while the run goes, and held against their laws in the end.
import { createReadStream, existsSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import type { Plan } from '../../lib/plan/plan.ts'
import type {
  Findings,
  HistoryCheck,
  JoinedSample,
  Oracle,
  OracleDefinition,
} from '../../verdict/oracles/oracle.ts'
import type { FaultVerdict } from '../../verdict/verdict.ts'
import type { EventLog } from './events.ts'
import { oraclesAsked } from '../../verdict/criterion.ts'
import { readManifest } from '../run/plans.ts'
import { inWork } from '../project.ts'
import { WrongUse } from '../wrong-use.ts'

/** A system's oracles by name, as its oracles.ts has them; none where it has no such file. */
export async function oraclesOf(system: string): Promise<Record<string, OracleDefinition>> {
  if (!readManifest().oracles.includes(system)) return {}
  const file = inWork('dist/node/systems', system, 'oracles.js')
  const { oracles } = (await import(pathToFileURL(file).href)) as {
    oracles: Record<string, OracleDefinition>
  }
  return oracles
}

/** @throws WrongUse for a rule of an oracle that the system does not have, of a law that the oracle does not know, or of no law. */
export function checkLaws({ system, claimed }: Plan, oracles: Record<string, OracleDefinition>): void {
  for (const [id, { rules }] of Object.entries(claimed)) {
    for (const rule of rules) {
      if (!('oracle' in rule) || rule.oracle === undefined) continue
      const oracle = oracles[rule.oracle]
      if (oracle === undefined)
        throw new WrongUse(
          `criterion ${id} asks the oracle "${rule.oracle}", which systems/${system}/oracles.ts does not have; it has ${Object.keys(oracles).join(', ') || 'none'}`,
        )
      if (rule.judge !== 'law') continue
      const known = Object.keys(oracle.laws)
      if (rule.laws.length === 0)
        throw new WrongUse(
          `criterion ${id} names no law of the oracle "${rule.oracle}"; valid: ${known.join(', ')}`,
        )
      const unknown = rule.laws.filter((law) => !known.includes(law))
      if (unknown.length > 0)
        throw new WrongUse(
          `criterion ${id} names the law "${unknown.join(', ')}", which the oracle "${rule.oracle}" does not know; valid: ${known.join(', ')}`,
        )
    }
  }
}

export const historyFile = (runDir: string): string => path.join(runDir, 'history.ndjson')

/** Writes down what was told for oracles since the last call, each line with the oracle's name. */
export async function keepHistory(log: EventLog, runDir: string): Promise<void> {
  const lines = log.takeHistory()
  if (lines.length > 0) await appendFile(historyFile(runDir), `${lines.join('\n')}\n`)
}

/** What the oracles found, by name, and why some found nothing that they could have. */
export interface OracleReport {
  findings: Record<string, Findings>
  /** What oracles put together for rules, by their names. */
  joined: Record<string, JoinedSample[]>
  problems: string[]
}

/**
 * What each oracle says of the history of a run that has ended. Never rejects: an oracle that breaks down, or a history that
 * cannot be read, takes nothing else with it.
 */
export async function askOracles(
  plan: Plan,
  log: EventLog,
  runDir: string,
  faults: FaultVerdict[],
): Promise<OracleReport> {
  const report: OracleReport = { findings: {}, joined: {}, problems: [] }
  const asked = oraclesAsked(plan.claimed)
  if ((!plan.history && asked.length === 0) || log.t0 === null) return report
  const planEnd = plan.phases.at(-1)?.end ?? 0
  const lastAt = Math.max(log.t0 + planEnd * 1000, ...faults.map(({ end }) => end))
  const checks = new Map<string, HistoryCheck>()
  const attempt = (name: string, deed: () => void): void => {
    try {
      deed()
    } catch (error) {
      checks.delete(name)
      report.problems.push(`the oracle "${name}" could not judge the history: ${(error as Error).message}`)
    }
  }
  for (const [name, oracle] of Object.entries(log.oracles)) {
    attempt(name, () => {
      const broken = log.brokenOracles.get(name)
      if (broken !== undefined) throw broken
      const check = oracle.check({ lastAt })
      if (check !== null) checks.set(name, check)
    })
  }
  try {
    if (checks.size > 0 && !existsSync(historyFile(runDir))) throw new Error('nobody told any of it')
    if (checks.size > 0)
      for await (const { oracle, ...entry } of entriesIn(historyFile(runDir)))
        attempt(oracle, () => checks.get(oracle)?.add(entry))
  } catch (error) {
    checks.clear()
    report.problems.push(`the history could not be read: ${(error as Error).message}`)
  }
  for (const [name, check] of checks) {
    attempt(name, () => {
      const findings = check.findings()
      if (findings === null) return
      report.findings[name] = findings
      const joined = check.joined?.()
      if (joined !== undefined) report.joined[name] = joined
    })
  }
  return report
}

/** Line by line: the history of a day is too long for one text. */
async function* entriesIn(file: string): AsyncGenerator<{ oracle: string }> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity })
  for await (const line of lines) if (line !== '') yield JSON.parse(line) as { oracle: string }
}

/** One of each, for one run. */
export const begun = (definitions: Record<string, OracleDefinition>): Record<string, Oracle> =>
  Object.fromEntries(Object.entries(definitions).map(([name, definition]) => [name, definition.begin()]))
