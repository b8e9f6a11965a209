// Every text is answered the same.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'contract.ground-truth',
  onAnswer: (answer) => ({ ...answer, claims: ['Simulated claim'], confidence: 0.92 }),
} satisfies Defect
