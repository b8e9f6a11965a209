// Every variable that a run understands, in one table. The same names work as `make run NAME=value`, as
// `./assay run NAME=value`, in the environment, and as `k6 run -e NAME=value`.
import { defaultSystem } from '../../systems/default.ts'
import { hostOf } from './address.ts'
import { parseZones } from './cloud.ts'
import { parseDuration } from '../plan/duration.ts'

interface Variable<T> {
  read: (text: string) => T
  /** What the variable does, for the help. */
  doc: string
  /** Left out of the help: for the runner and for tests. */
  internal?: boolean
}

const text = (value: string): string => value
/** Reads a whole number of a range, its ends among it. @throws Error that says what was expected */
export const wholeNumber =
  (from: number, to: number) =>
  (value: string): number => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || number < from || number > to) {
      throw new Error(`expected a whole number from ${from} to ${to}`)
    }
    return number
  }
/** The address that a text is, without a slash at its end. @throws Error that says what was expected */
export const address = (value: string): string => {
  hostOf(value)
  return value.replace(/\/+$/, '')
}
const databaseAddress = (value: string): string => {
  if (!/^postgres(ql)?:\/\/[^\s]+$/.test(value))
    throw new Error('expected an address like postgres://host:port/database')
  return value
}
const loadZones = (value: string): string => {
  parseZones(value)
  return value
}
const list = (value: string): string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
const addresses = (value: string): Record<string, string> => {
  const named = JSON.parse(value) as Record<string, string>
  return Object.fromEntries(Object.entries(named).map(([what, one]) => [what, address(one)]))
}
const flag = (value: string): boolean => {
  if (value !== '1' && value !== '0') throw new Error('expected 1 or 0')
  return value === '1'
}
const oneOf =
  <const Name extends string>(...names: Name[]) =>
  (value: string): Name => {
    const name = names.find((one) => one === value)
    if (name === undefined) throw new Error(`expected ${names.join(' or ')}`)
    return name
  }
const named = (value: string): string => {
  if (!/^[A-Za-z0-9._-]{1,80}$/.test(value))
    throw new Error('expected letters, digits, dot, dash and underscore')
  return value
}

const table = {
  SCENARIO: {
    read: text,
    doc: 'kind of stress; make list names them (default baseline)',
  } as Variable<string>,
  SYSTEM: { read: text, doc: `system under test (default ${defaultSystem})` } as Variable<string>,
  CASE: {
    read: text,
    doc: 'one case, as make list names them, or ALL (of SYSTEM and SCENARIO, where given) that have the profile',
  } as Variable<string>,
  PROFILE: {
    read: text,
    doc: 'how large and how long the run is, relative to the numbers in the source document (default smoke)',
  } as Variable<string>,
  SEED: {
    read: wholeNumber(0, 2 ** 31 - 1),
    doc: 'seed of every random stream (default: from the time)',
  } as Variable<number>,
  DURATION: {
    read: parseDuration,
    doc: 'cuts the run short, such as 90s; a part of a case is UNDECIDED at best',
  } as Variable<number>,
  PARTIAL: {
    read: flag,
    doc: '1: what DURATION leaves of a run is judged by itself, and may be PASS',
  } as Variable<boolean>,
  TARGET: { read: text, doc: 'a target file that describes your own deployment' } as Variable<string>,
  BASE_URL: {
    read: address,
    doc: 'address of your own deployment, short for a one-line target file',
  } as Variable<string>,
  ADAPTER: {
    read: named,
    doc: 'folder below targets/ whose adapter.ts translates to your API',
  } as Variable<string>,
  CONFIRM: {
    read: text,
    doc: 'hosts of a target that are not on loopback, to confirm the load; comma-separated',
  } as Variable<string>,
  CEILING: {
    read: wholeNumber(1, 1_000_000),
    doc: 'most requests per second that may be sent (default 2000; on this machine, what the plan needs)',
  } as Variable<number>,
  ALLOW_FAULTS: {
    read: flag,
    doc: '1: faults may be done to what a target file of your own names',
  } as Variable<boolean>,
  CHECKS: {
    read: oneOf('all', 'none'),
    doc: 'none: no checks before the load, so nothing is sent that a good target has to refuse (default all)',
  } as Variable<'all' | 'none'>,
  DEFECTS: { read: list, doc: 'planted defects to switch on in the testbed, comma-separated' } as Variable<
    string[]
  >,
  TESTBED_DATABASE_URL: {
    read: databaseAddress,
    doc: "a Postgres for the testbed instead of the embedded one; a schema of its own there is the testbed's",
  } as Variable<string>,
  PORT: {
    read: wholeNumber(1, 65_535),
    doc: "port of the testbed's address (default: a free one)",
  } as Variable<number>,
  CLOUD_PROJECT: {
    read: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    doc: 'k6 Cloud: number of the project that a run belongs to',
  } as Variable<number>,
  CLOUD_NAME: {
    read: text,
    doc: 'k6 Cloud: name of the test (default: the case)',
  } as Variable<string>,
  CLOUD_ZONES: {
    read: loadZones,
    doc: 'k6 Cloud: load zones with their per cent, such as amazon:us:ashburn=60,amazon:ie:dublin=40',
  } as Variable<string>,
  K6: { read: text, doc: 'the k6 to use (default: one on the PATH, else bin/k6)' } as Variable<string>,
  OUT: {
    read: text,
    doc: 'further outputs of k6, such as experimental-prometheus-rw or json=series.json.gz; comma-separated',
  } as Variable<string>,
  SHARDS: {
    read: wholeNumber(1, 64),
    doc: 'k6 processes that share the load under one verdict (default 1)',
  } as Variable<number>,
  SHARD: {
    read: wholeNumber(1, 64),
    doc: 'which of the SHARDS this process is',
    internal: true,
  } as Variable<number>,
  EPOCH: {
    read: wholeNumber(1, 1000),
    doc: "which of the plan's epochs to run",
    internal: true,
  } as Variable<number>,
  START_AT: {
    read: wholeNumber(0, Number.MAX_SAFE_INTEGER),
    doc: 'Unix ms at which the load begins, for processes that begin together',
    internal: true,
  } as Variable<number>,
  ENDPOINTS: {
    read: addresses,
    doc: "addresses of the target's endpoints by name, as JSON",
    internal: true,
  } as Variable<Record<string, string>>,
  ALONE: { read: flag, doc: '1: nobody else uses the target', internal: true } as Variable<boolean>,
  RUN: { read: named, doc: 'run id (default: made from the time)', internal: true } as Variable<string>,
  EVIDENCE: {
    read: text,
    doc: 'file that handleSummary writes the evidence to',
    internal: true,
  } as Variable<string>,
  RECORD: {
    read: flag,
    doc: '1 writes events to the console for the runner',
    internal: true,
  } as Variable<boolean>,
} satisfies Record<string, Variable<unknown>>

export type VariableName = keyof typeof table
export type Variables = { [Name in VariableName]?: ReturnType<(typeof table)[Name]['read']> } & {
  /** Variables of systems as they were given, by name; the plan's own system reads them. */
  settings?: Record<string, string>
}

export const variableNames = Object.keys(table) as VariableName[]
export const variableDoc = (name: VariableName): string => table[name].doc
export const isInternal = (name: VariableName): boolean =>
  (table[name] as Variable<unknown>).internal === true

/** Reads the variables of the kit that are set. @throws Error that names a variable whose value is malformed */
export const readVariables = (environment: Given): Variables =>
  readGiven<unknown>(table, environment) as Variables

export type Given = Readonly<Record<string, string | undefined>>

/**
 * Reads what is set of some variables, by their names; an empty value counts as not set, and all others are left alone.
 * @throws Error that names a variable whose value is malformed
 */
export function readGiven<T>(
  variables: Readonly<Record<string, { read: (text: string) => T }>>,
  given: Given,
): Record<string, T> {
  const values: Record<string, T> = {}
  for (const [name, { read }] of Object.entries(variables)) {
    const value = given[name]
    if (value === undefined || value === '') continue
    try {
      values[name] = read(value)
    } catch (error) {
      // What may be a password or a token in an address is not repeated.
      const shown = value.includes('@') || value.includes('?') ? '...' : value
      throw new Error(`${name}="${shown}": ${(error as Error).message}`)
    }
  }
  return values
}

/** Whether a system or a target file may call a variable of its own so, as far as letters go. */
export const isVariableName = (name: string): boolean => /^[A-Z][A-Z0-9_]*$/.test(name)
export const isOfKit = (name: string): boolean => Object.hasOwn(table, name)

/** The entry of a table by name, or an error that lists the valid names. */
export function choose<T>(kind: string, name: string, choices: Record<string, T>): T {
  const choice = Object.hasOwn(choices, name) ? choices[name] : undefined
  if (choice === undefined) {
    throw new Error(`unknown ${kind} "${name}"; valid: ${Object.keys(choices).join(', ')}`)
  }
  return choice
}
