// The generator's own health. Its faults make load and latency criteria INVALID; the target's slowness never does.
import type { GeneratorEvidence } from './evidence.ts'
import { lagLimitMs } from './criterion.ts'
import type { Criterion } from './criterion.ts'
import { fineLimits } from './fine-limits.ts'
import type { Verdict } from './verdict.ts'
import { decimal, percentage, whole } from './wording.ts'

/** The share of lag probes that may be over the limit: P99. */
const lagShare = 0.01
/**
 * The share of its wanted time that k6 may wait for a core. Its many short wake-ups wait for about three quarters of it
 * whenever both cores of a small machine are busy, and its lag is sound even so; at nine tenths it starves.
 */
export const waitShareLimit = 0.9
/** The share of the planned arrivals that k6 must have started, or dropped for want of a free virtual user. */
const deliveryFloor = 0.99

/** Why what actors found is not to be trusted, whatever the clock: they broke down. */
export const codeFaults = ({ exceptions }: Pick<GeneratorEvidence, 'exceptions'>): string[] =>
  exceptions > 0 ? [`the scenario's own code threw ${whole(exceptions)} times; the run's log says where`] : []

/**
 * Why the generator is not to be trusted; empty when it is. `cutShort`: the run ended before its plan did, so arrivals
 * are missing for a known reason.
 */
export function generatorFaults(
  { lag, cpu, planned, started, dropped, exceptions }: GeneratorEvidence,
  cutShort: boolean,
): string[] {
  const faults: string[] = []
  const numbers = [
    lag.n,
    lag.over,
    lag.p99Ms,
    lag.p50Ms ?? 0,
    lag.p95Ms ?? 0,
    ...Object.values(lag.fine ?? {}),
    planned,
    started,
    dropped,
    exceptions,
    cpu?.cores ?? 0,
    cpu?.waitShare ?? 0,
  ]
  if (numbers.some((value) => !(value >= 0 && value < Infinity)))
    return [`the generator's own figures are malformed: expected numbers from 0, got ${numbers.join(', ')}`]
  if (lag.n === 0) faults.push('the generator measured no scheduling lag, so nothing shows that it kept up')
  else if (lag.p99Ms > lagLimitMs || lag.over > lag.n * lagShare)
    faults.push(
      `the generator's scheduling lag P99 is ${decimal(lag.p99Ms)} ms, over ${lagLimitMs} ms ` +
        `(${whole(lag.over)} of ${whole(lag.n)} probes over it)`,
    )
  if (cpu !== null && cpu.waitShare > waitShareLimit)
    faults.push(
      `the generator waited for a core for ${percentage(cpu.waitShare)} of the time it wanted one, over ${percentage(waitShareLimit)}`,
    )
  faults.push(...codeFaults({ exceptions }))
  const met = started + dropped
  if (!cutShort && met < planned * deliveryFloor)
    faults.push(
      `the generator offered ${whole(met)} of ${whole(planned)} planned arrivals (${whole(dropped)} of them dropped), ` +
        `under ${percentage(deliveryFloor)}`,
    )
  return faults
}

/** What a verdict says of the generator. */
export function generatorVerdict(
  { planned, started, dropped, lag, cpu }: GeneratorEvidence,
  claimed: Readonly<Record<string, Criterion>>,
): Verdict['generator'] {
  const fine = fineLimits(claimed, lag)
  return {
    offered: planned,
    delivered: started,
    dropped,
    lag_ms: lag.p99Ms,
    ...(lag.p50Ms === undefined ? {} : { lag_p50_ms: lag.p50Ms }),
    ...(lag.p95Ms === undefined ? {} : { lag_p95_ms: lag.p95Ms }),
    ...(fine.length === 0 ? {} : { fine_limits: fine }),
    cpu: cpu?.cores ?? null,
  }
}
