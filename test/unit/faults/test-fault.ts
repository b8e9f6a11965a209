// Faults for tests: one of no driver, on nothing, for a moment; and one on a link.
import type { FaultSpec } from '../../../faults/fault.ts'

export const spec: FaultSpec = {
  id: 'test it',
  driver: 'test',
  target: 'it',
  part: {},
  settings: { kind: 'test' },
  seconds: 0.05,
}

/** A fault on a link that is reached, and disturbed, at one address. */
export const latencyAt = (control: string, target: string) => ({
  id: `latency ${target}`,
  driver: 'toxiproxy',
  target,
  part: { control, proxy: target, through: control, around: control },
  settings: { kind: 'latency', latencyMs: 100, jitterMs: 0 },
  own: false,
})
