// What a bundled testbed says of itself in place of a target file.
import type { ServiceSpec } from '../../keeper/service.ts'
import type { TestbedTarget } from '../testbed.ts'
import type { Isolation } from './isolation.ts'

/**
 * @param services those of the system, without proxies, that `isolation` has prepared
 * @param own what only this system knows; what is left out it does not have
 */
export const targetOf = (
  services: ServiceSpec[],
  isolation: Isolation,
  own: Pick<TestbedTarget, 'system' | 'baseUrl'> &
    Partial<Pick<TestbedTarget, 'credentials' | 'endpoints' | 'links' | 'databases' | 'chains'>>,
): TestbedTarget => ({
  name: 'testbed',
  alone: true,
  credentials: {},
  endpoints: {},
  links: {},
  databases: {},
  chains: {},
  selectors: {},
  services: services.map(({ name }) => ({ name, health: isolation.parts[name]!.health })),
  processes: isolation.parts,
  ...own,
})
