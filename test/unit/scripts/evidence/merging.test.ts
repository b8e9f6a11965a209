// One verdict over several k6 processes: what of a run is not whole makes it INVALID, and what was ended on purpose not.
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Exit } from '../../../../keeper/service.ts'
import { K6Processes } from '../../../../scripts/run/k6-processes.ts'
import type { EndedPart } from '../../../../scripts/run/k6-processes.ts'
import { mergedParts } from '../../../../scripts/evidence/merging.ts'
import { partFiles, partsOf } from '../../../../scripts/run/parts.ts'
import type { Part } from '../../../../scripts/run/parts.ts'
import type { Keeper, RunContext } from '../../../../scripts/run/run-context.ts'
import { judgeRun } from '../../../../verdict/judge.ts'
import { broughtBy, endedWell, planOf } from '../runner-plan.ts'
import { completed, inputOf } from '../../verdict/verdict-run.ts'

const plan = planOf([{ kind: 'normal', seconds: 60 }])
const soak = planOf([
  { kind: 'normal', seconds: 60 },
  { kind: 'handover', seconds: 10 },
  { kind: 'normal', seconds: 60 },
])
const three = partsOf(plan, 3)

function verdictOf(parts: EndedPart[], lost: string | null = null) {
  const { evidence, reasons } = mergedParts(parts, lost)!
  return judgeRun(inputOf(completed(evidence), { mergeReasons: reasons }))
}

describe('the evidence of three shards', () => {
  test('is judged as one where all is there', () => {
    const { evidence, reasons } = mergedParts(three.map(endedWell), null)!
    expect(reasons).toEqual([])
    expect(evidence).toMatchObject({ complete: true, generator: { planned: 15_000 } })
    expect(evidence.generator.cpu!.cores).toBeCloseTo(1.8)
    expect(verdictOf(three.map(endedWell)).verdict).toBe('PASS')
  })

  test('with one killed is INVALID, and names it', () => {
    const [first, second, third] = three.map(endedWell)
    const killed = { ...second!, written: null, exit: { code: null, signal: 'SIGKILL' } }
    const told = { ...third!, written: { ...third!.written!, complete: false }, excused: true }
    const verdict = verdictOf([first!, killed, told], 'k6 of shard 2 of 3 ended by SIGKILL before its end')
    expect(verdict.verdict).toBe('INVALID')
    expect(verdict.reasons.slice(0, 2)).toEqual([
      'k6 of shard 2 of 3 ended by SIGKILL before its end',
      'shard 2 of 3 brought no evidence',
    ])
    expect(verdict.reasons.join()).not.toContain('shard 3 of 3')
  })

  test('with one cut off is INVALID, and names it', () => {
    const parts = three.map(endedWell)
    parts[0]!.written = { ...parts[0]!.written!, complete: false }
    expect(verdictOf(parts)).toMatchObject({ verdict: 'INVALID' })
    expect(verdictOf(parts).reasons).toContain('shard 1 of 3 was cut off before its end')
  })

  test('ended on purpose is no INVALID but a run that was cut short, also where a part was never started', () => {
    const told = three.map((part): EndedPart => ({
      ...endedWell(part),
      written: { ...broughtBy(part), complete: false },
      excused: true,
    }))
    const never: EndedPart = { ...told[2]!, written: null, exit: null }
    for (const parts of [told, [told[0]!, told[1]!, never]]) {
      expect(mergedParts(parts, null)!.reasons).toEqual([])
      expect(mergedParts(parts, null)!.evidence.complete).toBe(false)
      expect(verdictOf(parts).verdict).toBe('UNDECIDED')
    }
    expect(mergedParts([never, never], null)).toBeNull()
  })
})

describe('a run of one process', () => {
  test('keeps all that k6 wrote, and is cut short rather than INVALID', () => {
    const part = partsOf(plan, 1)[0]!
    const written = { ...broughtBy(part), complete: false, shown: { errors: 'P95 3 ms' } }
    const merged = mergedParts([{ ...endedWell(part), written }], null)!
    expect(merged.reasons).toEqual([])
    expect(merged.evidence).toEqual(written)
  })
})

/** A keeper whose processes end when the test says so. */
class FakeKeeper {
  readonly started: { name: string; env: Record<string, string> }[] = []
  readonly stopped: string[] = []
  private readonly exits = new Map<string, (exit: Exit) => void>()
  start(spec: { name: string; env: Record<string, string> }): Promise<{ pid: number }> {
    this.started.push(spec)
    return Promise.resolve({ pid: 1 })
  }
  waitExit(name: string): Promise<Exit> {
    return new Promise((resolve) => this.exits.set(name, resolve))
  }
  stop(name: string): Promise<void> {
    this.stopped.push(name)
    return Promise.resolve()
  }
  end(name: string, exit: Exit = { code: 0, signal: null }): void {
    this.exits.get(name)!(exit)
  }
  get names(): string[] {
    return this.started.map(({ name }) => name)
  }
}

describe('the processes of a run', () => {
  let runDir = ''
  beforeEach(async () => {
    runDir = await mkdtemp(join(tmpdir(), 'assay-parts-'))
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  })
  afterEach(async () => {
    vi.useRealTimers()
    await rm(runDir, { recursive: true, force: true })
  })

  function begin(parts: Part[]) {
    const keeper = new FakeKeeper()
    const target = { name: 'test', baseUrl: 'http://127.0.0.1:9', adapter: null, endpoints: {} }
    const context = {
      plan,
      runDir,
      runId: 'r',
      variables: {},
      target,
      k6: { path: 'k6', outputs: [], passedOn: { values: {}, secrets: [] } },
      say: () => undefined,
    }
    const processes = new K6Processes(
      context as unknown as RunContext,
      keeper as unknown as Keeper,
      { SECRET: 'x' },
      parts,
    )
    return { keeper, processes }
  }
  const save = (part: Part, other: object = {}): Promise<void> =>
    writeFile(partFiles(runDir, part).evidence, JSON.stringify({ ...broughtBy(part), ...other }))
  const untilEnded = (processes: K6Processes, count: number): Promise<void> =>
    vi.waitFor(() => expect(processes.ended).toHaveLength(count), { timeout: 2000 })

  test('begin together at one common start', async () => {
    const { keeper, processes } = begin(three)
    await processes.startDue()
    expect(keeper.names).toEqual(['k6-1', 'k6-2', 'k6-3'])
    const starts = new Set(keeper.started.map(({ env }) => Number(env['START_AT'])))
    expect(starts.size).toBe(1)
    expect([...starts][0]).toBe(1_000_000 + three[0]!.leadMs)
    expect(keeper.started[1]!.env).toMatchObject({ SHARD: '2', SHARDS: '3', SECRET: 'x' })
  })

  test('of a later epoch are started when they are due, and the run is over when all have ended', async () => {
    const parts = partsOf(soak, 1)
    const { keeper, processes } = begin(parts)
    await processes.startDue()
    expect(keeper.names).toEqual(['k6-1'])
    const due = 1_000_000 + parts[0]!.leadMs + 60_000 - parts[1]!.leadMs
    vi.setSystemTime(due - 1)
    await processes.startDue()
    expect(keeper.names).toEqual(['k6-1'])
    vi.setSystemTime(due)
    await processes.startDue()
    expect(keeper.names).toEqual(['k6-1', 'k6-2'])
    for (const part of parts) {
      await save(part)
      keeper.end(part.name, { code: 99, signal: null })
    }
    await untilEnded(processes, 2)
    await vi.waitFor(() => expect(processes.isOver).toBe(true), { timeout: 2000 })
    expect([processes.lost, keeper.stopped]).toEqual([null, []])
  })

  test('all end when one dies, and no further one is started', async () => {
    const parts = partsOf(soak, 2)
    const { keeper, processes } = begin(parts)
    await processes.startDue()
    keeper.end('k6-2', { code: null, signal: 'SIGKILL' })
    await vi.waitFor(() => expect(keeper.stopped).toContain('k6-1'), { timeout: 2000 })
    await save(parts[0]!, { complete: false })
    keeper.end('k6-1', { code: 105, signal: null })
    await untilEnded(processes, 4)
    expect(processes.lost).toBe('k6 of epoch 1 of 2, shard 2 of 2 ended by SIGKILL before its end')
    expect(keeper.names).toEqual(['k6-1', 'k6-2'])
    const excused = processes.ended.filter((ended) => ended.excused).map(({ part }) => part.index)
    expect(excused.sort()).toEqual([1, 3, 4])
    expect(mergedParts(processes.ended, processes.lost)!.reasons[1]).toBe('shard 2 of 4 brought no evidence')
  })

  test('all end when one cannot reach the target, and that is no loss of a process', async () => {
    const { keeper, processes } = begin(three)
    await processes.startDue()
    await save(three[1]!, { complete: false })
    keeper.end('k6-2', { code: 108, signal: null })
    await vi.waitFor(() => expect(keeper.stopped).toEqual(['k6-1', 'k6-3']), { timeout: 2000 })
    expect([processes.lost, processes.ended[0]!.excused]).toEqual([null, true])
  })

  test('with the evidence file of one copied over that of another are INVALID', async () => {
    const { keeper, processes } = begin(three)
    await processes.startDue()
    for (const part of three) await save(part)
    await copyFile(partFiles(runDir, three[0]!).evidence, partFiles(runDir, three[1]!).evidence)
    for (const { name } of three) keeper.end(name)
    await untilEnded(processes, 3)
    const verdict = verdictOf(processes.ended)
    expect(verdict.verdict).toBe('INVALID')
    expect(verdict.reasons).toEqual([
      'shard 1 of 3 brought evidence 2 times',
      'shard 2 of 3 brought no evidence',
    ])
  })
})
