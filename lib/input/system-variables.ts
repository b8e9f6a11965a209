// The variables of every system, for the build, which writes them into the manifest.
import { systems } from '../../systems/index.ts'
import type { VariableDocs } from './settings.ts'

export const systemVariables = (): VariableDocs =>
  Object.fromEntries(
    Object.entries(systems).map(([name, { system }]) => [
      name,
      Object.fromEntries(
        Object.entries(system().system.variables ?? {}).map(([variable, { doc }]) => [variable, doc]),
      ),
    ]),
  )
