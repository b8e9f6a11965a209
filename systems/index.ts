// The systems under test, one entry for each. A module is evaluated only when it is asked for, because every virtual user
// evaluates what is required.
import type { Actors } from '../lib/drive/actor.ts'
import type { SharedData } from '../lib/drive/shared-data.ts'
import type { System } from '../lib/plan/system.ts'

interface SystemModules {
  system: () => { system: System }
  actors: () => Actors
  /** Rows that its virtual users share; left out where they share none. */
  data?: () => { shared: SharedData }
}

export const systems: Record<string, SystemModules> = {
  cocoon: {
    system: () => require('./cocoon/system.ts') as typeof import('./cocoon/system.ts'),
    actors: () => require('./cocoon/actors.ts') as typeof import('./cocoon/actors.ts'),
  },
  truthsync: {
    system: () => require('./truthsync/system.ts') as typeof import('./truthsync/system.ts'),
    actors: () => require('./truthsync/actors.ts') as typeof import('./truthsync/actors.ts'),
    data: () => require('./truthsync/shared-data.ts') as typeof import('./truthsync/shared-data.ts'),
  },
}
