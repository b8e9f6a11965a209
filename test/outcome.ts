// What a test run says at its end: where its time went, what was skipped and why, which file took longer than its share, and
// as the last line "N passed, N failed, N skipped".
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'
import { busyLimit } from '../verdict/machine.ts'
import { median } from '../verdict/trend.ts'
import { percentage } from '../verdict/wording.ts'
import { MachineWatch } from './machine-watch.ts'
import { shareOf, shareOverTime, wholeSeconds } from './time-shares.ts'

export interface Entry {
  file: string
  project: string
  /** Without what had to be repeated, which is told apart. */
  seconds: number
  repeated: number
  /** The share of the processors that others had meanwhile. */
  taken: number
}

const root = path.dirname(import.meta.dirname)
const isLong = process.env['LONG'] === '1'

const entryOf = (module: TestModule, taken: number): Entry => {
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } =
    module.diagnostic()
  const milliseconds = environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration
  const repeated = [...module.children.allTests()].reduce(
    (sum, test) => sum + (test.meta().repeatedSeconds ?? 0),
    0,
  )
  return {
    file: path.relative(root, module.moduleId),
    project: module.project.name,
    seconds: milliseconds / 1000 - repeated,
    repeated,
    taken,
  }
}

/** What all files together took, from the first one's start to the last one's end, without what had to be repeated. */
const whole = 'make test'
/** The project whose files run side by side, so that what one takes depends on the others. */
const sideBySide = 'unit'

/** Of fewer files the median says nothing of the machine. */
const fewestFiles = 10

/**
 * How many times slower this machine is than the one that the shares were set on, at least 1: the median of what each file took
 * over what its share expects. One file that has become slow does not move it; a slow machine moves all.
 */
function slowness(entries: readonly Entry[]): number {
  const ratios = entries
    .filter(({ file, project }) => file !== whole && project !== sideBySide)
    .map(({ file, seconds }) => (seconds * shareOverTime) / shareOf(file))
  return ratios.length < fewestFiles ? 1 : Math.max(1, median(ratios))
}

/**
 * A file that takes longer than its share is named. It is a failure only from this many times its share: what takes so long has
 * become slow, and no mood of a machine makes one file alone take three times what it usually takes.
 */
const failsFrom = 2

/** Files that took longer than their share: failures of those that had the machine and took far longer, named of the others. */
export function overtime(entries: readonly Entry[]) {
  const slower = slowness(entries)
  const most = (file: string): number => (file === whole ? wholeSeconds : shareOf(file)) * slower
  const late = entries.filter(({ file, seconds }) => seconds > most(file))
  const isFailure = ({ file, seconds, taken }: Entry): boolean =>
    taken <= busyLimit && seconds > most(file) * (file === whole ? 1 : failsFrom)
  const words = ({ file, seconds, taken }: Entry): string =>
    `${file} took ${seconds.toFixed(1)} s, and its share is ${most(file).toFixed(1)} s (test/time-shares.ts)${taken > busyLimit ? `; others took ${percentage(taken)} of the cores meanwhile` : ''}`
  return {
    failed: late.filter(isFailure).map(words),
    named: late.filter((entry) => !isFailure(entry)).map(words),
  }
}

/** Files named one by one; the others are summed up. */
const named = 15

function timeLines(entries: Entry[], wall: ReadonlyMap<string, number>): string[] {
  const projects = [...new Set(entries.map(({ project }) => project))].map((project) => {
    const files = entries.filter((entry) => entry.project === project).length
    return `${seconds(wall.get(project) ?? 0)}  ${project}, ${files} files`
  })
  const slower = slowness(entries)
  const longest = entries.toSorted((a, b) => b.seconds - a.seconds).slice(0, named)
  return [
    'where the time went:',
    ...projects,
    ...(slower > 1
      ? [
          `most files took ${slower.toFixed(2)} times what their shares expect, and so each share is that many times as long`,
        ]
      : []),
    'the longest files, and the share that each may take:',
    ...longest.map((entry) => `${seconds(entry.seconds)}  of ${shareOf(entry.file)} s  ${entry.file}`),
  ]
}

const firstLines = (text: string): string => text.split('\n').slice(0, 12).join('\n  ')

const seconds = (value: number): string => `${value.toFixed(1).padStart(8)} s`

/** Tests by how they ended. A file or a run that went wrong outside its tests counts as one failure. */
export function counted(modules: readonly TestModule[], errors: readonly SerializedError[]) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const skipped: string[] = []
  const failed: string[] = []
  for (const module of modules) {
    const before = counts.failed
    for (const test of module.children.allTests()) {
      const result = test.result()
      if (result.state === 'passed') counts.passed++
      else if (result.state === 'failed') {
        counts.failed++
        failed.push(
          `${path.relative(root, module.moduleId)} > ${test.fullName}: ${result.errors[0]?.message ?? ''}`,
        )
      } else {
        counts.skipped++
        const why = result.state === 'skipped' && result.note !== undefined ? `: ${result.note}` : ''
        skipped.push(`${path.relative(root, module.moduleId)} > ${test.fullName}${why}`)
      }
    }
    if (module.state() === 'failed' && counts.failed === before) {
      counts.failed++
      failed.push(
        `${path.relative(root, module.moduleId)}: ${module.errors()[0]?.message ?? 'its set-up failed'}`,
      )
    }
  }
  counts.failed += errors.length
  failed.push(...errors.map(({ message }) => `outside the tests: ${message}`))
  return { counts, skipped, failed }
}

export default class Outcome implements Reporter {
  readonly #watch = new MachineWatch([process.pid])
  /** By project, when its first file began and its last one ended. */
  readonly #spans = new Map<string, [first: number, last: number]>()
  readonly #began = new Map<string, number>()
  readonly #entries: Entry[] = []

  onTestModuleStart({ moduleId, project: { name } }: TestModule): void {
    this.#began.set(`${name} ${moduleId}`, Date.now())
    if (!this.#spans.has(name)) this.#spans.set(name, [Date.now(), Date.now()])
  }

  onTestModuleEnd(module: TestModule): void {
    const { name } = module.project
    const span = this.#spans.get(name)
    if (span !== undefined) span[1] = Date.now()
    const began = this.#began.get(`${name} ${module.moduleId}`) ?? Date.now()
    this.#entries.push(entryOf(module, this.#watch.takenShare(began, Date.now())))
  }

  #whole(): Entry {
    const times = [...this.#spans.values()].flat()
    const [first, last] = [Math.min(...times), Math.max(...times)]
    const repeated = this.#entries.reduce((sum, entry) => sum + entry.repeated, 0)
    return {
      file: whole,
      project: '',
      seconds: times.length === 0 ? 0 : (last - first) / 1000 - repeated,
      repeated,
      taken: this.#watch.takenShare(),
    }
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    this.#watch.end()
    const { counts, skipped, failed } = counted(modules, errors)
    const late = overtime([...this.#entries, ...(isLong ? [] : [this.#whole()])])
    counts.failed += late.failed.length
    // A run that tested nothing has shown nothing.
    if (counts.passed === 0 && counts.failed === 0) counts.failed = 1
    const wall = new Map([...this.#spans].map(([name, [first, last]]) => [name, (last - first) / 1000]))
    const lines = [
      '',
      ...timeLines(this.#entries, wall),
      ...late.named.map((one) => `slow: ${one}`),
      ...skipped.map((one) => `skipped: ${one}`),
      ...[...failed, ...late.failed].map((one) => `FAILED: ${firstLines(one)}`),
      `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
    mkdirSync(path.join(root, 'reports'), { recursive: true })
    writeFileSync(path.join(root, 'reports/test-outcome.json'), JSON.stringify(counts))
    if (counts.failed > 0) process.exitCode = 1
  }
}
