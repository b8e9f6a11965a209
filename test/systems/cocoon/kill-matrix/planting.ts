// Plants defects as a user would, with one process, and says what became of each.
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { expect, type TestContext } from 'vitest'
import { brokeDown } from '../../../../scripts/prove/kill-run.ts'
import { defects } from '../../../../testbed/cocoon/defects/index.ts'
import { assay, projectRoot } from '../../../assay.ts'
import { MachineWatch } from '../../../machine-watch.ts'
import { attempts, othersIn } from '../../../measured.ts'

export interface Row {
  name: string
  criterion: string
  caught: boolean
  status: string
  reason: string
  began: string
  seconds: number
}

/** What became of each defect, and who else had the machine meanwhile. */
export interface Planted {
  rows: Row[]
  watch: MachineWatch
}

/** Plants them one after the other; the rows of reports/kill-matrix.json. A run that is INVALID is repeated by `prove` itself. */
export async function plant(names: string[], timeoutMs: number): Promise<Planted> {
  const file = path.join(projectRoot, 'reports/kill-matrix.json')
  await rm(file, { force: true })
  const watch = new MachineWatch([process.pid, process.ppid])
  await assay(['prove', 'SYSTEM=cocoon', `DEFECTS=${names.join(',')}`], {}, { timeoutMs, shown: true })
  watch.end()
  return { rows: (JSON.parse(await readFile(file, 'utf8')) as { defects: Row[] }).defects, watch }
}

/** Expects the row that says that this criterion caught the defect; skips the test where others spoilt every run. */
export function expectCaught(
  { skip }: Pick<TestContext, 'skip'>,
  { rows, watch }: Planted,
  name: string,
  criterion: string,
): void {
  const row = rows.find((entry) => entry.name === name && entry.criterion === `cocoon.${criterion}`)
  const began = Date.parse(row?.began ?? '')
  const others = row === undefined ? null : othersIn(watch, began, began + row.seconds * 1000)
  // A run that broke down has failed, whoever had the machine.
  if (row?.status === 'INVALID' && others !== null && !row.reason.startsWith(brokeDown))
    skip(`nothing was measured in ${attempts} attempts: ${others} in the last one: ${row.reason}`)
  expect(row).toMatchObject({ caught: true, status: defects[name]!.caughtAs ?? 'FAIL' })
  expect(row!.reason).not.toBe('')
}
