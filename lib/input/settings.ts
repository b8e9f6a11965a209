// Variables of one system, such as the size of a cache: the system declares them, and they are given as NAME=value like those of
// the kit. They reach its plan, its actors and its testbed.
import { variableNames } from './variables.ts'

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

/** Each variable of the system that is given, read; the rest is somebody else's. @throws Error that names the variable */
export function settingsOf(
  variables: SystemVariables,
  given: Readonly<Record<string, string | undefined>>,
): Settings {
  const settings: Settings = {}
  for (const [name, { read }] of Object.entries(variables)) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name) || (variableNames as string[]).includes(name))
      throw new Error(`a system cannot have the variable ${name}: ${nameRule}`)
    const text = given[name]
    if (text === undefined || text === '') continue
    try {
      settings[name] = read(text)
    } catch (error) {
      throw new Error(`${name}="${text}": ${(error as Error).message}`)
    }
  }
  return settings
}

const nameRule = 'it is written in capital letters, and none of the kit has its name'

/** The addresses among the settings, by the endpoint of the target that each is. */
export function endpointsIn(variables: SystemVariables, settings: Settings): Record<string, string> {
  const own = Object.entries(settings).map(([name, address]) => [variables[name]?.endpoint, address] as const)
  return Object.fromEntries(own.filter(([endpoint]) => endpoint !== undefined)) as Record<string, string>
}
