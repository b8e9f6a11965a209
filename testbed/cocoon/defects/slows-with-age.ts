// Every result makes later submissions and results cost a little more processor time.
import type { Defect } from '../defect.ts'

const resultsPerMs = 4_000
const mostMs = 6
let results = 0

export default {
  criterion: ['soak.cpu', 'soak.drift'],
  delayMs: (step) => {
    if (step === 'result') results++
    if (step !== 'result' && step !== 'submit') return 0
    const until = performance.now() + Math.min(mostMs, results / resultsPerMs)
    while (performance.now() < until);
    return 0
  },
} satisfies Defect
