// One fault each, planted into a history that has none, and the one law that must find it.
import { keyFaults } from './planted-key-faults.ts'
import type { Fault } from './planted-key-faults.ts'
import { sumFaults } from './planted-sum-faults.ts'

export type { Fault }
export const faults: Fault[] = [...keyFaults, ...sumFaults]
