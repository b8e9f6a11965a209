// Merging what k6 processes counted: shards in space (many processes at once) and in time (the epochs of a soak), in any
// order and grouping.
import { fold } from './evidence-sum.ts'
import type { Evidence, GeneratorEvidence, PhaseCounts, ProcessEvidence, StepRow } from './evidence.ts'
import { networkSum } from './figures.ts'
import { decimal } from './wording.ts'

/** What the merge must remember of each part to say which one is missing, doubled, cut off, late or another run's. */
interface Part {
  run: string
  shard: number
  of: number
  plan: string
  complete: boolean
  lateMs: number
}
export interface Merge {
  evidence: ProcessEvidence
  parts: Part[]
  /** Evidence keys whose parts do not fit together; their evidence is left out. */
  misfits: Record<string, string>
}

/** A part that began later than this after the common start did not offer its load together with the others. */
const lateLimitMs = 1000

const part = ({ run, shard, of, plan, complete, late = 0 }: ProcessEvidence): Part => ({
  run,
  shard,
  of,
  plan,
  complete,
  lateMs: late,
})

/** One process's evidence as a merge of one. */
export const mergeOf = (evidence: ProcessEvidence): Merge => ({
  evidence: { ...evidence, byPhase: phaseCounts(evidence.byPhase) },
  parts: [part(evidence)],
  misfits: {},
})

/** Two merges as one. Associative and commutative, up to the rounding of sums of fractions. */
export function join(a: Merge, b: Merge): Merge {
  const misfits = { ...a.misfits, ...b.misfits }
  const rules: Record<string, Evidence> = {}
  for (const key of new Set([...Object.keys(a.evidence.rules), ...Object.keys(b.evidence.rules)])) {
    const [one, two] = [a.evidence.rules[key], b.evidence.rules[key]]
    const sum = one !== undefined && two !== undefined ? fold(one, two) : (one ?? two)
    if (typeof sum === 'string') misfits[key] = sum
    else if (sum !== undefined) rules[key] = sum
  }
  for (const key of Object.keys(misfits)) delete rules[key]
  const parts = [...a.parts, ...b.parts].sort(byPart)
  const [first, second] = [a.evidence, b.evidence].sort(
    (x, y) => byPart(part(x), part(y)) || x.started - y.started,
  ) as [ProcessEvidence, ProcessEvidence]
  // One process's percentiles in words say nothing of all together, and the parts tell which was late.
  const { shown: _, late: __, repeated: ___, network: ____, ...header } = first
  const repeated = (a.evidence.repeated ?? 0) + (b.evidence.repeated ?? 0)
  return {
    parts,
    misfits,
    evidence: {
      ...header,
      complete: first.complete && second.complete,
      ...(repeated > 0 ? { repeated } : {}),
      ...networkSum(first, second),
      started: Math.min(first.started, second.started),
      ended: Math.max(first.ended, second.ended),
      rules,
      generator: generators(first.generator, second.generator),
      steps: stepRows(first.steps, second.steps),
      byPhase: phaseCounts([...first.byPhase, ...second.byPhase]),
    },
  }
}

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0)
const byPart = (a: Part, b: Part): number =>
  compare(a.shard, b.shard) ||
  compare(a.of, b.of) ||
  compare(a.run, b.run) ||
  compare(a.plan, b.plan) ||
  compare(Number(a.complete), Number(b.complete))

/** Why a merge is not to be trusted; empty when it is. A run of one shard that was cut off is interrupted, not invalid. */
export function mergeReasons({ parts, misfits }: Merge): string[] {
  const reasons: string[] = []
  const differing = (name: string, values: (string | number)[]): void => {
    const distinct = [...new Set(values)].sort(compare)
    if (distinct.length > 1) reasons.push(`shards differ in their ${name}: ${distinct.join(' and ')}`)
  }
  differing(
    'run',
    parts.map(({ run }) => run),
  )
  differing(
    'number of shards',
    parts.map(({ of }) => of),
  )
  if (new Set(parts.map(({ plan }) => plan)).size > 1)
    reasons.push('shards differ in their plan: they did not run the same load or criteria')
  const of = Math.max(...parts.map((one) => one.of))
  if (!parts.every((one) => Number.isInteger(one.of) && one.of >= 1))
    return [...reasons, 'the number of shards is malformed: expected a whole number from 1']
  for (const { shard } of parts) {
    if (Number.isInteger(shard) && shard >= 1 && shard <= of) continue
    reasons.push(`shard ${shard} does not exist: expected 1 to ${of}`)
  }
  for (let shard = 1; shard <= of; shard++) {
    const times = parts.filter((one) => one.shard === shard).length
    if (times === 0) reasons.push(`shard ${shard} of ${of} brought no evidence`)
    if (times > 1) reasons.push(`shard ${shard} of ${of} brought evidence ${times} times`)
  }
  for (const { shard, complete } of parts) {
    if (!complete && (of > 1 || parts.length > 1))
      reasons.push(`shard ${shard} of ${of} was cut off before its end`)
  }
  for (const key of Object.keys(misfits).sort()) reasons.push(`${key}: ${misfits[key]}`)
  return reasons
}

/** Which parts did not offer their load together with the others; empty where that does not matter, as only one did. */
export const lateReasons = ({ parts }: Merge): string[] =>
  parts
    .filter(({ lateMs }) => lateMs > lateLimitMs)
    .map(
      ({ shard, of, lateMs }) =>
        `shard ${shard} of ${of} began ${decimal(lateMs / 1000)} s after the common start`,
    )

/** Counts add up. Of percentiles and shares the worst shard's holds: one starved process spoils what it measured. */
function generators(a: GeneratorEvidence, b: GeneratorEvidence): GeneratorEvidence {
  const cpu =
    a.cpu !== null && b.cpu !== null
      ? { cores: a.cpu.cores + b.cpu.cores, waitShare: Math.max(a.cpu.waitShare, b.cpu.waitShare) }
      : (a.cpu ?? b.cpu)
  return {
    planned: a.planned + b.planned,
    started: a.started + b.started,
    dropped: a.dropped + b.dropped,
    lag: lags(a.lag, b.lag),
    cpu,
    exceptions: a.exceptions + b.exceptions,
  }
}

type Lag = GeneratorEvidence['lag']

/** What one part did not count is not known of both together. */
function lags(a: Lag, b: Lag): Lag {
  const worst = (name: 'p50Ms' | 'p95Ms'): Partial<Lag> => {
    const [one, other] = [a[name], b[name]]
    return one === undefined || other === undefined ? {} : { [name]: Math.max(one, other) }
  }
  const fine = Object.entries(a.fine ?? {}).flatMap(([mostMs, over]): [string, number][] => {
    const too = b.fine?.[mostMs]
    return too === undefined ? [] : [[mostMs, over + too]]
  })
  return {
    n: a.n + b.n,
    over: a.over + b.over,
    ...worst('p50Ms'),
    ...worst('p95Ms'),
    p99Ms: Math.max(a.p99Ms, b.p99Ms),
    ...(a.fine === undefined || b.fine === undefined ? {} : { fine: Object.fromEntries(fine) }),
  }
}

/** Counts add up; of each percentile the largest shard's is kept, and the percentile of all together is not above it. */
function stepRows(a: readonly StepRow[], b: readonly StepRow[]): StepRow[] {
  const rows = new Map<string, StepRow>()
  for (const row of [...a, ...b]) {
    const known = rows.get(row.step)
    rows.set(
      row.step,
      known === undefined
        ? row
        : {
            step: row.step,
            requests: known.requests + row.requests,
            failed: known.failed + row.failed,
            refused: known.refused + row.refused,
            p50: Math.max(known.p50, row.p50),
            p95: Math.max(known.p95, row.p95),
            p99: Math.max(known.p99, row.p99),
            max: Math.max(known.max, row.max),
          },
    )
  }
  return [...rows.values()].sort((x, y) => compare(x.step, y.step))
}

/** Each phase once, by name: an epoch counts its own phases, shards count the same. */
function phaseCounts(all: readonly PhaseCounts[]): PhaseCounts[] {
  const phases = new Map<string, PhaseCounts>()
  for (const { phase, kind, groups, dropped } of all) {
    const known = phases.get(phase) ?? { phase, kind, groups: {}, dropped: 0 }
    const sum = { ...known.groups }
    for (const [group, own] of Object.entries(groups)) {
      const { requests = 0, dropped: before = 0 } = sum[group] ?? {}
      sum[group] = { requests: requests + own.requests, dropped: before + own.dropped }
    }
    phases.set(phase, { ...known, groups: sum, dropped: known.dropped + dropped })
  }
  return [...phases.values()].sort((a, b) => compare(a.phase, b.phase))
}
