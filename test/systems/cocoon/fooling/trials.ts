// Runs against pools that lie, or that are honest in another way, and what becomes of the criteria.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'vitest'
import type { CriterionVerdict, Status } from '../../../../verdict/verdict.ts'
import { assayRun } from '../../../assay.ts'
import { Spoilt } from '../../../measured.ts'
import type { Behaviour } from '../stub/behaviour.ts'
import { startStubPool } from '../stub/server.ts'
import type { Lie, TrialName } from './lie.ts'

/** The part of a case that is enough, and about how long it takes. */
export const trials: Record<TrialName, { variables: Record<string, string>; seconds: number }> = {
  requests: { variables: { CASE: 'cocoon/S1', PROFILE: 'kill', DURATION: '1s', PARTIAL: '1' }, seconds: 20 },
  brief: { variables: { CASE: 'cocoon/S1', PROFILE: 'kill', DURATION: '16s', PARTIAL: '1' }, seconds: 60 },
  // What is judged by thousands of requests, or by what comes twice a second.
  steady: { variables: { CASE: 'cocoon/S1', PROFILE: 'kill', DURATION: '42s', PARTIAL: '1' }, seconds: 90 },
  // The first seconds after the surge are in it.
  lasting: { variables: { CASE: 'cocoon/S1', PROFILE: 'kill', DURATION: '52s', PARTIAL: '1' }, seconds: 120 },
  surge: { variables: { CASE: 'cocoon/S1', PROFILE: 'kill' }, seconds: 150 },
  overload: { variables: { CASE: 'cocoon/S2', PROFILE: 'smoke' }, seconds: 150 },
  spike: { variables: { CASE: 'cocoon/S4', PROFILE: 'smoke' }, seconds: 150 },
  crash: { variables: { CASE: 'cocoon/F1', PROFILE: 'smoke' }, seconds: 180 },
  thousand: { variables: { CASE: 'cocoon/S3', PROFILE: 'kill' }, seconds: 180 },
}

const clientToken = 'a-token-of-the-stub'
const credentials = { enrol: 'POOL_ENROL_TOKEN', client: 'POOL_CLIENT_TOKEN' }

/** A criterion as a run left it: not claimed with the reason, or judged. */
export interface Outcome {
  status: Status | 'not claimed'
  /** All that is said of it. */
  words: string
}

export interface Told {
  verdict: Status
  line: string
  exitCode: number
  /** Of a criterion without the system's name. */
  of: (id: string) => Outcome
  /** Ids of those that are FAIL. */
  red: string[]
}

const wordsOf = ({ observed, limit, reason, witness }: CriterionVerdict): string =>
  [reason, observed, limit, JSON.stringify(witness?.operations ?? [])].join('; ')

/** One run of a trial against a pool with these behaviours. */
export async function told(
  context: Pick<TestContext, 'onTestFinished'>,
  trial: TrialName,
  behaviours: Behaviour[],
  more: Record<string, string> = {},
): Promise<Told> {
  const stub = await startStubPool(undefined, { behaviours, clientToken })
  context.onTestFinished(stub.close)
  const folder = await mkdtemp(path.join(tmpdir(), 'assay-fooling-'))
  context.onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const target = path.join(folder, 'target.json')
  await writeFile(target, JSON.stringify({ baseUrl: stub.baseUrl, alone: true, credentials }))
  const { variables } = trials[trial]
  const run = await assayRun(
    `fooling-${trial}`,
    { SEED: '5', ...variables, ...more, TARGET: target },
    { POOL_CLIENT_TOKEN: clientToken },
  )
  const { verdict, line, criteria, not_claimed: notClaimed } = await run.verdict()
  return {
    verdict,
    line,
    exitCode: run.exitCode,
    red: criteria.flatMap(({ id, status }) => (status === 'FAIL' ? [id.replace('cocoon.', '')] : [])),
    of: (id) => {
      const found = criteria.find((one) => one.id === `cocoon.${id}`)
      if (found !== undefined) return { status: found.status, words: wordsOf(found) }
      const why = notClaimed.find((one) => one.id === `cocoon.${id}`)?.why
      return { status: 'not claimed', words: why ?? 'not among the criteria of this case' }
    },
  }
}

/** @throws Spoilt where the measurement says nothing of these criteria; others need not have been measured well. */
export function assertMeasured({ of, line }: Told, ids: readonly string[]): void {
  if (ids.some((id) => of(id).status === 'INVALID')) throw new Spoilt(line)
}

/** Lies that can be told at once, since no two of them concern the same criterion. */
export function groupsOf(some: [name: string, lie: Lie][]): [name: string, lie: Lie][][] {
  const groups: [string, Lie][][] = []
  for (const one of some) {
    const [, { concerns }] = one
    const isApart = (group: [string, Lie][]): boolean =>
      !group.some(([, other]) => other.concerns.some((id) => concerns.includes(id)))
    const group = groups.find(isApart)
    if (group === undefined) groups.push([one])
    else group.push(one)
  }
  return groups
}
