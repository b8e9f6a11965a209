// Pools that lie, one after the other, and honest ones of other makes: `make prove FOOL=1`. The table is at the end of its output
// and in reports/fooling-matrix.md.
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { inWork } from '../../../../scripts/project.ts'
import { measured, Spoilt, triedFor } from '../../../measured.ts'
import { lies } from './lies.ts'
import type { TrialName } from './lie.ts'
import { fooled, isCaught, matrixText, type Row } from './matrix.ts'
import { assertMeasured, groupsOf, told, trials, type Told } from './trials.ts'
import { variations } from './variations.ts'

/** By name: what is tried again takes the place of what was tried before. */
const rows = new Map<string, Row>()
const honest = new Map<string, { name: string; trial: string; told: Told }>()

afterAll(async () => {
  const text = matrixText([...rows.values()], [...honest.values()])
  const file = inWork('reports', 'fooling-matrix.md')
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, text)
  console.log(text)
})

const lifeOf = (trial: TrialName): number => triedFor(2 * 1000 * trials[trial].seconds)

describe('an honest pool is never FAIL', () => {
  const cases = Object.entries(variations).flatMap(([name, variation]) =>
    variation.trials.map((trial) => [name, trial, variation] as const),
  )
  for (const [name, trial, { behaviour }] of cases)
    test(`${name}: ${trial}`, { timeout: lifeOf(trial) }, (context) =>
      measured(context, async () => {
        const run = await told(context, trial, [behaviour])
        if (run.verdict === 'INVALID') throw new Spoilt(run.line)
        honest.set(`${name}: ${trial}`, { name, trial, told: run })
        expect(run.red, run.line).toEqual([])
        expect(run.verdict).not.toBe('FAIL')
      }),
    )
})

const together: TrialName[] = ['requests', 'steady', 'spike']

describe('a pool that lies never has PASS for what it lies about', () => {
  const all = Object.entries(lies)
  const groups = (Object.keys(trials) as TrialName[]).flatMap((trial) => {
    const own = all.filter(([, lie]) => lie.trial === trial)
    // Where lies of different criteria do not get into each other's way they are told together, which takes no longer.
    return (together.includes(trial) ? groupsOf(own) : own.map((one) => [one])).map(
      (group) => [trial, group] as const,
    )
  })
  for (const [trial, group] of groups)
    test(`${group.map(([name]) => name).join(', ')}: ${trial}`, { timeout: lifeOf(trial) }, (context) =>
      measured(context, async () => {
        const run = await told(
          context,
          trial,
          group.map(([, lie]) => lie.behaviour()),
        )
        for (const [, { concerns }] of group) assertMeasured(run, concerns)
        const own = group.map(([name, lie]): Row => ({ name, lie, told: run }))
        for (const row of own) rows.set(row.name, row)
        for (const row of own) {
          expect(fooled(row), row.name).toEqual([])
          const { status, words } = run.of(row.lie.concerns[0])
          expect(isCaught(row), `${row.name}: ${status}: ${words}`).toBe(true)
        }
      }),
    )
})
