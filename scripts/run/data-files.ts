// The data that a system's runs are made with: files below the work folder, written when they are asked for or needed.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Settings } from '../../lib/input/settings.ts'
import type { DataFile, SystemData } from '../../lib/plan/system-data.ts'
import { inWork } from '../project.ts'
import { orWrongUse, WrongUse } from '../wrong-use.ts'
import { readManifest } from './plans.ts'

/** A system's data, as its data/files.ts has it; null where it has none. */
export async function dataOf(system: string): Promise<SystemData | null> {
  if (!readManifest().data.includes(system)) return null
  const file = inWork('dist/node/systems', system, 'data/files.js')
  return ((await import(pathToFileURL(file).href)) as { data: SystemData }).data
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

/** Where a file lies. */
const placeOf = ({ path: own }: DataFile): string => (path.isAbsolute(own) ? own : inWork(own))

/** Writes a file as a whole or not at all, and returns its text. @throws WrongUse where it cannot be written */
export async function writeData(file: DataFile): Promise<string> {
  const place = placeOf(file)
  const text = file.make!({ md5 })
  const unfinished = `${place}.${process.pid}`
  try {
    await mkdir(path.dirname(place), { recursive: true })
    await writeFile(unfinished, text)
    await rename(unfinished, place)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw new WrongUse(`${file.path} cannot be written: ${(error as Error).message}`)
  }
  return text
}

async function textOf(file: DataFile): Promise<string> {
  return readFile(placeOf(file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new WrongUse(`${file.path} cannot be read: ${error.code ?? error.message}`)
  })
}

/**
 * Sees to it that a run finds its data, and that it can use them: what is its own to make it makes, where it is not there or is of
 * an older form.
 * @throws WrongUse for a file that cannot be used
 */
export async function provideData(
  system: string,
  settings: Settings,
  say: (line: string) => void,
): Promise<void> {
  const data = await dataOf(system)
  const files = data === null ? [] : orWrongUse(() => data.ofRun(settings))
  for (const file of files) {
    let text = file.make !== null && !existsSync(placeOf(file)) ? null : await textOf(file)
    if (file.make !== null && (text === null || file.isStale(text))) {
      say(`data: making ${file.path} (once)`)
      text = await writeData(file)
    }
    orWrongUse(() => file.check(text!))
  }
}
