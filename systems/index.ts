// The systems under test. Each is required only when chosen, because every virtual user evaluates what is required.
import type { SystemCases } from '../lib/system.ts'
import type { Actors } from '../lib/actor.ts'

interface SystemModules {
  cases: () => { cases: SystemCases }
  actors: () => { actors: Actors }
}

export const systems: Record<string, SystemModules> = {
  cocoon: {
    cases: () => require('./cocoon/cases.ts') as typeof import('./cocoon/cases.ts'),
    actors: () => require('./cocoon/actors.ts') as typeof import('./cocoon/actors.ts'),
  },
}
