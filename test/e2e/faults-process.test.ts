// What can be done to a process of the testbed's, with the keeper's actions: each fault bites, heals and leaves nothing. What
// this machine lacks the means for is refused by name. The faults that have to last, or need free cores, are in
// faults-process.long.test.ts.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { missing } from '../../faults/capabilities.ts'
import { groupFolders, makeGroup, removeGroup } from '../../faults/control-groups.ts'
import { drivers } from '../../faults/drivers/index.ts'
import { actionsOf } from '../../keeper/actions.ts'
import { keepersActions, lived, specOf } from './fault-setup.ts'
import { expectLife, service, startSetup } from './process-faults.ts'

let on: Awaited<ReturnType<typeof startSetup>>
beforeEach(async () => {
  on = await startSetup()
})
afterEach(async () => {
  await on.keeper.end()
  await on.setup.remove()
})

const cases: [driver: string, settings: Record<string, string | number>, during: RegExp][] = [
  ['process', { kind: 'kill' }, /no process, no answer|no answer/],
  ['process', { kind: 'stop' }, /stopped, no answer/],
  ['process', { kind: 'out-of-memory' }, /no process|pid \d+/],
  ['resource', { kind: 'memory', megabytes: 1200 }, /MiB, [1-9]\d* times short/],
]

describe('a process', () => {
  test.for(cases)('%s %o', { timeout: 60_000 }, ([driver, settings, during], { skip }) =>
    expectLife(on, driver, settings, during, skip),
  )

  test('with a disk of its own, which fills up', { timeout: 60_000 }, async ({ skip }) => {
    if (process.env['CI'] === undefined && process.getuid?.() !== 0) skip('only root may mount a disk')
    const folder = path.join(on.keeper.stateDir, 'disk')
    await on.keeper.makeIsolation({ kind: 'disk', folder, bytes: 8 * 2 ** 20 })
    const part = { service: 'it', health: 'http://127.0.0.1:9/', disk: folder }
    const spec = specOf('resource', part, { kind: 'disk' })
    const { verdict } = await lived(spec, keepersActions(on.keeper), {
      meanwhile: async () => {
        await expect(writeFile(path.join(folder, 'more'), Buffer.alloc(100_000))).rejects.toThrow('ENOSPC')
      },
    })
    expect(verdict).toMatchObject({ bite: true, healed: true, residue: [] })
    expect(verdict.effect).toMatchObject({ before: '8 MiB free', during: '0 MiB free', after: '8 MiB free' })
    await on.keeper.end()
    expect(await readFile('/proc/mounts', 'utf8')).not.toContain(folder)
  })

  test('is disturbed by one fault at a time, and by none that its target file gives no means for', async () => {
    const part = await service(on, 'process', { kind: 'stop' })
    const request = (id: string, driver: string, settings: Record<string, string | number>) =>
      on.keeper.inject({
        id,
        driver,
        target: 'it',
        part: { ...part },
        settings,
        seconds: 30,
        own: true,
        secrets: {},
      })
    await request('first', 'process', { kind: 'stop' })
    await expect(request('second', 'process', { kind: 'kill' })).rejects.toMatchObject({
      code: 'target_in_use',
      message: 'second is not injected: it is disturbed by "first" already; inject them one after the other',
    })
    await on.keeper.clear('first')
    await on.keeper.clear('first')
    await expect(request('third', 'resource', { kind: 'cpu', workers: 1 })).rejects.toThrow(
      'the target file names no cgroup of it, which cpu pressure needs',
    )
    await expect(request('fourth', 'process', { kind: 'melt' })).rejects.toThrow(
      'the fault "fourth" is of the unknown kind "melt"; valid: kill, stop, out-of-memory',
    )
    await expect(request('fifth', 'magic', { kind: 'kill' })).rejects.toThrow(
      'there is no fault driver "magic"; valid: chain, clock,',
    )
    await expect(request('sixth', 'clock', { kind: 'skew' })).rejects.toThrow(
      'needs the number offsetSeconds',
    )
  }, 60_000)

  test('whose packets another run loses keeps those rules, and gets no further ones', async ({ skip }) => {
    const network = drivers['network']!
    const lack = missing(network.kinds['loss']!)
    if (process.env['CI'] === undefined && lack !== null) skip(lack)
    const name = `assay-o${process.pid}`
    await on.keeper.makeIsolation({ kind: 'network', name, outside: '10.213.250.5', inside: '10.213.250.6' })
    const spec = specOf(
      'network',
      { health: 'http://127.0.0.1:9/', network: name },
      { kind: 'loss', share: 0.3 },
    )
    const actions = actionsOf({}, null)
    const first = { ...spec, before: await network.remember!(spec, actions) }
    const second = { ...spec, before: await network.remember!(spec, actions) }
    await network.inject(first, actions)
    await expect(network.remember!(spec, actions)).rejects.toThrow('packets of it are lost already')
    await network.clear(second, actions)
    expect([await network.residue(first, actions), await network.residue(second, actions)]).toEqual([
      ['2 iptables rules in the network of it'],
      [],
    ])
    await network.clear(first, actions)
    expect(await network.residue(first, actions)).toEqual([])
  })
})

test("a disk, a group and a network that are there already are somebody else's: not made again, not removed", async ({
  skip,
}) => {
  const lack = missing(['linux', 'root', 'ip', 'network namespaces', 'control groups'])
  if (process.env['CI'] === undefined && lack !== null) skip(lack)
  const folder = path.join(on.keeper.stateDir, 'disk')
  const group = `assay/there/t${process.pid}`
  const name = `assay-t${process.pid}`
  const networks = (): string => execFileSync('ip', ['netns', 'list']).toString()
  await mkdir(folder)
  await makeGroup(group, {})
  execFileSync('ip', ['netns', 'add', name])
  try {
    for (const setup of [
      { kind: 'disk', folder, bytes: 2 ** 20 },
      { kind: 'group', name: group },
      { kind: 'network', name, outside: '10.213.250.9', inside: '10.213.250.10' },
    ] as const)
      await expect(on.keeper.makeIsolation(setup)).rejects.toMatchObject({ code: 'name_in_use' })
    await on.keeper.end()
    expect(groupFolders(group).map((one) => existsSync(one))).not.toContain(false)
    expect(networks()).toContain(name)
  } finally {
    await removeGroup(group)
    execFileSync('ip', ['netns', 'delete', name])
  }
})
