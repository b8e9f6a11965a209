// Whether services had the cores that they wanted. A service that waits while other programs have the cores is slow through
// no fault of its own, so on the bundled testbed, where the machine belongs to the measurement, nothing slow counts then.
import type { PhaseKind } from './criterion.ts'
import type { PhaseSpan } from './evidence.ts'
import type { MachineEvidence, MachineUse } from './machine-evidence.ts'
import type { MachineVerdict } from './verdict.ts'
import { percentage } from './wording.ts'

/** Other programs are in the way when they have more than this share of the processors. Measured: docs/verdicts.md. */
export const busyLimit = 0.15
/** A service starves when it waits for more than this share of the time in which it wants a core. Measured, too. */
export const starvingLimit = 0.4
/** What wants less than this share of a core is not looked at: on an idle machine, too, what wakes up briefly waits for long. */
const leastUse = 0.1
/** The share of the judged time that may be starved. */
const starvedShare = 0.01
/** Shorter than a disturbance that can break a limit, longer than the kernel's unevenness. */
const stretchMs = 5000
/** A stretch with fewer samples, at the edge of a phase, is ignored. */
const fewestSamples = 3
/** A sample counts when a control group had used up its budget for at most this share of the time. */
const throttledLimit = 0.01
/** A sample tells of so much time before it. */
const sampleMs = 1000

/** Load and latency are not judged in the others, or are disturbed on purpose. */
const lookedAt: readonly PhaseKind[] = ['normal', 'burst', 'peak', 'overload', 'recovery']

/** As the keeper takes them, once a second; see keeper/service.ts. */
export interface ServiceUse {
  t: number
  service: string
  cpu: number
  cpuWait?: number
  throttled?: number
}
export interface ProcessorUse {
  t: number
  cores: number
  busy: number
  stolen: number
  own: number
  throttled: number
  plausible: boolean
}

const nothingUsed = (): MachineUse => ({ seconds: 0, taken: 0, services: {} })

/**
 * What became of the machine while load and latency were judged.
 * @param unjudged why it is shown and not judged, as far as that is known already; null where it is judged
 */
export function machineOf(
  services: readonly ServiceUse[],
  processors: readonly ProcessorUse[],
  phases: readonly PhaseSpan[],
  unjudged: string | null,
): MachineEvidence {
  const spans = phases.filter(({ kind }) => lookedAt.includes(kind))
  const isJudged = ({ t }: { t: number }): boolean =>
    spans.some(({ start, end }) => t - sampleMs >= start && t < end)
  const own = processors.filter(isJudged)
  const stretches = new Map<number, MachineUse>()
  const telling = own.filter(({ throttled, plausible }) => plausible && throttled <= throttledLimit)
  for (const sample of telling) {
    const stretch = entryOf(stretches, sample.t)
    stretch.seconds++
    stretch.taken += takenIn(sample)
  }
  for (const { t, service, cpu, cpuWait, throttled = 0 } of services) {
    const stretch = stretches.get(Math.floor(t / stretchMs))
    if (stretch === undefined || cpuWait === undefined || throttled > throttledLimit || !isJudged({ t }))
      continue
    const use = (stretch.services[service] ??= { ran: 0, waited: 0 })
    use.ran += cpu
    use.waited += cpuWait
  }
  const cores = own[0]?.cores ?? 0
  // Counts of processor time are coarse: what is too little in one second is too much in the next.
  const whole = [...stretches.values()]
    .filter(({ seconds }) => seconds >= fewestSamples)
    .map((stretch) => ({ ...stretch, taken: Math.max(0, stretch.taken) }))
  const starved = whole.filter((stretch) => isStarved(stretch, cores))
  return {
    cores,
    stretches: whole.length,
    starvedStretches: starved.length,
    all: whole.reduce(together, nothingUsed()),
    starved: starved.reduce(together, nothingUsed()),
    unjudged: unjudged ?? whyUnjudged(own, telling),
  }
}

function entryOf(stretches: Map<number, MachineUse>, t: number): MachineUse {
  const key = Math.floor(t / stretchMs)
  const known = stretches.get(key) ?? nothingUsed()
  stretches.set(key, known)
  return known
}

function whyUnjudged(samples: readonly ProcessorUse[], telling: readonly ProcessorUse[]): string | null {
  if (samples.length === 0) return 'the processors were not sampled'
  if (telling.length > samples.length / 2) return null
  const odd = samples.filter(({ plausible }) => !plausible).length
  return odd > samples.length / 2
    ? 'what the system says of its processors is not about this machine alone'
    : 'a control group around the run had used up its budget most of the time'
}

/** Processors that neither the run nor idling had in a sample: other programs, or the host. Below 0 by rounding alone. */
export const takenIn = ({ busy, stolen, own }: Pick<ProcessorUse, 'busy' | 'stolen' | 'own'>): number =>
  busy + stolen - own

const isStarved = (use: MachineUse, cores: number): boolean =>
  takenShare(use, cores) > busyLimit && (worstWait(use)?.share ?? 0) > starvingLimit

/** The share of the processors that other programs had. */
const takenShare = ({ taken, seconds }: MachineUse, cores: number): number =>
  seconds === 0 || cores === 0 ? 0 : taken / (seconds * cores)

/**
 * The service that waited longest for a core, and for which share of the time in which it wanted one. A service over the
 * limit comes before one that merely wants more.
 */
export function worstWait({ services, seconds }: MachineUse): { service: string; share: number } | null {
  const waits = Object.entries(services)
    .filter(([, { ran, waited }]) => ran + waited > leastUse * seconds)
    .map(([service, { ran, waited }]) => ({ service, waited, share: waited / (ran + waited) }))
    .toSorted((a, b) => b.waited - a.waited)
  const worst = waits.find(({ share }) => share > starvingLimit) ?? waits[0]
  return worst === undefined ? null : { service: worst.service, share: worst.share }
}

function together(a: MachineUse, b: MachineUse): MachineUse {
  const services = { ...a.services }
  for (const [service, { ran, waited }] of Object.entries(b.services)) {
    const known = services[service] ?? { ran: 0, waited: 0 }
    services[service] = { ran: known.ran + ran, waited: known.waited + waited }
  }
  return { seconds: a.seconds + b.seconds, taken: a.taken + b.taken, services }
}

/** Why load and latency say nothing of the system: services waited for cores that others had. Empty if not so. */
export function machineFaults(machine: MachineEvidence | undefined): string[] {
  if (machine === undefined || machine.unjudged !== null) return []
  const { cores, stretches, starvedStretches, starved } = machine
  const worst = worstWait(starved)
  if (worst === null || starvedStretches <= stretches * starvedShare) return []
  return [
    `the machine was busy with other things: in ${starvedStretches} of ${stretches} stretches of ${stretchMs / 1000} s ` +
      `other programs or its host took ${percentage(takenShare(starved, cores))} of its ${cores} cores, and ${worst.service} waited for a core for ` +
      `${percentage(worst.share)} of the time it wanted one (limits ${percentage(busyLimit)} and ${percentage(starvingLimit)})`,
  ]
}

export const machineVerdict = (machine: MachineEvidence): MachineVerdict => ({
  cores: machine.cores,
  taken: takenShare(machine.all, machine.cores),
  waiting: worstWait(machine.all),
  stretches: machine.stretches,
  starved: machine.starvedStretches,
  spoils: machineFaults(machine).length > 0,
  unjudged: machine.unjudged,
})
