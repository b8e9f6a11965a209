// Outside a plan too, what has another name stays another thing: in the console's events, in evidence, in the report.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { partsOf as targetParts } from '../../../faults/parts.ts'
import { EventLog } from '../../../scripts/evidence/events.ts'
import { completeEvidence } from '../../../scripts/evidence/evidence.ts'
import { nothingBrought } from './nothing-brought.ts'
import { partsOf } from '../../../scripts/run/parts.ts'
import { writeReport } from '../../../scripts/report/index.ts'
import { idOfKey, ruleKey } from '../../../verdict/criterion.ts'
import type { Rule } from '../../../verdict/criterion.ts'
import { fold } from '../../../verdict/evidence-sum.ts'
import type { Units } from '../../../verdict/evidence.ts'
import { isGenerator } from '../../../verdict/names.ts'
import { servicesOf } from '../../../verdict/service-blocks.ts'
import { writeRunFixture } from '../../fixtures/report/run-fixture.ts'
import { planOf } from './runner-plan.ts'
import { counted } from '../verdict/verdict-run.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-names-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function logOf(...events: object[]): Promise<EventLog> {
  const file = join(folder, 'events.ndjson')
  const lines = events.map((event) => `${JSON.stringify({ level: 'info', msg: JSON.stringify(event) })}\n`)
  await writeFile(file, lines.join(''))
  const log = new EventLog([{ file, label: 'k6' }])
  await log.follow()
  return log
}
const unit = (of: string, name: string) => ({
  event: 'unit',
  of,
  kind: 'normal',
  unit: name,
  quantity: 1,
  capacity: 1,
})

describe('events', () => {
  test('of other units, and other values, are not added up because their names look alike when joined', async () => {
    const log = await logOf(unit('tasks', 'normal a'), unit('tasks normal', 'a'), {
      event: 'time',
      of: 'pay',
      kind: 'normal',
      t: 0,
      ms: 5,
    })
    // As text "tasks normal normal a" is both.
    expect([...log.units.values()].map(({ of, unit: name }) => [of, name])).toEqual([
      ['tasks', 'normal a'],
      ['tasks normal', 'a'],
    ])
    expect(log.times.get('pay')?.get('normal')?.get(0)).toEqual([1, 5])
  })

  test('of units that are named like a member of every object become evidence like any other', async () => {
    const log = await logOf(unit('tasks', 'constructor'), unit('tasks', '__proto__'))
    const rule: Rule = { judge: 'gini', of: 'tasks', in: ['normal'], under: 0.2, perUnit: 1 }
    const plan = planOf([{ kind: 'normal', seconds: 10 }], { one: { text: '', source: '', rules: [rule] } })
    const { units } = completeEvidence({ ...counted(), rules: {} }, plan, log, nothingBrought).rules[
      'one'
    ] as Units
    const one = { quantity: 1, capacity: 1 }
    expect(Object.entries(units)).toEqual([
      ['constructor', one],
      ['__proto__', one],
    ])
    const none: Units = { type: 'units', units: {} }
    expect(Object.entries((fold(none, { type: 'units', units }) as Units).units)).toEqual(
      Object.entries(units),
    )
  })
})

describe('services', () => {
  const row = {
    samples: 1,
    memoryLeast: 1,
    memoryMean: 1,
    cpuSeconds: 1,
    openFilesMost: 1,
    connectionsMost: -1,
  }

  test("are judged even where they begin like the name of the generator's processes", () => {
    const named = ['k6', 'k6-1', 'k6-12', 'k6s', 'k6-exporter', 'gateway']
    const services = Object.fromEntries(named.map((name) => [name, { '1': row }]))
    const judged = servicesOf({ type: 'resources', blockSeconds: 60, work: {}, services })
    if (typeof judged === 'string') throw new Error(judged)
    expect(judged.map(({ service }) => service)).toEqual(['gateway', 'k6-exporter', 'k6s'])
  })

  test('of every part of a run are known as its generator', () => {
    const parts = [1, 3].flatMap((shards) => partsOf(planOf([{ kind: 'normal', seconds: 9 }]), shards))
    expect(parts.map(({ name }) => name)).toEqual(['k6', 'k6-1', 'k6-2', 'k6-3'])
    expect(parts.every(({ name }) => isGenerator(name))).toBe(true)
  })
})

test.each(['My pod', 'constructor', '__proto__', 'a_b'])('no part of a target is called "%s"', (name) => {
  const parts = Object.fromEntries([[name, { health: 'http://127.0.0.1:1' }]])
  expect(() => targetParts({ processes: parts })).toThrow(`part among the processes "${name}": `)
})

test("a key of evidence leads back to its criterion's id", () => {
  for (const index of [0, 1, 12]) expect(idOfKey(ruleKey('load.errors-peak', index))).toBe('load.errors-peak')
})

test('two witnesses whose ids differ in a dot only have marks of their own in the report', async () => {
  const verdict = await writeRunFixture(folder, { fails: true })
  const broken = verdict.criteria.find(({ witness }) => witness !== null)!
  const others = verdict.criteria.filter(({ witness }) => witness === null)
  const pair = [
    { ...broken, id: 'load.errors-peak' },
    { ...broken, id: 'load-errors.peak' },
  ]
  await writeFile(
    join(folder, 'verdict.json'),
    JSON.stringify({ ...verdict, criteria: [...pair, ...others] }),
  )
  await writeReport(folder)
  const html = await readFile(join(folder, 'report.html'), 'utf8')
  const marks = [...html.matchAll(/<article class="witness" id="([^"]*)"/g)].map(([, mark]) => mark)
  expect(marks).toHaveLength(2)
  expect(new Set(marks).size).toBe(2)
  for (const mark of marks) expect(html).toContain(`<a href="#${mark}">`)
})
