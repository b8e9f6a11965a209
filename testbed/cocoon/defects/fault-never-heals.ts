// A fault is said to have been ended, and goes on.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'fault.heal',
  under: 'cocoon/F6',
  faultLayer: { clearsLateMs: Infinity },
} satisfies Defect
