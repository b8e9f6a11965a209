// What the rules of a soak share: the judged services with their blocks, how many of these are enough, the worst of all.
import type { ResourceBlock, Resources } from './evidence.ts'
import { isAmount } from './judgement.ts'
import type { Judgement } from './judgement.ts'
import { isGenerator } from './names.ts'
import { bySeverity } from './severity.ts'
import type { Points } from './trend.ts'
import { decimal, whole } from './wording.ts'

/** This share of the judged time comes first and is left off: compiled code and heaps still settle in it. */
export const warmUpShare = 0.2
/** What is left must be at least so many blocks and so long, or no rule of this sort decides. */
const leastBlocks = 20
const leastSeconds = 600
/** What a service that reports no database connections has for them. */
export const noConnections = -1

export interface ServiceBlocks {
  service: string
  /** All judged blocks, and those after the warm-up share, in time order. */
  all: Block[]
  settled: Block[]
}
export interface Block {
  index: number
  row: ResourceBlock
  /** Work that all services together completed in it. */
  work: number
}

/** The judged services with their blocks; text when the evidence cannot be what was measured. */
export function servicesOf({ blockSeconds, work, services }: Resources): ServiceBlocks[] | string {
  if (!(blockSeconds > 0)) return `expected blocks of some seconds, got ${blockSeconds}`
  // The generator's own processes are no part of the system.
  const names = Object.keys(services)
    .filter((service) => !isGenerator(service))
    .sort()
  const indices = [...new Set(names.flatMap((name) => Object.keys(services[name]!).map(Number)))]
  indices.sort((a, b) => a - b)
  const from = indices[Math.ceil(indices.length * warmUpShare)] ?? Infinity
  const judged: ServiceBlocks[] = []
  for (const service of names) {
    const all = Object.entries(services[service]!)
      .map(([index, row]) => ({ row, index: Number(index), work: work[index] ?? 0 }))
      .sort((a, b) => a.index - b.index)
    const wrong = all.find((block) => !isSound(block))
    if (wrong !== undefined) return `${service}: expected amounts from 0, got ${JSON.stringify(wrong)}`
    judged.push({ service, all, settled: all.filter(({ index }) => index >= from) })
  }
  return judged
}

const isSound = ({ index, row, work }: Block): boolean =>
  Number.isInteger(index) &&
  row.connectionsMost >= noConnections &&
  isAmount(row.memoryLeast) &&
  isAmount(row.cpuSeconds) &&
  isAmount(row.openFilesMost) &&
  isAmount(work)

/** A column of the blocks that have it, over hours. */
export const pointsOf = (
  blocks: readonly Block[],
  blockSeconds: number,
  of: (block: Block) => number,
): Points => ({
  hours: blocks.map(({ index }) => (index * blockSeconds) / 3600),
  values: blocks.map(of),
})

export const blocksNeeded = (blockSeconds: number): number =>
  Math.ceil(Math.max(leastBlocks, leastSeconds / blockSeconds))

/** Why these blocks are too few to judge; null when they are not. */
export function tooFew(blocks: readonly Block[], blockSeconds: number): string | null {
  const needed = blocksNeeded(blockSeconds)
  if (blocks.length >= needed) return null
  return (
    `${whole(blocks.length)} blocks of ${decimal(blockSeconds)} s after the first ${decimal(warmUpShare * 100)} % of ` +
    `the time, which are too few: ${whole(needed)} needed`
  )
}

/** A judgement without any value: nothing to judge, or evidence that contradicts itself. */
export const valueless = (status: 'UNDECIDED' | 'INVALID', needed: number, reason: string): Judgement => ({
  status,
  observed: 'nothing',
  value: null,
  samples: 0,
  needed,
  interval: null,
  reason,
})

/** What decides for all: the worst status, then the greatest `weight`. */
export function worstOf<One extends { judgement: Judgement; weight: number }>(
  all: readonly One[],
): One | undefined {
  return all.toSorted((a, b) => bySeverity(a.judgement.status, b.judgement.status) || b.weight - a.weight)[0]
}

export const servicesJudged = (count: number): string =>
  count === 1 ? '1 service judged' : `the worst of ${count} services`
