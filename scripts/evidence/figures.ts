// What a source's expectations are held against: values that were told, and what the services used. Nothing where none asks.
import type { Plan } from '../../lib/plan/plan.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import type { PhaseSpan, RunEvidence } from '../../verdict/evidence.ts'
import type { Measure } from '../../verdict/expectation.ts'
import { kindsKey, type Figures, type ServiceUse, type Values } from '../../verdict/figures.ts'
import { longestGapSeconds } from '../../verdict/resources.ts'
import type { EventLog } from './events.ts'
import { coresOf, type Sampled } from './work-blocks.ts'

/** What the keeper sampled, and its names of k6's own processes. */
type SampledBeside = Sampled & { names: readonly string[] }

/** The evidence with the figures that the plan's expectations ask for. */
export function withFigures(
  evidence: RunEvidence,
  { expectations }: Pick<Plan, 'expectations'>,
  { points, values }: Pick<EventLog, 'points' | 'values'>,
  sampled: SampledBeside,
): RunEvidence {
  if (expectations === undefined) return evidence
  const measures = Object.values(expectations).flatMap(({ rows }) => rows.map(({ measure }) => measure))
  const figures: Figures = {
    points: chosen(measures.flatMap(pointsOf), (name) => points.get(name)?.values),
    observations: chosen(
      measures.flatMap((measure) => (measure.figure === 'observed' ? [measure.of] : [])),
      (name) => values.get(name),
    ),
    services: servicesIn(measures, evidence.phases, sampled),
  }
  return { ...evidence, figures }
}

function pointsOf(measure: Measure): string[] {
  if (measure.figure === 'told') return [measure.of]
  return measure.figure === 'risen' ? [measure.of, measure.whole] : []
}

const chosen = (
  names: readonly string[],
  valuesOf: (name: string) => Values | null | undefined,
): Record<string, Values> =>
  Object.fromEntries(
    names.flatMap((name): [string, Values][] => {
      const own = valuesOf(name) ?? null
      return own === null ? [] : [[name, own]]
    }),
  )

/** By kinds of phases, each looked at once. */
function servicesIn(
  measures: readonly Measure[],
  phases: readonly PhaseSpan[],
  sampled: SampledBeside,
): Figures['services'] {
  const wanted = new Map(
    measures.flatMap((measure): [string, readonly PhaseKind[]][] =>
      measure.figure === 'processors' || measure.figure === 'memory'
        ? [[kindsKey(measure.in), measure.in]]
        : [],
    ),
  )
  return Object.fromEntries(
    [...wanted].flatMap(([key, kinds]): [string, ServiceUse][] => {
      const used = usedIn(
        phases.filter(({ kind }) => kinds.includes(kind)),
        sampled,
      )
      return used === null ? [] : [[key, used]]
    }),
  )
}

/** What the services used together in these phases; null where none was sampled in them. */
function usedIn(spans: readonly PhaseSpan[], { names, ...sampled }: SampledBeside): ServiceUse | null {
  const ofServices = sampled.samples
    .filter(({ service }) => !names.includes(service))
    .toSorted((a, b) => a.t - b.t)
  const latest = new Map<string, { t: number; bytes: number }>()
  const used = new Map<string, { cpuMs: number; timeMs: number }>()
  let memoryBytes = 0
  for (const { t, service, cpu, rssBytes } of ofServices) {
    const sinceMs = Math.min(1000 * longestGapSeconds, t - (latest.get(service)?.t ?? t - 1000))
    latest.set(service, { t, bytes: rssBytes })
    if (!spans.some(({ start, end }) => t >= start && t < end)) continue
    const { cpuMs, timeMs } = used.get(service) ?? { cpuMs: 0, timeMs: 0 }
    used.set(service, { cpuMs: cpuMs + cpu * sinceMs, timeMs: timeMs + sinceMs })
    const together = [...latest.values()].filter((one) => t - one.t <= 1000 * longestGapSeconds)
    memoryBytes = Math.max(
      memoryBytes,
      together.reduce((sum, { bytes }) => sum + bytes, 0),
    )
  }
  if (used.size === 0) return null
  // Services that were there for a part of the time did nothing in the rest of it.
  const timeMs = Math.max(...[...used.values()].map((one) => one.timeMs))
  const cpuMs = [...used.values()].reduce((sum, one) => sum + one.cpuMs, 0)
  return {
    processors: cpuMs / timeMs,
    allowed: allowedTo([...used.keys()], sampled),
    memoryBytes,
  }
}

/** How many processors these services may use together: their own numbers where the target says them, and no more than there are. */
function allowedTo(services: readonly string[], sampled: Sampled): number | null {
  let sum = 0
  for (const service of services) {
    const own = coresOf(service, sampled)
    if (own === undefined) return null
    sum += own
  }
  return Math.min(sum, sampled.machine[0]?.cores ?? Infinity)
}
