// What a reader may do next, as far as the figures of one run carry it. No guess at causes, no advice by habit.
import type { CriterionVerdict, Witness } from '../../verdict/verdict.ts'
import { close, observationsIn } from './criteria.ts'
import { count, duration, figure, timeOfDay } from './figures.ts'
import type { RunFolder } from './read/run-folder.ts'
import { escapeMarkdown as text, markdownCode as code } from './text.ts'

/** The most frequent step among the shown operations, with its share. */
function mostFrequentStep(witness: Witness): string {
  const steps = new Map<string, number>()
  for (const one of witness.operations)
    steps.set(one.step, (steps.get(one.step) ?? 0) + observationsIn([one]))
  const [first] = [...steps].sort(([, a], [, b]) => b - a)
  if (first === undefined) return ''
  return `, ${first[1]} of the ${observationsIn(witness.operations)} operations shown are ${code(first[0])}`
}

function broken({ id, witness }: CriterionVerdict): string {
  if (witness === null)
    return `${code(id)} broke: start from its row in the table of criteria; the evidence names no single operation.`
  const correlation = witness.operations[0]?.correlationId
  const follow =
    correlation === undefined || correlation === ''
      ? ''
      : ` Follow ${code(correlation)} through the service logs.`
  return `${code(id)} broke first at ${timeOfDay(witness.first)} UTC${mostFrequentStep(witness)}.${follow} Repeat with ${code(witness.repeat)}.`
}

/** What to look at first, one Markdown line per criterion that is not PASS. */
export function shortTerm({ verdict }: RunFolder): string[] {
  const failed = verdict.criteria.filter((one) => one.status === 'FAIL').map(broken)
  const open = verdict.criteria.filter((one) => one.status === 'UNDECIDED')
  const undecided = open.map((one) =>
    one.needed > 0
      ? `${code(one.id)} is open: ${count(one.samples)} samples of the ${count(one.needed)} that would decide at this rate. Run longer or a larger profile.`
      : `${code(one.id)} is open: ${text(one.reason)}`,
  )
  const invalid = verdict.criteria.some((one) => one.status === 'INVALID') || verdict.verdict === 'INVALID'
  const repeat =
    verdict.machine?.spoils === true
      ? 'The measurement itself is not to be trusted (services waited for cores that other programs had): repeat it on a machine that does nothing else before judging the system.'
      : `The measurement itself is not to be trusted (scheduling lag P99 ${duration(verdict.generator.lag_ms)}): repeat it with more room for the generator before judging the system.`
  const faults = verdict.faults.flatMap((fault) => [
    ...(fault.bite
      ? []
      : [
          `Fault ${code(fault.id)} is not shown to have taken effect on ${text(fault.target)}: check that it reaches its target.`,
        ]),
    ...(fault.healed
      ? []
      : [
          `Fault ${code(fault.id)} on ${text(fault.target)} did not heal: check what is left of it before the next run.`,
        ]),
  ])
  return [...failed, ...faults, ...(invalid ? [repeat] : []), ...undecided]
}

/** Promises that hold with little room, and promises that nothing was shown about. */
export function longTerm({ verdict }: RunFolder): string[] {
  const near = close(verdict.criteria).map(
    (one) => `${code(one.id)} holds with little room: ${text(one.observed)}, limit ${text(one.limit)}.`,
  )
  const names = verdict.not_claimed.map(({ id }) => code(id)).join(', ')
  const unclaimed = `Run a profile or a target that can show what was not claimed here: ${names}.`
  return [...near, ...(verdict.not_claimed.length > 0 ? [unclaimed] : [])]
}

/** Where the time and the cores went: the slowest step and the busiest service. */
export function bottlenecks({ verdict, series }: RunFolder): string[] {
  const lines: string[] = []
  const slowest = [...verdict.steps].sort((a, b) => b.p95 - a.p95)[0]
  if (slowest !== undefined) {
    lines.push(
      `Slowest step: ${code(slowest.step)}, P95 ${duration(slowest.p95)} over ${count(slowest.requests)} requests (waits by design included).`,
    )
  }
  const busy = series.services
    .map((service) => {
      const values = (series.resources.values(`${service} cpu`) ?? []).filter((value) => value !== null)
      return {
        service,
        mean: values.reduce((sum, value) => sum + value, 0) / values.length,
        most: Math.max(...values),
      }
    })
    .filter(({ mean }) => Number.isFinite(mean))
    .sort((a, b) => b.mean - a.mean)[0]
  if (busy !== undefined) {
    lines.push(
      `Busiest service: ${code(busy.service)}, ${figure(busy.mean)} cores on average, ${figure(busy.most)} at most.`,
    )
  }
  return lines
}
