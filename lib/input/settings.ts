// Variables of one system, such as the size of a cache: the system declares them, and they are given as NAME=value like those of
// the kit. They reach its plan, its actors and its testbed.
import { isOfKit, isVariableName, readGiven, type Given } from './variables.ts'

export interface SystemVariable {
  /** What it does, for the help. */
  doc: string
  /** The value as it is used. @throws Error that says what was expected */
  read: (text: string) => string
  /** The value is the address of the target's endpoint of this name, whatever a target file says. */
  endpoint?: string
}
export type SystemVariables = Readonly<Record<string, SystemVariable>>

/** Values by the variable's name. Never a secret: those are credentials. */
export type Settings = Record<string, string>

/** By system, and by the name of each of its variables: what it does. */
export type VariableDocs = Record<string, Record<string, string>>

/** The variables of the system that are given, read. @throws Error that names one that is malformed, or must not be called so */
export function settingsOf(variables: SystemVariables, given: Given): Settings {
  const wrong = Object.keys(variables).find((name) => !isVariableName(name) || isOfKit(name))
  if (wrong !== undefined)
    throw new Error(
      `a system cannot have the variable ${wrong}: it is written in capital letters, and none of the kit has its name`,
    )
  return readGiven(variables, given)
}

/** The addresses among the settings, by the endpoint of the target that each is. */
export function endpointsIn(variables: SystemVariables, settings: Settings): Record<string, string> {
  const own = Object.entries(settings).map(([name, address]) => [variables[name]?.endpoint, address] as const)
  return Object.fromEntries(own.filter(([endpoint]) => endpoint !== undefined)) as Record<string, string>
}
