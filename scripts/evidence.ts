// Completes what k6 wrote as evidence with what only the runner knows: seconds, units, event times, the generator's CPU.
import type { Plan } from '../lib/plan.ts'
import { ruleKey } from '../verdict/criterion.ts'
import type { Rule } from '../verdict/criterion.ts'
import type { Counts, Evidence, PhaseSpan, RunEvidence, Units } from '../verdict/evidence.ts'
import type { ResourceSample } from '../keeper/service.ts'
import type { EventLog } from './events.ts'

/** Phases in Unix ms from T0, cut at the end of the run. */
function spansOf(plan: Plan, t0: number, ended: number): PhaseSpan[] {
  return plan.phases
    .map(({ name, kind, start, end }) => ({
      name,
      kind,
      start: t0 + start * 1000,
      end: Math.min(t0 + end * 1000, ended),
    }))
    .filter(({ start, end }) => end > start)
}

/**
 * [n, bad] per second. Arrivals are open, so n is spread evenly over the judged time, a second that a phase covers in
 * part getting its part; bad ones have their own second. Bad ones without one, arrivals that k6 dropped, are taken for a
 * single stall at the start: the least favourable.
 */
function blocksOf(
  counts: Counts,
  spans: PhaseSpan[],
  bad: Map<number, number>,
): Record<string, [number, number]> {
  const judgedMs = spans.reduce((sum, { start, end }) => sum + end - start, 0)
  const blocks: Record<string, [number, number]> = {}
  for (const { start, end } of spans) {
    for (let second = Math.floor(start / 1000); second * 1000 < end; second++) {
      const coveredMs = Math.min(end, (second + 1) * 1000) - Math.max(start, second * 1000)
      ;(blocks[second] ??= [0, 0])[0] += (counts.n * coveredMs) / judgedMs
    }
  }
  let placed = 0
  for (const [second, count] of bad) {
    ;(blocks[second] ??= [0, 0])[1] += count
    placed += count
  }
  const first = blocks[Math.floor((spans[0]?.start ?? 0) / 1000)]
  if (first !== undefined) first[1] += Math.max(0, counts.bad - placed)
  return blocks
}

function unitsOf(rule: Extract<Rule, { judge: 'gini' }>, log: EventLog): Units {
  const units: Units['units'] = {}
  for (const { of, kind, unit, quantity, capacity } of log.units) {
    if (of !== rule.of || !(rule.in as string[]).includes(kind)) continue
    const known = (units[unit] ??= { quantity: 0, capacity: 0 })
    known.quantity += quantity
    known.capacity += capacity
  }
  return { type: 'units', units }
}

function completed(
  rule: Rule,
  key: string,
  from: Evidence | undefined,
  spans: PhaseSpan[],
  log: EventLog,
): Evidence | undefined {
  if (rule.judge === 'gini') return unitsOf(rule, log)
  if (rule.judge === 'recovery') {
    const seen = log.back.find(({ of }) => of === rule.of)
    if (seen !== undefined)
      return { type: 'event', from: seen.from, at: seen.at, watchedUntil: seen.watchedUntil }
    const after = spans.filter(({ kind }) => kind === rule.after).at(-1)
    return after === undefined
      ? undefined
      : { type: 'event', from: after.end, at: null, watchedUntil: after.end }
  }
  if (from?.type !== 'counts') return from
  const judged = spans.filter(({ kind }) => rule.in.includes(kind))
  return { ...from, blocks: blocksOf(from, judged, log.badSeconds.get(key) ?? new Map<number, number>()) }
}

/** Mean cores of a service over its samples, and the share of its wanted time in which it waited for one. */
function cpuOf(samples: ResourceSample[], service: string): RunEvidence['generator']['cpu'] {
  const own = samples.filter((sample) => sample.service === service)
  if (own.length === 0) return null
  const busy = own.reduce((sum, { cpu }) => sum + cpu, 0)
  const waited = own.reduce((sum, { cpuWait }) => sum + (cpuWait ?? 0), 0)
  return { cores: busy / own.length, waitShare: busy + waited > 0 ? waited / (busy + waited) : 0 }
}

export function completeEvidence(
  written: RunEvidence,
  plan: Plan,
  log: EventLog,
  samples: ResourceSample[],
): RunEvidence {
  const phases = log.t0 === null ? written.phases : spansOf(plan, log.t0, written.ended)
  const rules: Record<string, Evidence> = {}
  for (const [id, criterion] of Object.entries(plan.claimed)) {
    criterion.rules.forEach((rule, index) => {
      const key = ruleKey(id, index)
      const evidence = completed(rule, key, written.rules[key], phases, log)
      if (evidence !== undefined) rules[key] = evidence
    })
  }
  return {
    ...written,
    phases,
    rules,
    bad: log.bad,
    generator: { ...written.generator, cpu: cpuOf(samples, 'k6') },
  }
}
