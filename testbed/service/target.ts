// What a bundled testbed says of itself in place of a target file.
import type { ServiceSpec } from '../../keeper/service.ts'
import type { TestbedTarget } from '../testbed.ts'
import type { Isolation } from './isolation.ts'

/**
 * @param services those of the system, without proxies, that `isolation` has prepared
 * @param own what only this system knows; what is left out it does not have
 * @param cores by service: how many processors it may use, where that is not all of the machine
 * @throws Error where one of these is no service
 */
export function targetOf(
  services: ServiceSpec[],
  isolation: Isolation,
  own: Pick<TestbedTarget, 'system' | 'baseUrl'> &
    Partial<Pick<TestbedTarget, 'credentials' | 'endpoints' | 'links' | 'databases' | 'chains'>>,
  cores: Readonly<Record<string, number>> = {},
): TestbedTarget {
  const unknown = Object.keys(cores).find((name) => !services.some((service) => service.name === name))
  if (unknown !== undefined)
    throw new Error(
      `cores of the unknown service "${unknown}"; valid: ${services.map(({ name }) => name).join(', ')}`,
    )
  return {
    name: 'testbed',
    alone: true,
    credentials: {},
    endpoints: {},
    links: {},
    databases: {},
    chains: {},
    selectors: {},
    services: services.map(({ name }) => ({
      name,
      health: isolation.parts[name]!.health,
      ...(cores[name] === undefined ? {} : { cores: cores[name] }),
    })),
    processes: isolation.parts,
    ...own,
  }
}
