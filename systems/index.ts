// The systems under test, one entry for each. A module is evaluated only when it is asked for, because every virtual user
// evaluates what is required.
import type { SystemModules } from '../lib/drive/system-modules.ts'

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
