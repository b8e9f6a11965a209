// A thread takes most of a core for nothing.
import type { Defect } from '../defect.ts'

export default { criterion: ['stress.cpu', 'watch.cpu'], spinShare: 0.9 } satisfies Defect
