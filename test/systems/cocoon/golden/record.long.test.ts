// Records the golden runs anew: `make golden`, about an hour and a half on a machine where nothing else runs; ONLY=s1 for one.
// A recording is kept only when the run says what it must: PASS, or FAIL by the criterion that its defect breaks.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'vitest'
import { run } from '../../../../scripts/run/run.ts'
import type { Variables } from '../../../../lib/input/variables.ts'
import { readManifest, scenarioOf } from '../../../../scripts/run/plans.ts'
import { freshRunId } from '../../../assay.ts'
import { measured, Spoilt, triedFor } from '../../../measured.ts'
import { keepRecording, recordRaw, type Recording } from './recording.ts'
import { expectSays, goldenRuns, type GoldenRun } from './runs.ts'

const longestRunMs = 20 * 60_000
const only = (process.env['ONLY'] ?? '').split(',').filter(Boolean)
const unknown = only.filter((name) => !goldenRuns.some((golden) => golden.name === name))
if (unknown.length > 0)
  throw new Error(`ONLY=${unknown.join(',')}: valid are ${goldenRuns.map(({ name }) => name).join(', ')}`)
const wanted = goldenRuns.filter(({ name }) => only.length === 0 || only.includes(name))

/** A seed for all, so that the plans of a recording can be made again. */
const seed = 1

async function record(golden: GoldenRun) {
  const { name, profile, defect } = golden
  const variables: Variables = {
    RUN: freshRunId(name),
    CASE: golden.case,
    PROFILE: profile,
    SEED: seed,
    ...(defect === undefined ? {} : { DEFECTS: [defect] }),
  }
  let recording: Recording = new Map()
  const { verdict, runDir } = await run({
    scenario: scenarioOf(readManifest(), variables),
    variables,
    driven: async (driven, context) => {
      recording = await recordRaw(driven, context)
    },
  })
  console.log(`${name}: ${verdict.line}`)
  for (const file of ['evidence.json', 'verdict.json'])
    recording.set(file, await readFile(path.join(runDir, file), 'utf8'))
  if (verdict.verdict === 'INVALID') throw new Spoilt(verdict.line)
  return { verdict, recording }
}

test.for(wanted)('$name', { timeout: triedFor(longestRunMs) }, async (golden, context) => {
  const { verdict, recording } = await measured(context, () => record(golden))
  expectSays(golden, verdict)
  await keepRecording(golden.name, recording)
})
