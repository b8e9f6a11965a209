// What can be done to a process of the testbed's, with the keeper's hands: each fault bites, heals and leaves nothing. What
// this machine lacks the means for is refused by name.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { libfaketime, missing, programOnPath } from '../../faults/capabilities.ts'
import { drivers } from '../../faults/index.ts'
import type { ProcessPart } from '../../faults/parts.ts'
import type { KeeperClient } from '../../keeper/client.ts'
import type { ServiceSpec } from '../../keeper/service.ts'
import { Disturbable, noMeans, type Means } from '../../testbed/cocoon/disturbable.ts'
import { freePorts } from '../../testbed/ports.ts'
import { projectRoot } from '../assay.ts'
import { keepersHands, keepersPids, lived, specOf } from './fault-ground.ts'
import { prepareGround, type Ground } from './keeper-ground.ts'

/**
 * Answers with its pid, on every address. Keeps some memory; more than that is of a file, which the kernel can forget when
 * memory is short.
 */
const program = `
  import { writeFileSync } from 'node:fs'
  import { createServer } from 'node:http'
  globalThis.kept = Buffer.alloc(60 * 2 ** 20, 1)
  writeFileSync(process.env.FILE, Buffer.alloc(200 * 2 ** 20), { flush: true })
  createServer((_, response) => response.end(String(process.pid))).listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1')
`

let ground: Ground
let keeper: KeeperClient
beforeEach(async () => {
  ground = await prepareGround()
  const stress = programOnPath('stress-ng')
  keeper = await ground.start({ allow: [process.execPath, ...(stress === null ? [] : [stress])] })
})
afterEach(async () => {
  await keeper.end()
  await ground.remove()
})

const allMeans = (): Means => ({ toxiproxy: null, libfaketime: libfaketime(), can: () => true })

/** The service, prepared for one kind of fault as the testbed prepares its own. */
async function service(
  driver: string,
  settings: Record<string, string | number>,
  means = allMeans(),
): Promise<ProcessPart> {
  const disturbable = new Disturbable([{ driver, target: 'it', settings }], ground.root, means)
  const [port = 0] = await freePorts(1)
  const network = disturbable.network('it')
  const url = `http://${network?.inside ?? '127.0.0.1'}:${port}/`
  const spec: ServiceSpec = {
    name: 'it',
    command: process.execPath,
    args: [await ground.script('service', program)],
    env: { PORT: String(port), FILE: path.join(ground.root, 'file') },
    ready: { url },
  }
  const prepared = await disturbable.prepared(spec, await disturbable.way('it', url))
  for (const one of disturbable.grounds) await keeper.makeGround(one)
  for (const proxy of disturbable.proxies(path.join(projectRoot, 'dist/node/testbed/lossy-proxy/main.js')))
    await keeper.start(proxy)
  await keeper.start(prepared)
  return disturbable.parts['it']!
}

const cases: [driver: string, settings: Record<string, string | number>, during: RegExp][] = [
  ['process', { kind: 'kill' }, /no process, no answer|no answer/],
  ['process', { kind: 'stop' }, /stopped, no answer/],
  ['process', { kind: 'out-of-memory' }, /no process|pid \d+/],
  ['resource', { kind: 'cpu', workers: 3 }, /% throttled/],
  ['resource', { kind: 'memory', megabytes: 1200 }, /MiB, [1-9]\d* times short/],
  ['resource', { kind: 'files' }, /takes no connection/],
  ['clock', { kind: 'skew', offsetSeconds: 5 }, /^[45]\.\d s$/],
  ['clock', { kind: 'skew', offsetSeconds: -5 }, /^-[45]\.\d s$/],
  ['network', { kind: 'loss', share: 0.3 }, /of 12 slow or unanswered/],
]

/** Seen by waiting for what does not come: the fault has to last longer than a few such looks. */
const longLooks = new Set<unknown>(['files', 'loss'])

describe('a process', () => {
  test.for(cases)('%s %o', { timeout: 60_000 }, async ([driver, settings, during], { skip }) => {
    const why = missing(drivers[driver]!.kinds[String(settings['kind'])] ?? [])
    // Somebody's own machine may lack some of it; the one that decides may not.
    if (process.env['CI'] === undefined && why !== null) skip(why)
    expect(why).toBeNull()
    const part = await service(driver, settings)
    const before = await keepersPids(keeper)('it')
    const spec = specOf(driver, part, settings, longLooks.has(settings['kind']) ? { seconds: 8 } : {})
    const { verdict, said } = await lived(spec, keepersHands(keeper), { pidOf: keepersPids(keeper) })
    expect({ ...verdict, said }).toMatchObject({ bite: true, healed: true, residue: [], problem: null })
    expect(verdict.effect?.during).toMatch(during)
    const isNew = (await keepersPids(keeper)('it')) !== before
    expect(isNew).toBe(['kill', 'out-of-memory'].includes(String(settings['kind'])))
    await expect
      .poll(
        () =>
          fetch(part.health).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 5_000 },
      )
      .toBe(200)
  })

  test('loses packets by a proxy where the kernel cannot be told to', { timeout: 60_000 }, async () => {
    const part = await service('network', { kind: 'loss', share: 0.3 }, noMeans)
    expect(part.network).toBeUndefined()
    const spec = specOf('network', part, { kind: 'loss', share: 0.3 }, { seconds: 8 })
    const { verdict, said } = await lived(spec, keepersHands(keeper))
    expect({ ...verdict, said }).toMatchObject({ bite: true, healed: true, residue: [], problem: null })
    expect(verdict.effect).toMatchObject({
      what: expect.stringContaining('held back by a proxy'),
      before: '0 of 12 slow or unanswered',
      after: '0 of 12 slow or unanswered',
    })
  })

  test('with a disk of its own, which fills up', { timeout: 60_000 }, async ({ skip }) => {
    if (process.env['CI'] === undefined && process.getuid?.() !== 0) skip('only root may mount a disk')
    const folder = path.join(ground.root, 'disk')
    await keeper.makeGround({ kind: 'disk', folder, bytes: 8 * 2 ** 20 })
    const part = { service: 'it', health: 'http://127.0.0.1:9/', disk: folder }
    const spec = specOf('resource', part, { kind: 'disk' })
    const { verdict } = await lived(spec, keepersHands(keeper), {
      meanwhile: async () => {
        await expect(writeFile(path.join(folder, 'more'), Buffer.alloc(100_000))).rejects.toThrow('ENOSPC')
      },
    })
    expect(verdict).toMatchObject({ bite: true, healed: true, residue: [] })
    expect(verdict.effect).toMatchObject({ before: '8 MiB free', during: '0 MiB free', after: '8 MiB free' })
    await keeper.end()
    expect(await readFile('/proc/mounts', 'utf8')).not.toContain(folder)
  })

  test('is disturbed by one fault at a time, and by none that its target file gives no means for', async () => {
    const part = await service('process', { kind: 'stop' })
    const request = (id: string, driver: string, settings: Record<string, string | number>) =>
      keeper.inject({
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
    await keeper.clear('first')
    await keeper.clear('first')
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
})
