// What services of a testbed are isolated by: what the drivers of a plan's faults say that they need, and limits.
import { describe, expect, test } from 'vitest'
import { drivers } from '../../../faults/drivers/index.ts'
import type { Driver } from '../../../faults/fault.ts'
import type { ServiceSpec } from '../../../keeper/service.ts'
import { disturbedParts } from '../../../scripts/run/testbed.ts'
import { Isolation, noMeans, type DisturbedPart, type Means } from '../../../testbed/service/isolation.ts'
import { Links } from '../../../testbed/service/links.ts'
import { targetOf } from '../../../testbed/service/target.ts'

const means: Means = { ...noMeans, groups: true }
const spec: ServiceSpec = { name: 'store', command: '/bin/true', args: [], env: {} }
const limits = { cores: 2, memoryBytes: 2 ** 20 }
const squeezed: DisturbedPart = { target: 'store', isolation: 'group' }

async function groupOf(disturbed: DisturbedPart[], own: Means, held: Record<string, typeof limits>) {
  const isolation = new Isolation(disturbed, '/state', own, held)
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

  test('has no limits where the machine has no groups', async () => {
    expect((await groupOf([], noMeans, { store: limits })).isolations).toEqual([])
  })
})

test('a testbed says of its services how many processors they may use, and of no others', async () => {
  const isolation = new Isolation([], '/state', noMeans, {})
  await isolation.prepared(spec, 'http://127.0.0.1:1/health')
  const own = { system: 'shop', baseUrl: 'http://127.0.0.1:1' }
  expect(targetOf([spec], isolation, own, { store: 1 }).services).toMatchObject([{ name: 'store', cores: 1 }])
  expect(targetOf([spec], isolation, own).services[0]).not.toHaveProperty('cores')
  expect(() => targetOf([spec], isolation, own, { stoer: 1 })).toThrow(
    'cores of the unknown service "stoer"; valid: store',
  )
})

const fault = (driver: string, kind: string) => ({ driver, target: 'store', settings: { kind } })
/** No driver of the project's: what it can do here takes nothing of the machine. */
const made = (own: Partial<Driver>): Record<string, Driver> => ({
  heater: { ...drivers['process']!, kinds: { hot: [], cold: [] }, ...own },
})

describe('a driver', () => {
  test('says by itself what a part needs, for each kind of fault', async () => {
    const known = made({ isolation: (kind) => (kind === 'hot' ? 'group' : null) })
    expect(disturbedParts([fault('heater', 'cold')], false, known)).toEqual([])
    const disturbed = disturbedParts([fault('heater', 'hot')], false, known)
    expect((await groupOf(disturbed, means, {})).group).toMatch(/^assay\/[0-9a-f]+\/store$/)
  })

  test('of links has those go through Toxiproxy, where there is one', async () => {
    const known = made({ isolation: () => 'link' })
    const through = async (hasToxiproxy: boolean): Promise<string[]> => {
      const disturbed = disturbedParts([fault('heater', 'hot')], hasToxiproxy, known)
      const links = await Links.of(new Isolation(disturbed, '/state', means).targetsOf('link'))
      await links.routeTo('store', 'http://127.0.0.1:1')
      return Object.keys(links.parts)
    }
    expect(await through(true)).toEqual(['store'])
    expect(await through(false)).toEqual([])
  })

  test('has its other way where the first needs what is not there', async () => {
    const known = made({
      isolation: () => 'network',
      otherwise: { what: 'by a proxy', isolation: 'lossy-links', for: () => true },
    })
    const own = async (hasToxiproxy: boolean) => {
      const disturbed = disturbedParts([fault('heater', 'hot')], hasToxiproxy, known)
      const isolation = new Isolation(disturbed, '/state', means)
      const address = await isolation.routeTo('store', 'http://127.0.0.1:1')
      await isolation.prepared(spec, address)
      return { ...isolation.parts['store'], isChanged: address !== 'http://127.0.0.1:1' }
    }
    expect(await own(true)).toMatchObject({ network: expect.stringMatching(/^assay-/), isChanged: false })
    const other = await own(false)
    expect(other).toMatchObject({ segments: expect.stringMatching(/\/loss$/), isChanged: true })
    expect(other.network).toBeUndefined()
  })

  test('leaves a part as it is that it cannot disturb, and so do actors that disturb by themselves', () => {
    const known = made({ isolation: () => 'network' })
    expect(disturbedParts([fault('heater', 'hot'), fault('vanish', 'crash')], false, known)).toEqual([])
  })

  test.each([
    ['toxiproxy', 'latency', 'link'],
    ['network', 'loss', 'network'],
    ['process', 'kill', null],
    ['process', 'stop', null],
    ['process', 'out-of-memory', 'group'],
    ['resource', 'cpu', 'group'],
    ['resource', 'memory', 'group'],
    ['resource', 'disk', null],
    ['resource', 'files', null],
    ['clock', 'skew', 'clock'],
    ['database', 'slow', null],
    ['chain', 'stalled', null],
    ['pods', 'kill', null],
  ])('%s needs for %s: %s', (name, kind, isolation) =>
    expect(drivers[name]!.isolation?.(kind) ?? null).toBe(isolation),
  )
})
