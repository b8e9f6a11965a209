// A run of which the runner knows nothing but what k6 wrote and told: tests bring what they are about.
import type { Brought } from '../../../scripts/evidence/evidence.ts'

export const nothingBrought: Brought = {
  samples: [],
  machine: [],
  cores: {},
  unjudged: null,
  names: ['k6'],
  findings: {},
  joined: {},
  faults: [],
}
