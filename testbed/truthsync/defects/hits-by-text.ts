// What is called a hit is made of the text, and not of what was asked before.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'contract.cache-word',
  onAnswer: (answer) => ({ ...answer, cache_hit: true }),
} satisfies Defect
