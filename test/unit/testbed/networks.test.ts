// Networks of services: no two of a run have the same name or address, nor one that another run has.
import { beforeEach, expect, test, vi } from 'vitest'
import { Isolation, noMeans } from '../../../testbed/service/isolation.ts'
import { Value } from 'typebox/value'
import { IsolationSpec } from '../../../keeper/requests.ts'

const { inUse } = vi.hoisted(() => ({ inUse: [] as string[] }))
vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  networkInterfaces: () => ({ other: inUse.map((address) => ({ address })) }),
}))
beforeEach(() => void inUse.splice(0))

const inNetworks = (services: string[]) =>
  new Isolation(
    services.map((target) => ({ target, isolation: 'network' })),
    '/state',
    noMeans,
  )

test('services whose names end alike have networks of their own, for as many as there are', () => {
  const services = ['hive-11', 'worker-11', ...Array.from({ length: 300 }, (_, index) => `node-${index}`)]
  const isolation = inNetworks(services)
  const networks = services.map((service) => isolation.network(service)!)
  for (const key of ['name', 'outside', 'inside'] as const)
    expect(new Set(networks.map((network) => network[key])).size).toBe(services.length)
  expect(new Set(networks.flatMap(({ outside, inside }) => [outside, inside])).size).toBe(2 * services.length)
  for (const network of networks)
    expect([network, Value.Check(IsolationSpec, network)]).toEqual([network, true])
  expect(isolation.network('hive-11')).toBe(networks[0])
})

test('the addresses of another run are left to it', () => {
  const isolation = inNetworks(['one', 'two', 'three'])
  const { outside } = isolation.network('one')!
  const [, , third, fourth] = outside.split('.').map(Number) as [number, number, number, number]
  // The one that would come next.
  const block = (third * 64 + (fourth - 1) / 4 + 1) % 2 ** 14
  const taken = `10.213.${block >> 6}.${4 * (block & 63) + 1}`
  inUse.push(taken)
  expect(isolation.network('two')!.outside).not.toBe(taken)
  inUse.splice(0)
  expect(isolation.network('three')!.outside).not.toBe(taken)
})

test('a name too long for an interface is refused, not cut', () => {
  const network = { kind: 'network', outside: '10.213.0.1', inside: '10.213.0.2' }
  expect(Value.Check(IsolationSpec, { ...network, name: 'assay-0123456789abc' })).toBe(true)
  expect(Value.Check(IsolationSpec, { ...network, name: 'assay-0123456789abcd' })).toBe(false)
})
