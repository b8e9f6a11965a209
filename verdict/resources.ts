// What services used while they were judged: built from samples, added up, and judged by the rules of a soak.
import type { PhaseSpan, ResourceBlock, Resources } from './evidence.ts'
import { noConnections } from './service-blocks.ts'

export { judgeBusy } from './busy.ts'
export { judgeCost } from './cost.ts'
export { judgeBounded, judgeLeak } from './leak.ts'

/** One sample of one service, as the keeper takes them once a second. */
export interface Sample {
  /** Unix time in ms. */
  t: number
  service: string
  /** Cores busy since the sample before. */
  cpu: number
  privateBytes: number
  openFiles: number
  databaseConnections?: number
}

/** A sample stands for the time since the one before, and for no longer than this: a service may have been away. */
export const longestGapSeconds = 5

/**
 * Evidence from the samples taken in the judged spans (Unix ms, end excluded).
 * @param cores by service, how many processors it may use: given where their use is judged, which alone needs how long samples reach
 * @param workByBlock work completed, by Unix seconds / blockSeconds; blocks outside the judged spans are left off
 */
export function resourcesOf(
  samples: readonly Sample[],
  judged: readonly Pick<PhaseSpan, 'start' | 'end'>[],
  workByBlock: Readonly<Record<string, number>>,
  blockSeconds: number,
  cores: Readonly<Record<string, number>> | null = null,
): Resources {
  const blockMs = blockSeconds * 1000
  const work = Object.fromEntries(
    Object.entries(workByBlock).filter(([block]) =>
      judged.some(({ start, end }) => Number(block) * blockMs < end && (Number(block) + 1) * blockMs > start),
    ),
  )
  const services: Resources['services'] = {}
  const before = new Map<string, number>()
  for (const sample of samples.toSorted((a, b) => a.t - b.t)) {
    const seconds = Math.min(
      longestGapSeconds,
      (sample.t - (before.get(sample.service) ?? sample.t - 1000)) / 1000,
    )
    before.set(sample.service, sample.t)
    if (!judged.some(({ start, end }) => sample.t >= start && sample.t < end)) continue
    const blocks = (services[sample.service] ??= {})
    const block = String(Math.floor(sample.t / blockMs))
    const row: ResourceBlock = {
      samples: 1,
      memoryLeast: sample.privateBytes,
      memoryMean: sample.privateBytes,
      cpuSeconds: sample.cpu * seconds,
      ...(cores === null ? {} : { seconds }),
      openFilesMost: sample.openFiles,
      connectionsMost: sample.databaseConnections ?? noConnections,
    }
    const earlier = blocks[block]
    blocks[block] = earlier === undefined ? row : together(earlier, row)
  }
  return { type: 'resources', blockSeconds, work, services, ...coresOf(Object.entries(cores ?? {})) }
}

/** Left out where nothing is known. A service may have any name. */
const coresOf = (known: [string, number][]): Pick<Resources, 'cores'> =>
  known.length === 0 ? {} : { cores: Object.fromEntries(known) }

/** Two parts of one block of one service: what two epochs saw of it, each in its own time. */
function together(a: ResourceBlock, b: ResourceBlock): ResourceBlock {
  const samples = a.samples + b.samples
  return {
    samples,
    memoryLeast: Math.min(a.memoryLeast, b.memoryLeast),
    memoryMean: samples === 0 ? 0 : (a.memoryMean * a.samples + b.memoryMean * b.samples) / samples,
    cpuSeconds: a.cpuSeconds + b.cpuSeconds,
    ...(a.seconds === undefined && b.seconds === undefined
      ? {}
      : { seconds: (a.seconds ?? a.samples) + (b.seconds ?? b.samples) }),
    openFilesMost: Math.max(a.openFilesMost, b.openFilesMost),
    connectionsMost: Math.max(a.connectionsMost, b.connectionsMost),
  }
}

/**
 * Both together, or the reason why they do not fit. Associative and commutative, up to the rounding of sums of
 * fractions. Where both have a row, of one block of one service, they are taken for parts of that block's time.
 */
export function foldResources(a: Resources, b: Resources): Resources | string {
  if (a.blockSeconds !== b.blockSeconds)
    return `shards bring resources in blocks of different length: ${[a.blockSeconds, b.blockSeconds].sort((x, y) => x - y).join(' and ')} s`
  const cores = new Map(Object.entries(a.cores ?? {}))
  for (const [service, count] of Object.entries(b.cores ?? {})) {
    const other = cores.get(service) ?? count
    if (other !== count)
      return `shards differ in how many processors ${service} may use: ${[other, count].sort((x, y) => x - y).join(' and ')}`
    cores.set(service, count)
  }
  const work = { ...a.work }
  for (const [block, count] of Object.entries(b.work)) work[block] = (work[block] ?? 0) + count
  const services = { ...a.services }
  for (const [service, rows] of Object.entries(b.services)) {
    const sum = { ...services[service] }
    for (const [block, row] of Object.entries(rows)) {
      const other = sum[block]
      sum[block] = other === undefined ? row : together(other, row)
    }
    services[service] = sum
  }
  return { ...a, work, services, ...coresOf([...cores]) }
}
