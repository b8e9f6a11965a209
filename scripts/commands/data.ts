// Writes the data that a system's runs are made with, such as synthetic claims: `./assay data SYSTEM=... NAME=value`.
import { choose, readGiven } from '../../lib/input/variables.ts'
import type { SystemData } from '../../lib/plan/system-data.ts'
import { orWrongUse, WrongUse } from '../wrong-use.ts'
import { dataOf, writeData } from '../run/data-files.ts'
import { readManifest } from '../run/plans.ts'

/** NAME=value arguments by name, of these names alone: what is in the environment is of a run. */
function givenIn(args: string[], names: string[]): Record<string, string> {
  const given: Record<string, string> = {}
  for (const arg of args) {
    const [, name, value] = /^([A-Z_]+)=(.*)$/s.exec(arg) ?? []
    if (name === undefined || value === undefined)
      throw new WrongUse(`"${arg}" is not understood; write NAME=value`)
    if (!names.includes(name)) throw new WrongUse(`unknown variable ${name}; valid: ${names.join(', ')}`)
    given[name] = value
  }
  return given
}

const helpOf = (system: string, { variables }: SystemData): string =>
  Object.entries(variables)
    .map(([name, { doc }]) => `  ${name.padEnd(12)} ${doc}`)
    .join('\n')
    .replace(/^/, `Variables of the data of ${system}:\n`)

/** @throws WrongUse for a system without data, and a variable that is malformed */
export async function writeAllData(args: string[]): Promise<number> {
  const owners = readManifest().data
  if (args.length === 0) {
    for (const system of owners) console.log(helpOf(system, (await dataOf(system))!))
    throw new WrongUse(`write SYSTEM=name; with data: ${owners.join(', ') || 'none'}`)
  }
  const system = args.map((arg) => /^SYSTEM=(.*)$/.exec(arg)?.[1]).find((name) => name !== undefined)
  if (system === undefined) throw new WrongUse(`write SYSTEM=name; with data: ${owners.join(', ') || 'none'}`)
  orWrongUse(() => choose('system with data', system, Object.fromEntries(owners.map((name) => [name, name]))))
  const data = (await dataOf(system))!
  const { SYSTEM: _, ...given } = givenIn(args, ['SYSTEM', ...Object.keys(data.variables)])
  const settings = orWrongUse(() => readGiven(data.variables, given))
  for (const file of data.files(settings)) {
    const text = await writeData(file)
    console.log(`${file.path} (${(Buffer.byteLength(text) / 2 ** 20).toFixed(1)} MiB)`)
    for (const line of file.about(text)) console.log(line)
  }
  return 0
}
