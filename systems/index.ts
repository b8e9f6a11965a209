// The systems under test, one entry for each. A module is evaluated only when it is asked for, because every virtual user
// evaluates what is required.
import type { Actors } from '../lib/drive/actor.ts'
import type { System } from '../lib/plan/system.ts'

interface SystemModules {
  system: () => { system: System }
  actors: () => Actors
}

export const systems: Record<string, SystemModules> = {
  cocoon: {
    system: () => require('./cocoon/system.ts') as typeof import('./cocoon/system.ts'),
    actors: () => require('./cocoon/actors.ts') as typeof import('./cocoon/actors.ts'),
  },
}
