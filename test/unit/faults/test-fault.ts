// A fault of no driver, on nothing, for a moment.
import type { FaultSpec } from '../../../faults/fault.ts'

export const spec: FaultSpec = {
  id: 'test it',
  driver: 'test',
  target: 'it',
  part: {},
  settings: { kind: 'test' },
  seconds: 0.05,
}
