// What make list says of every system: the cases of the build with their criteria, and each criterion in its source's words.
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { allPlans, readManifest } from '../../scripts/run/plans.ts'
import { listing, projectRoot } from '../assay.ts'

test('JSON=1 has every case with its profiles and criteria, and each criterion with its text and source', async () => {
  const listed = await listing()
  const plans = allPlans(readManifest())
  expect(listed.cases.map(({ id }) => id).sort()).toEqual([...new Set(plans.map((plan) => plan.case))].sort())
  for (const { id, system, scenario, profiles, criteria } of listed.cases) {
    const own = plans.filter((plan) => plan.case === id)
    expect([id, own[0]]).toMatchObject([id, { system, scenario }])
    expect([id, profiles]).toEqual([id, own.map(({ profile }) => profile)])
    const judged = new Set(
      own.flatMap(({ claimed, notClaimed }) => [...Object.keys(claimed), ...notClaimed.map((one) => one.id)]),
    )
    expect([id, [...criteria].sort()]).toEqual([id, [...judged].sort()])
    for (const name of criteria) {
      const criterion = listed.criteria.find((entry) => entry.id === name)
      expect(criterion, name).toBeDefined()
      expect(criterion!.text.length, name).toBeGreaterThan(5)
      expect(criterion!.source, name).not.toBe('')
    }
  }
})

test('the table for people has each case with its scenario and system, however late it is read', async () => {
  const late = './assay list | { read -r first; sleep 0.5; echo "$first"; cat; }'
  const { stdout: output } = await execa('bash', ['-c', late], { cwd: projectRoot })
  // More than a pipe holds, to the last line.
  expect(output.length).toBeGreaterThan(2 ** 16)
  expect(output).toMatch(/PROFILE= and SCENARIO= choose too$/)
  for (const { case: id, scenario, system } of allPlans(readManifest()))
    expect(output).toContain(`${id}  scenario ${scenario} on ${system}: `)
})
