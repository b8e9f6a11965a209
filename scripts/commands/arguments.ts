// NAME=value arguments of ./assay, over the environment.
import { readVariables, variableNames } from '../../lib/input/variables.ts'
import type { VariableName, Variables } from '../../lib/input/variables.ts'
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

/** The variables as text: arguments win over the environment. Names that do not exist are errors. */
export function rawVariables(
  args: string[],
  environment: Record<string, string | undefined>,
  also: string[] = [],
): Record<string, string> {
  const known: string[] = [...variableNames, ...also]
  const raw: Record<string, string> = {}
  for (const name of known) {
    const value = environment[name]
    if (value !== undefined && value !== '') raw[name] = value
  }
  for (const arg of args) {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(arg) ?? []
    if (name === undefined || value === undefined)
      throw new WrongUse(`"${arg}" is not understood; write NAME=value`)
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
  return raw
}

/** The same as typed values; a malformed one is wrong use. */
export function variablesOf(raw: Record<string, string>): Variables {
  return orWrongUse(() => readVariables(raw))
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
    'PORT',
    'SHARD',
    'EPOCH',
    'START_AT',
    'ENDPOINTS',
  ]
  const shown = variableNames.filter((name) => !hidden.includes(name))
  const words = shown.flatMap((name) => {
    const value = extra[name] ?? textOf(variables[name], name)
    return value === undefined
      ? []
      : [`${name}=${/^[\w./:,@-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`]
  })
  return ['./assay run', ...words].join(' ')
}

function textOf(value: Variables[VariableName], name: VariableName): string | undefined {
  if (value === undefined) return undefined
  if (name === 'DURATION') return `${String(value)}s`
  if (typeof value === 'boolean') return value ? '1' : '0'
  return Array.isArray(value) ? value.join(',') : String(value)
}
