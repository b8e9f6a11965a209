// How often the leak rule is wrong, found by simulated services: a table of docs/verdicts.md and its test. No run evaluates this.
import type { ResourceBlock, Resources } from '../../verdict/evidence.ts'
import { judgeLeak } from '../../verdict/leak.ts'
import { seeded, type Random } from '../../verdict/random.ts'
import { percentage, whole } from '../../verdict/wording.ts'

/** Six services of which the first may leak, watched for some time. Sizes are MB. */
export interface LeakModel {
  name: string
  minutes: number
  blockSeconds: number
  leakPerHour: number
  /** What collections take at once, and the seconds between two. Each one differs by up to a third. */
  garbage: number
  collectedEvery: number
  /** Sudden changes of one service a day, up as often as down. */
  stepsPerDay: number
}

/** What all simulated services have in common. Sizes are MB, times seconds. */
const simulated = {
  services: 6,
  base: 100,
  /** Autocorrelated noise: its standard deviation, and the time after which it has forgotten itself to 1/e. */
  noise: 2,
  memory: 600,
  /** What a service takes while it warms up, and how fast that ends (to 1/e). */
  creep: 15,
  settling: 120,
  /** The least and the largest size of a sudden change. */
  stepLeast: 2,
  stepMost: 8,
}

const day = { minutes: 24 * 60, blockSeconds: 60, stepsPerDay: 0.2 }
const quarterHour = { ...day, minutes: 15, blockSeconds: 15 }
const often = { garbage: 12, collectedEvery: 90 }
const seldom = { garbage: 24, collectedEvery: 1200 }
/** The two that the rule promises to tell apart in a day. */
export const promised: LeakModel[] = [
  { name: 'none', ...day, leakPerHour: 0, ...often },
  { name: '1 MB/h', ...day, leakPerHour: 1, ...often },
]
export const shortModels: LeakModel[] = [
  { name: 'none', ...quarterHour, leakPerHour: 0, ...often },
  { name: '2 MB/min', ...quarterHour, leakPerHour: 120, ...often },
  { name: '70 MB/min', ...quarterHour, leakPerHour: 4200, ...often },
  { name: '70 MB/min', ...quarterHour, leakPerHour: 4200, ...seldom },
  { name: 'none', ...quarterHour, leakPerHour: 0, ...seldom },
]
export const harderModels: LeakModel[] = [
  { name: 'none', ...day, leakPerHour: 0, ...often, stepsPerDay: 0.5 },
  { name: '1 MB/h', ...day, leakPerHour: 1, ...often, stepsPerDay: 0.5 },
  { name: 'none', ...day, leakPerHour: 0, ...seldom },
  { name: '1 MB/h', ...day, leakPerHour: 1, ...seldom },
  { name: '2 MB/h', ...day, leakPerHour: 2, ...seldom },
]

export interface LeakCoverage {
  model: LeakModel
  runs: number
  /** Shares of the simulated runs. */
  pass: number
  undecided: number
  fail: number
}

/** Standard normal numbers, which come in pairs. */
function normalFrom(random: Random): Random {
  let kept: number | null = null
  return () => {
    if (kept !== null) {
      const value = kept
      kept = null
      return value
    }
    const [radius, angle] = [Math.sqrt(-2 * Math.log(1 - random())), 2 * Math.PI * random()]
    kept = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}

/** The garbage that is left at the least moment of each block. */
function leastGarbage(
  { minutes, blockSeconds, garbage, collectedEvery }: LeakModel,
  random: Random,
): number[] {
  const aThirdMoreOrLess = (): number => 1 + (2 * random() - 1) / 3
  const cycle = (from: number): { from: number; to: number; size: number } => ({
    from,
    to: from + collectedEvery * aThirdMoreOrLess(),
    size: garbage * aThirdMoreOrLess(),
  })
  let now = cycle(-collectedEvery * random())
  return Array.from({ length: (minutes * 60) / blockSeconds }, (_, block) => {
    const begin = block * blockSeconds
    if (now.to > begin + blockSeconds) return (now.size * (begin - now.from)) / (now.to - now.from)
    while (now.to <= begin + blockSeconds) now = cycle(now.to)
    return 0
  })
}

function rowOf({ blockSeconds }: LeakModel, mb: number): ResourceBlock {
  const bytes = mb * 1e6
  const unused = { cpuSeconds: 0, openFilesMost: 0, connectionsMost: -1 }
  return { samples: blockSeconds, memoryLeast: bytes, memoryMean: bytes, ...unused }
}

function stillService(model: LeakModel): Record<string, ResourceBlock> {
  const row = rowOf(model, simulated.base)
  const blocks = (model.minutes * 60) / model.blockSeconds
  return Object.fromEntries(Array.from({ length: blocks }, (_, block) => [block, row]))
}

function drawService(model: LeakModel, random: Random): Record<string, ResourceBlock> {
  const keeps = Math.exp(-model.blockSeconds / simulated.memory)
  const stepChance = (model.stepsPerDay * model.blockSeconds) / (24 * 3600)
  const normal = normalFrom(random)
  let wander = simulated.noise * normal()
  let level = simulated.base
  const rows: Record<string, ResourceBlock> = {}
  for (const [block, garbage] of leastGarbage(model, random).entries()) {
    const seconds = block * model.blockSeconds
    wander = keeps * wander + simulated.noise * Math.sqrt(1 - keeps * keeps) * normal()
    if (random() < stepChance) {
      const size = simulated.stepLeast + (simulated.stepMost - simulated.stepLeast) * random()
      level += random() < 0.5 ? size : -size
    }
    const creep = simulated.creep * (1 - Math.exp(-seconds / simulated.settling))
    rows[block] = rowOf(model, level + creep + wander + garbage + (model.leakPerHour * seconds) / 3600)
  }
  return rows
}

/**
 * One run's evidence; the same for the same seed. Beside a service that leaks the others use no more and no less all the
 * time, so that none of their false alarms is taken for the leak being found.
 */
export function drawLeak(model: LeakModel, seed: number): Resources {
  const random = seeded(seed)
  const services: Resources['services'] = { 'service-1': drawService(model, random) }
  const still = model.leakPerHour === 0 ? null : stillService(model)
  for (let index = 2; index <= simulated.services; index++)
    services[`service-${index}`] = still ?? drawService(model, random)
  return { type: 'resources', blockSeconds: model.blockSeconds, work: {}, services }
}

/** What the leak rule says of a model over the seeds 1 to `runs`. The one that leaks is drawn first. */
export function leakCoverageOf(model: LeakModel, mbPerHour: number, runs: number): LeakCoverage {
  const rule: Parameters<typeof judgeLeak>[0] = { judge: 'leak', of: 'memory', in: ['normal'], mbPerHour }
  const said = { PASS: 0, UNDECIDED: 0, FAIL: 0, INVALID: 0 }
  for (let seed = 1; seed <= runs; seed++) said[judgeLeak(rule, drawLeak(model, seed)).status]++
  return { model, runs, pass: said.PASS / runs, undecided: said.UNDECIDED / runs, fail: said.FAIL / runs }
}

const row = (cells: string[]): string => `| ${cells.join(' | ')} |`
const share = (value: number): string => percentage(Math.round(value * 1000) / 1000)

/** The table of docs/verdicts.md, in Markdown. */
export function leakTable(rows: readonly LeakCoverage[]): string {
  return [
    row(['leak of one of six services', 'run', 'collected', 'steps', 'runs', 'PASS', 'UNDECIDED', 'FAIL']),
    row(Array.from({ length: 8 }, () => '---')),
    ...rows.map(({ model, runs, pass, undecided, fail }) =>
      row([
        model.name,
        model.minutes < 60 ? `${model.minutes} min` : `${model.minutes / 60} h`,
        `${model.garbage} MB every ${model.collectedEvery / 60} min`,
        `${model.stepsPerDay} a day`,
        whole(runs),
        share(pass),
        share(undecided),
        share(fail),
      ]),
    ),
  ].join('\n')
}
