// The end of a fault comes long after it was asked for.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'fault.heal',
  under: 'cocoon/F6',
  faultLayer: { clearsLateMs: 25_000 },
} satisfies Defect
