// Something is kept of every text, for ever.
import type { Defect } from '../defect.ts'

export default { criterion: ['stress.memory', 'endurance.memory'], keepsBytes: 1024 } satisfies Defect
