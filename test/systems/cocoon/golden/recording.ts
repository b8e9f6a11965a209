// A recorded run: all that its verdict was made of, as it came from k6 and the keeper, and what was made of it. Each run is a
// folder of gzipped files, which zcat shows. Its history of payments is what the events tell, so it has no file.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Variables } from '../../../../lib/input/variables.ts'
import type { Driven } from '../../../../scripts/run/load.ts'
import { partFiles } from '../../../../scripts/run/parts.ts'
import { inPackage } from '../../../../scripts/project.ts'
import type { RunContext } from '../../../../scripts/run/run-context.ts'

export const goldenFolder = inPackage('test/fixtures/golden')

/** What the runner itself knew of the run when k6 had ended. */
export interface RunnerSide {
  variables: Variables
  target: { name: string; baseUrl: string }
  driven: Omit<Driven, 'log'>
  versions: { node: string; k6: string }
  cores: number
}

/** Files by name, as text. */
export type Recording = Map<string, string>

const ending = '.gz'
const services = (runDir: string, name: string): string => path.join(runDir, 'services', name)

/** Where the raw files of a run lie, by their names in a recording. */
function rawFiles(runDir: string, { parts }: Pick<Driven, 'parts'>): Record<string, string> {
  const consoles = parts.map(({ part }) => partFiles(runDir, part).events)
  return {
    ...Object.fromEntries(consoles.map((file) => [path.basename(file), file])),
    'resources.ndjson': services(runDir, 'resources.ndjson'),
    'machine.ndjson': services(runDir, 'machine.ndjson'),
  }
}

/** What can only be had before a run is judged. `driven.parts` holds the evidence that k6 wrote, which the run's own replaces. */
export async function recordRaw(
  { log: _, ...driven }: Driven,
  { plan, runDir, variables, target: { name, baseUrl }, k6 }: RunContext,
): Promise<Recording> {
  const runner: RunnerSide = {
    variables,
    target: { name, baseUrl },
    driven,
    versions: { node: process.versions.node, k6: k6.version },
    cores: os.cpus().length,
  }
  const recording: Recording = new Map([
    ['plan.json', JSON.stringify(plan)],
    ['runner.json', JSON.stringify(runner)],
  ])
  for (const [name, file] of Object.entries(rawFiles(runDir, driven)))
    recording.set(name, await readFile(file, 'utf8'))
  return recording
}

/** Puts a recording in the place of an earlier one, whole. */
export async function keepRecording(name: string, recording: Recording): Promise<void> {
  const folder = path.join(goldenFolder, name)
  const draft = path.join(path.dirname(goldenFolder), `.${name}.draft`)
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  for (const [file, text] of recording)
    await writeFile(path.join(draft, file + ending), gzipSync(text, { level: 9 }))
  await rm(folder, { recursive: true, force: true })
  await mkdir(goldenFolder, { recursive: true })
  await rename(draft, folder)
}

export async function readRecording(name: string): Promise<Recording> {
  const folder = path.join(goldenFolder, name)
  const files = await readdir(folder)
  const texts = await Promise.all(
    files.map(async (file): Promise<[string, string]> => [
      file.slice(0, -ending.length),
      gunzipSync(await readFile(path.join(folder, file))).toString(),
    ]),
  )
  return new Map(texts)
}

/** A file of a recording as JSON. @throws Error when the recording has none of this name. */
export function jsonIn<T>(recording: Recording, file: string): T {
  const text = recording.get(file)
  if (text === undefined)
    throw new Error(`the recording holds no ${file}; it has ${[...recording.keys()].join(', ')}`)
  return JSON.parse(text) as T
}

/** Lays out the raw files of a recording as the run's folder held them when k6 had ended. */
export async function layOut(
  recording: Recording,
  runDir: string,
  driven: Pick<Driven, 'parts'>,
): Promise<void> {
  await mkdir(services(runDir, ''), { recursive: true })
  for (const [name, file] of Object.entries(rawFiles(runDir, driven)))
    await writeFile(file, recording.get(name) ?? '')
}
