// The golden recordings, read by the code of today: the same variables make the same plan, and the same raw files the same
// verdict. `make golden` records them anew.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Plan } from '../../../../lib/plan/plan.ts'
import { judged } from '../../../../scripts/run/conclusion.ts'
import { EventLog } from '../../../../scripts/evidence/events.ts'
import { begun, keepHistory, oraclesOf } from '../../../../scripts/evidence/oracles.ts'
import { consolesOf } from '../../../../scripts/run/parts.ts'
import { planFor } from '../../../../scripts/run/plans.ts'
import { namesOf, ruleKey } from '../../../../verdict/criterion.ts'
import type { RunEvidence } from '../../../../verdict/evidence.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'
import {
  goldenFolder,
  jsonIn,
  layOut,
  readRecording,
  type Recording,
  type RunnerSide,
} from '../golden/recording.ts'
import { expectSays, goldenRuns } from '../golden/runs.ts'

/** What all recordings may take, gzipped. */
const mostBytes = 5_000_000

/** As it is written down: fields without a value are none. */
const written = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/**
 * What was not judged yet when most of them were recorded: nobody observed it then. Its rules are the last ones of their criteria, so
 * that all others keep their numbers.
 */
const unrecorded = ['asked-again', 'seen-allocation', 'seen-idle', 'seen-queue', 'seen-wait', 'told-waits']

/** Checks that there were not, of which the recordings, made without any, say nothing. */
const unrecordedChecks = ['cocoon.contract.figures']

/** A plan without the rules of what is not in the recordings. */
function withoutNew(plan: Plan): Plan {
  const claimed: Plan['claimed'] = {}
  const expected = { ...plan.expected }
  for (const [id, criterion] of Object.entries(plan.claimed)) {
    const isNew = criterion.rules.map((rule) => namesOf(rule).some((name) => unrecorded.includes(name)))
    const rules = criterion.rules.filter((_, index) => !isNew[index])
    if (rules.length > 0) claimed[id] = { ...criterion, rules }
    for (const index of isNew.keys()) if (isNew[index]) delete expected[ruleKey(id, index)]
  }
  const notClaimed = plan.notClaimed.filter(({ id }) => !unrecordedChecks.includes(id))
  return { ...plan, claimed, expected, notClaimed }
}

/** Words are not compared: they are made better all the time. Figures, statuses and what was observed are. */
const withoutWords = (verdict: Verdict): unknown => ({
  ...verdict,
  line: '',
  reasons: verdict.reasons.length,
  criteria: verdict.criteria.map(
    ({ limit: _, observed: __, reason: ___, text: ____, witness, ...figures }) => ({
      ...figures,
      // Service logs are not recorded, so their lines are in no witness.
      witness: witness === null ? null : { ...witness, log: [] },
    }),
  ),
  ...(verdict.capacity === undefined
    ? {}
    : {
        capacity: {
          ...verdict.capacity,
          note: '',
          steps: verdict.capacity.steps.map(({ bound: _, ...figures }) => figures),
        },
      }),
})

/** Of several k6 processes the consoles are read in turns while they run, and here one after the other. */
const inOrder = (evidence: RunEvidence): RunEvidence => ({
  ...evidence,
  bad: evidence.bad.toSorted((a, b) => a.t - b.t || a.correlationId.localeCompare(b.correlationId)),
})

async function judgedAgain(recording: Recording) {
  const { variables, target, driven } = jsonIn<RunnerSide>(recording, 'runner.json')
  const runDir = await mkdtemp(path.join(tmpdir(), 'assay-golden-'))
  try {
    await layOut(recording, runDir, driven)
    const parts = driven.parts.map(({ part }) => part)
    const plan = jsonIn<Plan>(recording, 'plan.json')
    const log = new EventLog(consolesOf(runDir, parts), begun(await oraclesOf(plan.system)))
    await log.follow()
    await keepHistory(log, runDir)
    const context = {
      plan,
      runDir,
      variables,
      target: { services: [], ...target },
      testbed: { foreign: null },
    }
    const { verdict, evidence } = await judged(context, { ...driven, log })
    return { verdict: written(verdict), evidence: written(evidence) }
  } finally {
    await rm(runDir, { recursive: true })
  }
}

describe.each(goldenRuns)('the recording $name', (golden) => {
  let recorded: Recording
  beforeAll(async () => {
    recorded = await readRecording(golden.name)
  })

  test('is of a run that said what it had to', () => {
    expectSays(golden, jsonIn<Verdict>(recorded, 'verdict.json'))
  })

  test('has the plan that its variables make today', async () => {
    const plan = jsonIn<Plan>(recorded, 'plan.json')
    const { variables } = jsonIn<RunnerSide>(recorded, 'runner.json')
    expect(withoutNew(written(await planFor(plan.scenario, variables)))).toEqual(withoutNew(plan))
  })

  test('is judged today as it was then', async () => {
    const { verdict, evidence } = await judgedAgain(recorded)
    const { versions } = jsonIn<RunnerSide>(recorded, 'runner.json')
    const under = `recorded with Node ${versions.node}, judged with ${process.versions.node}`
    expect(inOrder(evidence), under).toEqual(inOrder(jsonIn<RunEvidence>(recorded, 'evidence.json')))
    expect(withoutWords(verdict), under).toEqual(withoutWords(jsonIn<Verdict>(recorded, 'verdict.json')))
  })
})

describe('the recordings', () => {
  test('are those of the list, and stay small', async () => {
    const names = await readdir(goldenFolder)
    expect(names.toSorted()).toEqual(goldenRuns.map(({ name }) => name).toSorted())
    const files = await Promise.all(
      names.map(async (name) =>
        (await readdir(path.join(goldenFolder, name))).map((file) => path.join(name, file)),
      ),
    )
    const sizes = await Promise.all(
      files.flat().map(async (file) => (await stat(path.join(goldenFolder, file))).size),
    )
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(mostBytes)
  })
})
