// What a register of systems has of each: its modules, evaluated when they are asked for.
import type { System } from '../plan/system.ts'
import type { Actors } from './actor.ts'
import type { SharedData } from './shared-data.ts'

export interface SystemModules {
  system: () => { system: System }
  actors: () => Actors
  /** Rows that its virtual users share; left out where they share none. */
  data?: () => { shared: SharedData }
}
