// Plants defects as a user would, with one process, and says what became of each.
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { expect, type TestContext } from 'vitest'
import { defects } from '../../testbed/cocoon/defects/index.ts'
import { assay, projectRoot } from '../assay.ts'
import { attempts } from '../measured.ts'

interface Row {
  name: string
  criterion: string
  caught: boolean
  status: string
  reason: string
}

/** Plants them one after the other; the rows of reports/kill-matrix.json. A run that is INVALID is repeated by `prove` itself. */
export async function plant(names: string[], timeoutMs: number): Promise<Row[]> {
  const file = path.join(projectRoot, 'reports/kill-matrix.json')
  await rm(file, { force: true })
  await assay(['prove', `DEFECTS=${names.join(',')}`], {}, { timeoutMs, shown: true })
  return (JSON.parse(await readFile(file, 'utf8')) as { defects: Row[] }).defects
}

/** Expects the row that says that this criterion caught the defect; skips the test where every run was INVALID. */
export function expectCaught(
  { skip }: Pick<TestContext, 'skip'>,
  rows: Row[],
  name: string,
  criterion: string,
): void {
  const row = rows.find((entry) => entry.name === name && entry.criterion === `cocoon.${criterion}`)
  if (row?.status === 'INVALID') skip(`INVALID ${attempts} times: ${row.reason}`)
  expect(row).toMatchObject({ caught: true, status: defects[name]!.caughtAs ?? 'FAIL' })
  expect(row!.reason).not.toBe('')
}
