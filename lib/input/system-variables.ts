// The variables of every system, for the build, which writes them into the manifest.
import { systems } from '../../systems/index.ts'

/** By system and by name: what each does. */
export const systemVariables = (): Record<string, Record<string, string>> =>
  Object.fromEntries(
    Object.entries(systems).map(([name, { system }]) => [
      name,
      Object.fromEntries(
        Object.entries(system().system.variables ?? {}).map(([variable, { doc }]) => [variable, doc]),
      ),
    ]),
  )
