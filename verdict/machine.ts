// Whether services had the cores that they wanted. A service that waits while other programs have the cores is slow through
// no fault of its own, so on the bundled testbed, where the machine belongs to the measurement, nothing slow counts then.
import type { PhaseKind } from './criterion.ts'
import type { MachineEvidence, MachineUse, PhaseSpan } from './evidence.ts'
import type { MachineVerdict } from './verdict.ts'
import { percentage } from './wording.ts'

/** The share of the processors from which on other programs are in the way. Measured: docs/verdicts.md. */
export const busyLimit = 0.1
/** The share of the time in which a service wanted a core, and waited for it, from which on it starves. Measured, too. */
export const starvingLimit = 0.4
/** What wants less than this share of a core is not looked at: on an idle machine, too, what wakes up briefly waits for long. */
const leastUse = 0.1
/** The share of the judged time that may be starved. */
const starvedShare = 0.01
/** Shorter than a disturbance that can break a limit, longer than the kernel's unevenness. */
const stretchMs = 5000
/** Of a stretch that has fewer samples, at the edge of a phase, nothing is said. */
const fewestSamples = 3
/** The share of a second that the use of a control group's whole budget may take before waiting says nothing of cores. */
const throttledLimit = 0.01

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
  const isJudged = ({ t }: { t: number }): boolean => spans.some(({ start, end }) => t >= start && t < end)
  const own = processors.filter(isJudged)
  const stretches = new Map<number, MachineUse>()
  const unthrottled = own.filter(({ throttled }) => throttled <= throttledLimit)
  for (const { t, busy, stolen, own: ours } of unthrottled) {
    const stretch = entryOf(stretches, t)
    stretch.seconds++
    stretch.taken += Math.max(0, busy + stolen - ours)
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
  const whole = [...stretches.values()].filter(({ seconds }) => seconds >= fewestSamples)
  const starved = whole.filter((stretch) => isStarved(stretch, cores))
  return {
    cores,
    stretches: whole.length,
    starvedStretches: starved.length,
    all: whole.reduce(together, nothingUsed()),
    starved: starved.reduce(together, nothingUsed()),
    unjudged: unjudged ?? whyUnjudged(own),
  }
}

function entryOf(stretches: Map<number, MachineUse>, t: number): MachineUse {
  const key = Math.floor(t / stretchMs)
  const known = stretches.get(key) ?? nothingUsed()
  stretches.set(key, known)
  return known
}

function whyUnjudged(samples: readonly ProcessorUse[]): string | null {
  if (samples.length === 0) return 'the processors were not sampled'
  const odd = samples.filter(({ plausible }) => !plausible).length
  return odd > samples.length / 2
    ? 'what the system says of its processors is not about this machine alone'
    : null
}

const isStarved = (use: MachineUse, cores: number): boolean =>
  takenShare(use, cores) > busyLimit && (worstWait(use)?.share ?? 0) > starvingLimit

/** The share of the processors that other programs had. */
export const takenShare = ({ taken, seconds }: MachineUse, cores: number): number =>
  seconds === 0 || cores === 0 ? 0 : taken / (seconds * cores)

/** The service that waited longest for a core, and for which share of the time in which it wanted one. */
export function worstWait({ services, seconds }: MachineUse): { service: string; share: number } | null {
  const [worst] = Object.entries(services)
    .filter(([, { ran, waited }]) => ran + waited > leastUse * seconds)
    .toSorted(([, a], [, b]) => b.waited - a.waited)
  if (worst === undefined) return null
  const [service, { ran, waited }] = worst
  return { service, share: waited / (ran + waited) }
}

function together(a: MachineUse, b: MachineUse): MachineUse {
  const services = { ...a.services }
  for (const [service, { ran, waited }] of Object.entries(b.services)) {
    const known = services[service] ?? { ran: 0, waited: 0 }
    services[service] = { ran: known.ran + ran, waited: known.waited + waited }
  }
  return { seconds: a.seconds + b.seconds, taken: a.taken + b.taken, services }
}

/** Both together: associative and commutative, up to the rounding of sums of fractions. */
export const foldMachines = (a: MachineEvidence, b: MachineEvidence): MachineEvidence => ({
  cores: Math.max(a.cores, b.cores),
  stretches: a.stretches + b.stretches,
  starvedStretches: a.starvedStretches + b.starvedStretches,
  all: together(a.all, b.all),
  starved: together(a.starved, b.starved),
  unjudged: a.unjudged ?? b.unjudged,
})

/** Why load and latency say nothing of the system: services waited for cores that other programs had. Empty if not so. */
export function machineFaults(machine: MachineEvidence | undefined): string[] {
  if (machine === undefined || machine.unjudged !== null) return []
  const { cores, stretches, starvedStretches, starved } = machine
  const worst = worstWait(starved)
  if (worst === null || starvedStretches <= stretches * starvedShare) return []
  return [
    `the machine was busy with other programs: in ${starvedStretches} of ${stretches} stretches of ${stretchMs / 1000} s ` +
      `they took ${percentage(takenShare(starved, cores))} of its ${cores} cores, and ${worst.service} waited for a core for ` +
      `${percentage(worst.share)} of the time it wanted one (limits ${percentage(busyLimit)} and ${percentage(starvingLimit)})`,
  ]
}

export const machineVerdict = ({
  cores,
  stretches,
  starvedStretches,
  all,
  unjudged,
}: MachineEvidence): MachineVerdict => ({
  cores,
  taken: takenShare(all, cores),
  waiting: worstWait(all),
  stretches,
  starved: starvedStretches,
  unjudged,
})
