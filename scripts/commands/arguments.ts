// NAME=value arguments of ./assay, over the environment.
import { defaultSystem } from '../../systems/default.ts'
import type { VariableDocs } from '../../lib/input/settings.ts'
import { systemNamed } from '../../lib/input/system-named.ts'
import { readVariables, variableNames } from '../../lib/input/variables.ts'
import type { VariableName, Variables } from '../../lib/input/variables.ts'
import { callersPath } from '../project.ts'
import { orWrongUse, WrongUse } from '../wrong-use.ts'

/** A word and how many single edits lead to it: enough to say "did you mean". */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

/** Read by the programs that make the command ready: see work-folder.mjs. */
export const workVariable = 'ASSAY_WORK'

/** The two sides of NAME=value. @throws WrongUse for any other argument */
export function nameAndValue(arg: string): [name: string, value: string] {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(arg) ?? []
  if (name === undefined || value === undefined)
    throw new WrongUse(`"${arg}" is not understood; write NAME=value`)
  return [name, value]
}

const namesIn = (ofSystems: VariableDocs): string[] =>
  Object.values(ofSystems).flatMap((variables) => Object.keys(variables))

/**
 * The variables as text: arguments win over the environment. Names that do not exist are errors, and so are arguments that
 * only another system than the run's understands.
 */
export function rawVariables(
  args: string[],
  environment: Record<string, string | undefined>,
  also: string[] = [],
  ofSystems: VariableDocs = {},
): Record<string, string> {
  const known: string[] = [...variableNames, ...also, ...namesIn(ofSystems)]
  const raw: Record<string, string> = {}
  for (const name of known) {
    const value = environment[name]
    if (value !== undefined && value !== '') raw[name] = value
  }
  for (const arg of args) {
    const [name, value] = nameAndValue(arg)
    if (name === workVariable) {
      // make puts what was given to it into the environment too; there it was read before this program was there.
      if (environment[name] === value) continue
      throw new WrongUse(`write ${workVariable}= before ./assay: it is read from the environment alone`)
    }
    if (name === 'DATABASE_URL')
      throw new WrongUse(
        "DATABASE_URL is no variable of a run, because elsewhere it is the address of somebody else's database; write TESTBED_DATABASE_URL= for the Postgres that the testbed may use",
      )
    if (!known.includes(name)) {
      const near = known.filter((candidate) => distance(candidate, name.toUpperCase()) <= 2)
      throw new WrongUse(
        `unknown variable ${name}${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''} Valid: ${known.join(', ')}`,
      )
    }
    raw[name] = value
  }
  return withoutForeign(raw, args, ofSystems)
}

/** Leaves out the variables of other systems. Somebody may have them in the environment; as an argument one is a mistake. */
function withoutForeign(
  raw: Record<string, string>,
  args: string[],
  ofSystems: VariableDocs,
): Record<string, string> {
  const named = orWrongUse(() => systemNamed(raw))
  if (named === undefined && raw['CASE'] === 'ALL') return raw
  const system = named ?? defaultSystem
  const ownersOf = (name: string): string[] =>
    Object.keys(ofSystems).filter((one) => Object.hasOwn(ofSystems[one]!, name))
  const isForeign = (name: string): boolean => {
    const owners = ownersOf(name)
    return owners.length > 0 && !owners.includes(system)
  }
  const given = args.map((arg) => arg.split('=', 1)[0]!).find(isForeign)
  if (given !== undefined)
    throw new WrongUse(
      `${given} is a variable of ${ownersOf(given).join(' and ')}, and this run is of ${system}`,
    )
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !isForeign(name)))
}

/** The same as typed values; a malformed one is wrong use. */
export function variablesOf(raw: Record<string, string>, ofSystems: VariableDocs = {}): Variables {
  const own = namesIn(ofSystems)
  const settings = Object.fromEntries(Object.entries(raw).filter(([name]) => own.includes(name)))
  const variables = orWrongUse(() => readVariables(raw))
  // Absolute from here on: what repeats the run is called from other folders too.
  if (variables.TARGET !== undefined) variables.TARGET = callersPath(variables.TARGET)
  return Object.keys(settings).length === 0 ? variables : { ...variables, settings }
}

/** The arguments that repeat a run, secrets and paths that were made for it left out. */
export function repeatCommand(
  variables: Variables,
  extra: Partial<Record<VariableName, string>> = {},
): string {
  const hidden: VariableName[] = [
    'TESTBED_DATABASE_URL',
    'EVIDENCE',
    'RECORD',
    'RUN',
    'K6',
    'OUT',
    'PORT',
    'SHARD',
    'EPOCH',
    'START_AT',
    'ENDPOINTS',
    'ALONE',
  ]
  const shown = variableNames.filter((name) => !hidden.includes(name))
  const ofKit = shown.map((name) => [name, extra[name] ?? textOf(variables[name], name)] as const)
  const words = [...ofKit, ...Object.entries(variables.settings ?? {})].flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`${name}=${/^[\w./:,@-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`],
  )
  return ['./assay run', ...words].join(' ')
}

function textOf(value: Variables[VariableName], name: VariableName): string | undefined {
  if (value === undefined) return undefined
  if (name === 'DURATION') return `${String(value)}s`
  if (typeof value === 'boolean') return value ? '1' : '0'
  return Array.isArray(value) ? value.join(',') : String(value)
}
