// The cases of the claim-verification service, its criteria, and the defects that turn them red: in code, README and docs alike.
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { epochPlan } from '../../../../lib/plan/epochs.ts'
import { profiles } from '../../../../lib/plan/profiles.ts'
import { thresholdsOf } from '../../../../lib/summary/k6-thresholds.ts'
import { killRuns } from '../../../../scripts/prove/kill-run.ts'
import { inPackage } from '../../../../scripts/project.ts'
import { checkGenerator, coresFor } from '../../../../scripts/run/generator-need.ts'
import { allPlans, readManifest } from '../../../../scripts/run/plans.ts'
import { system } from '../../../../systems/truthsync/system.ts'
import { defects } from '../../../../testbed/truthsync/defects/index.ts'

const plans = allPlans(readManifest()).filter((plan) => plan.system === 'truthsync')
const criteriaOf = (name: string): string[] => [defects[name]!.criterion].flat()
/** Judged only where so much is offered, which takes more processors than tests have. */
const ofFullSize = ['stress.throughput']

describe('cases', () => {
  test('have every profile, and criteria without which a PASS would be hollow', () => {
    expect(system.cases.map(({ id }) => id)).toEqual(
      ['S1', 'S2', 'B1', 'S4', 'S3'].map((name) => `truthsync/${name}`),
    )
    for (const { id } of system.cases)
      expect(plans.filter((plan) => plan.case === id).map(({ profile }) => profile)).toEqual(
        Object.keys(profiles),
      )
    for (const plan of plans)
      expect([plan.case, plan.profile, plan.required.filter((id) => plan.claimed[id] === undefined)]).toEqual(
        [plan.case, plan.profile, []],
      )
  })

  test('offer load for under two minutes at the smoke profile', () => {
    for (const { case: id, driveSeconds } of plans.filter(({ profile }) => profile === 'smoke'))
      expect([id, driveSeconds < 120]).toEqual([id, true])
  })

  test("offer at full what the source's users would, which two processors do not have", () => {
    const full = plans.filter(({ profile }) => profile === 'full')
    expect(full.map((plan) => [plan.case, plan.peakLevel]).toSorted()).toEqual([
      ['truthsync/B1', 30_800],
      ['truthsync/S1', 7700],
      ['truthsync/S2', 30_800],
      ['truthsync/S3', 30_800],
      ['truthsync/S4', 15_400],
    ])
    for (const plan of full) {
      expect(() => checkGenerator(plan, 2)).toThrow(/for which k6 alone takes about \d.* processors/)
      expect(() => checkGenerator(plan, Math.ceil(coresFor(plan)))).not.toThrow()
    }
    for (const plan of plans.filter(({ profile }) => ['smoke', 'kill', 'daily', 'weekly'].includes(profile)))
      expect(() => checkGenerator(plan, 2)).not.toThrow()
  })

  test('have no more than 200 tagged series', () => {
    for (const plan of plans) {
      const tagged = Object.keys(thresholdsOf(epochPlan(plan, plan.epochs.length), system.names)).filter(
        (name) => name.includes('{'),
      )
      expect([plan.case, plan.profile, tagged.length <= 200]).toEqual([plan.case, plan.profile, true])
    }
  })
})

describe('criteria', () => {
  test('are each broken by a defect, and stand beside it in the README', async () => {
    const readme = await readFile(inPackage('README.md'), 'utf8')
    const table = readme.slice(readme.indexOf('SYSTEM=truthsync'))
    const rows = table.split('\n').filter((line) => line.startsWith('| '))
    for (const id of Object.keys(system.criteria)) {
      const own = Object.keys(defects).filter((name) => criteriaOf(name).includes(id))
      expect([id, own.length > 0]).toEqual([id, true])
      const row = rows.find((line) => line.startsWith(`| ${id} |`)) ?? ''
      expect([id, row.split('|').at(-2)?.trim().split(', ').toSorted()]).toEqual([id, own.toSorted()])
    }
  })

  test('say in docs/truthsync.md what they rest on', async () => {
    const page = await readFile(inPackage('docs/truthsync.md'), 'utf8')
    const rows = page
      .slice(page.indexOf('## What each criterion rests on'))
      .split('\n')
      .filter((line) => /^\| [a-z]+\./.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()))
    expect(rows.map(([, id]) => id).toSorted()).toEqual(Object.keys(system.criteria).toSorted())
    for (const [, id, words] of rows)
      expect([id, /^(seen by us|told by the target .*held against)/.test(words!)]).toEqual([id, true])
  })

  test.each(Object.keys(defects))('%s has a load that judges what it breaks', (name) => {
    const ids = criteriaOf(name)
      .filter((id) => !ofFullSize.includes(id))
      .map((id) => `truthsync.${id}`)
    const runs = ids.length === 0 ? [] : killRuns(name, ids, plans, defects[name]!)
    expect(runs.flatMap((run) => run.ids).toSorted()).toEqual(ids.toSorted())
    for (const { plan, ids: own } of runs) for (const id of own) expect(plan.claimed[id]).toBeDefined()
  })
})
