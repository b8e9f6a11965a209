// Waits among the oracles: what a target says of queue and allocation, held against what actors saw.
import type { OracleDefinition } from '../oracle.ts'
import { laws, WaitsCheck, type Law } from './check.ts'
import type { WaitEntry } from './history.ts'

export const waits: OracleDefinition<WaitEntry, never> = {
  laws,
  begin: () => ({
    addState: () => {},
    check: () => {
      const check = new WaitsCheck()
      return {
        add: (entry) => check.add(entry),
        findings: () => {
          if (check.isEmpty) return null
          check.conclude()
          const counted = Object.entries(check.laws) as [Law, { checks: number; violations: number }][]
          return {
            title: 'Waits',
            laws: Object.fromEntries(counted.map(([law, counts]) => [law, { says: laws[law], ...counts }])),
            violations: check.violations,
            unresolved: 0,
            undecided: [],
            figures: [],
          }
        },
        joined: () => check.samples,
      }
    },
  }),
}
