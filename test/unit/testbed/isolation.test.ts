// Control groups of a testbed's services: who is in one, and with which limits.
import { describe, expect, test } from 'vitest'
import type { ServiceSpec } from '../../../keeper/service.ts'
import { Isolation, noMeans, type DisturbedPart, type Means } from '../../../testbed/service/isolation.ts'

const means: Means = { ...noMeans, can: () => true }
const spec: ServiceSpec = { name: 'store', command: '/bin/true', args: [], env: {} }
const limits = { cores: 2, memoryBytes: 2 ** 20 }
const squeezed: DisturbedPart = { driver: 'resource', target: 'store', settings: { kind: 'memory' } }

async function groupOf(faults: DisturbedPart[], own: Means, held: Record<string, typeof limits>) {
  const isolation = new Isolation(faults, '/state', own, held)
  const { group } = await isolation.prepared(spec, 'http://127.0.0.1:1/health')
  return { group, isolations: isolation.specs, part: isolation.parts['store']!.cgroup }
}

describe('a service', () => {
  test('that nobody disturbs has no group, unless its limits hold always', async () => {
    expect(await groupOf([], means, {})).toEqual({ group: undefined, isolations: [], part: undefined })
    const { group, isolations, part } = await groupOf([], means, { store: limits })
    expect(isolations).toEqual([{ kind: 'group', name: group, ...limits }])
    expect(part).toBe(group)
  })

  test('that is short of memory has the limits that hold always, or those of a small container', async () => {
    const own = await groupOf([squeezed], means, { store: limits })
    expect(own.isolations).toEqual([{ kind: 'group', name: own.group, ...limits }])
    const usual = await groupOf([squeezed], means, { other: limits })
    expect(usual.isolations).toMatchObject([{ kind: 'group', cores: 1, memoryBytes: 2 ** 30 }])
  })

  test('has no group where the machine has none', async () => {
    expect((await groupOf([squeezed], noMeans, { store: limits })).isolations).toEqual([])
  })
})
