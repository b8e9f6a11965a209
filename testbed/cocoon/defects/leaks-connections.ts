// A gateway opens a file now and then, and never closes it.
import { openSync } from 'node:fs'
import { devNull } from 'node:os'
import type { Defect } from '../defect.ts'

const submissionsPerFile = 60
const mostFiles = 1_000
let submissions = 0

export default {
  criterion: 'soak.resources',
  delayMs: (step) => {
    if (step !== 'submit') return 0
    submissions++
    if (submissions % submissionsPerFile === 0 && submissions / submissionsPerFile <= mostFiles)
      openSync(devNull, 'r')
    return 0
  },
} satisfies Defect
