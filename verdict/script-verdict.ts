// What verdict.json says of a script of anybody's, which has no plan, no phases and no run folder.
import type { Verdict } from './verdict.ts'

export const ofScript: Omit<Verdict, 'started' | 'seconds' | 'verdict' | 'line' | 'reasons' | 'criteria'> = {
  schema: 2,
  run: '',
  scenario: 'script',
  system: '',
  case: 'script',
  profile: '',
  partial: false,
  seed: 0,
  unit: '',
  target: '',
  faults: [],
  generator: { offered: 0, delivered: 0, dropped: 0, lag_ms: null, cpu: null },
  not_claimed: [],
  phases: [],
  steps: [],
  leftovers: [],
  repeat: '',
}
