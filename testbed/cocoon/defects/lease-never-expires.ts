// A task that a worker took is that worker's for ever, whatever became of the worker.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'fault.worker-recovery',
  under: 'cocoon/F1',
  keepsLeases: true,
} satisfies Defect
