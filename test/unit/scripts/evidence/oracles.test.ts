// Oracles as the runner asks them: each is told its own, and one that breaks down takes nothing else with it.
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readEvent, type RunEvent } from '../../../../lib/drive/events.ts'
import type { Plan } from '../../../../lib/plan/plan.ts'
import { EventLog } from '../../../../scripts/evidence/events.ts'
import {
  askOracles,
  begun,
  checkLaws,
  historyFile,
  keepHistory,
  oraclesOf,
} from '../../../../scripts/evidence/oracles.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import { criteria, lawful } from '../../../../thresholds/limits.ts'
import type { OracleDefinition } from '../../../../verdict/oracles/oracle.ts'
import { planOf } from '../runner-plan.ts'
import { someFault } from '../../verdict/verdict-run.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-oracles-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Counters must end at the number of their steps, which is what the state says. `breaks` says where it breaks down. */
const counter = (
  breaks?: 'state' | 'check' | 'add' | 'findings',
): OracleDefinition<{ step: number }, number> => {
  const at = (place: typeof breaks): void => {
    if (breaks === place) throw new Error(`broken in ${place}`)
  }
  return {
    laws: { sum: 'a counter is where its steps lead' },
    begin: () => {
      let last: number | null = null
      return {
        addState: (part) => {
          at('state')
          last = part
        },
        check: ({ lastAt }) => {
          at('check')
          let sum = 0
          return {
            add: ({ step }) => {
              at('add')
              sum += step
            },
            findings: () => {
              at('findings')
              const violations = last === null || last === sum ? 0 : 1
              return {
                title: 'Counters',
                laws: { sum: { says: 'a counter is where its steps lead', checks: 1, violations } },
                violations: [],
                unresolved: 0,
                undecided: [],
                figures: [{ name: 'last-at', text: 'Last at', value: lastAt, shown: String(lastAt) }],
              }
            },
          }
        },
      }
    },
  }
}

const line = (event: RunEvent): string =>
  `${JSON.stringify({ level: 'info', msg: JSON.stringify(event), time: '' })}\n`
const step = (oracle: string, by: number): string => line({ event: 'history', oracle, entry: { step: by } })
const state = (oracle: string, part: number): string => line({ event: 'state', oracle, part })

const t0 = 1_000_000
const plan: Plan = { ...planOf([{ kind: 'normal', seconds: 30 }]), history: true }

async function asked(oracles: Record<string, OracleDefinition>, lines: string[], faults = [someFault]) {
  const file = join(folder, 'events.ndjson')
  await writeFile(file, [line({ event: 'start', t0 }), ...lines].join(''))
  const log = new EventLog([{ file, label: 'epoch 1' }], begun(oracles))
  await log.follow()
  await keepHistory(log, folder)
  return askOracles(plan, log, folder, faults)
}

const violations = (report: Awaited<ReturnType<typeof askOracles>>) =>
  Object.fromEntries(
    Object.entries(report.findings).map(([name, { laws }]) => [name, laws['sum']!.violations]),
  )

describe('oracles', () => {
  test('are each told of their own history and their own state, the last of which counts', async () => {
    const lines = [step('a', 1), step('b', 5), state('a', 9), step('a', 2), state('a', 3), state('b', 4)]
    const report = await asked({ a: counter(), b: counter() }, [...lines, step('nobody', 1)])
    expect(report.problems).toEqual([])
    expect(violations(report)).toEqual({ a: 0, b: 1 })
  })

  test('are told when the load or the last fault was over', async () => {
    const { findings } = await asked({ a: counter() }, [step('a', 1)], [{ ...someFault, end: t0 + 40_000 }])
    expect(findings['a']!.figures[0]!.value).toBe(t0 + 40_000)
    const { findings: earlier } = await asked({ a: counter() }, [step('a', 1)], [{ ...someFault, end: t0 }])
    expect(earlier['a']!.figures[0]!.value).toBe(t0 + 30_000)
  })

  test.each(['state', 'check', 'add', 'findings'] as const)(
    'that break down in %s say so, and the others are asked all the same',
    async (place) => {
      const lines = [step('bad', 1), step('good', 1), state('bad', 1), state('good', 2)]
      const report = await asked({ bad: counter(place), good: counter() }, lines)
      expect(report.problems).toEqual([`the oracle "bad" could not judge the history: broken in ${place}`])
      expect(violations(report)).toEqual({ good: 1 })
    },
  )

  test('that break down are told nothing more, and the first error is the one that is told', async () => {
    let parts = 0
    const count: OracleDefinition = {
      laws: {},
      begin: () => ({
        addState: () => {
          throw new Error(`broken by part ${++parts}`)
        },
        check: () => null,
      }),
    }
    const report = await asked({ bad: count }, [step('bad', 1), state('bad', 1), state('bad', 2)])
    expect(report.problems).toEqual(['the oracle "bad" could not judge the history: broken by part 1'])
  })

  test('judge nothing by a history that cannot be read to its end', async () => {
    await appendFile(historyFile(folder), '{"oracle":"a","step"\n')
    const report = await asked({ a: counter() }, [step('a', 1)])
    expect(report.findings).toEqual({})
    expect(report.problems).toEqual([expect.stringMatching(/^the history could not be read: /)])
  })

  test('judge nothing where nobody told any history', async () => {
    expect(await asked({ a: counter() }, [state('a', 1)])).toEqual({
      findings: {},
      joined: {},
      problems: ['the history could not be read: nobody told any of it'],
    })
  })

  test('are not asked where the plan keeps no history, or the load never began', async () => {
    const log = new EventLog([], begun({ a: counter() }))
    expect(await askOracles(plan, log, folder, [])).toEqual({ findings: {}, joined: {}, problems: [] })
    log.t0 = t0
    expect(await askOracles({ ...plan, history: false }, log, folder, [])).toEqual({
      findings: {},
      joined: {},
      problems: [],
    })
  })
})

describe('a rule of laws', () => {
  const claims = (oracle: string, ...laws: string[]): Plan => ({
    ...plan,
    claimed: criteria('test', {
      one: ['one', lawful({ of: 'x', oracle, laws, what: 'wrong', in: 'normal', floor: 1 })],
    }),
  })

  test('names an oracle of its system, and laws that this one knows', () => {
    expect(() => checkLaws(claims('a', 'sum'), { a: counter() })).not.toThrow()
    expect(() => checkLaws(claims('b', 'sum'), { a: counter() })).toThrow(WrongUse)
    expect(() => checkLaws(claims('b', 'sum'), { a: counter() })).toThrow(
      'criterion one asks the oracle "b", which systems/shop/oracles.ts does not have; it has a',
    )
    expect(() => checkLaws(claims('a', 'sum', 'some'), { a: counter() })).toThrow(
      'criterion one names the law "some", which the oracle "a" does not know; valid: sum',
    )
    expect(() => checkLaws(claims('a'), { a: counter() })).toThrow(
      'criterion one names no law of the oracle "a"; valid: sum',
    )
  })

  test('names no law of an oracle that has none', () => {
    const bare = { a: { ...counter(), laws: {} } }
    expect(() => checkLaws(claims('a', 'sum'), bare)).toThrow(
      'criterion one names the law "sum", which the oracle "a" does not know',
    )
  })

  test('of a system without oracles can name none', async () => {
    expect(await oraclesOf('a-system-without-any')).toEqual({})
  })
})

describe('a line of the console', () => {
  test('is read as the event that was written', () => {
    const event: RunEvent = { event: 'actor-fault', fault: 'f', t: 1, stage: 'over', seconds: null }
    expect(readEvent(line(event))).toEqual(event)
  })

  test.each([
    ['{"level":"error","msg":"broken"}', { event: 'problem', message: 'broken' }],
    ['{"level":"warning","msg":"odd"}', { event: 'problem', message: 'odd' }],
    ['{"level":"info","msg":"some text"}', null],
    ['not JSON', null],
  ])('that is none is a problem or nothing: %s', (text, expected) => {
    expect(readEvent(text)).toEqual(expected)
  })
})
