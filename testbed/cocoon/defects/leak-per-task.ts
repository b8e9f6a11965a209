// A gateway keeps a little memory for every task, for ever.
import type { Defect } from '../defect.ts'

const bytesPerTask = 20_000
const kept: Buffer[] = []

export default {
  criterion: 'soak.memory',
  delayMs: (step) => {
    // Filled, so that the memory is really taken.
    if (step === 'submit') kept.push(Buffer.alloc(bytesPerTask, 1))
    return 0
  },
} satisfies Defect
