// A testbed whose services leave nothing behind: no database, no folder, no secret.
import type { ServiceSpec } from '../../keeper/service.ts'
import type { PreparedTestbed } from '../testbed.ts'
import type { Isolation } from './isolation.ts'
import { targetOf } from './target.ts'

/** @param services as targetOf() takes them, and `own` and `cores`, too */
export const stateless = (
  services: ServiceSpec[],
  isolation: Isolation,
  own: Parameters<typeof targetOf>[2],
  cores?: Parameters<typeof targetOf>[3],
): PreparedTestbed => ({
  services,
  target: targetOf(services, isolation, own, cores),
  secrets: {},
  folders: [],
  dispose: async () => {},
  faultSecrets: {},
  isolations: isolation.specs,
  whenReady: {},
})
