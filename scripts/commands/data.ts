// Writes the data that a system's runs are made with, such as synthetic claims: `./assay data SYSTEM=... NAME=value`.
import { choose, readGiven } from '../../lib/input/variables.ts'
import type { SystemData } from '../../lib/plan/system-data.ts'
import { orWrongUse, WrongUse } from '../wrong-use.ts'
import { dataOf, writeData } from '../run/data-files.ts'
import { readManifest } from '../run/plans.ts'
import { nameAndValue } from './arguments.ts'

/** A variable that none of the data has is wrong use. What is in the environment is of a run, and not looked at. */
function checkNames(names: string[], known: string[]): void {
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new WrongUse(`unknown variable ${unknown}; valid: ${known.join(', ')}`)
}

const helpOf = (system: string, { variables }: SystemData): string =>
  [
    `Variables of the data of ${system}:`,
    ...Object.entries(variables).map(([name, { doc }]) => `  ${name.padEnd(12)} ${doc}`),
  ].join('\n')

/** @throws WrongUse for a system without data, and a variable that is malformed */
export async function writeAllData(args: string[]): Promise<number> {
  const owners = readManifest().data
  const { SYSTEM: system, ...given } = Object.fromEntries(args.map(nameAndValue))
  if (args.length === 0) for (const owner of owners) console.log(helpOf(owner, (await dataOf(owner))!))
  if (system === undefined) throw new WrongUse(`write SYSTEM=name; with data: ${owners.join(', ') || 'none'}`)
  orWrongUse(() => choose('system with data', system, Object.fromEntries(owners.map((name) => [name, name]))))
  const data = (await dataOf(system))!
  checkNames(Object.keys(given), ['SYSTEM', ...Object.keys(data.variables)])
  const settings = orWrongUse(() => readGiven(data.variables, given))
  for (const file of data.files(settings)) {
    const text = await writeData(file)
    console.log(`${file.path} (${(Buffer.byteLength(text) / 2 ** 20).toFixed(1)} MiB)`)
    for (const line of file.about(text)) console.log(line)
  }
  return 0
}
