// Whatever comes is accepted, and waits in a queue without an end.
import type { Defect } from '../defect.ts'

export default { criterion: 'load.degradation', unbounded: true } satisfies Defect
