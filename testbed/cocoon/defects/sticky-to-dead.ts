// The balancer goes on sending requests to a gateway that is gone.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'fault.failover',
  under: 'cocoon/F2',
  sendsToTheDead: true,
} satisfies Defect
