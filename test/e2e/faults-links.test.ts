// Every kind of fault that Toxiproxy can do to a link, with Toxiproxy itself: each bites, heals, and leaves nothing.
import { spawn, type ChildProcess } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { FaultSpec } from '../../faults/fault.ts'
import { drivers } from '../../faults/drivers/index.ts'
import { actionsOf } from '../../keeper/actions.ts'
import { ensureBinary } from '../../scripts/build/binaries.ts'
import { Links } from '../../testbed/service/links.ts'
import { lived, ownActions, specOf } from './fault-setup.ts'

let upstream: Server
let toxiproxy: ChildProcess
let part: object

beforeAll(async () => {
  upstream = createServer((_request, response) => void response.end('x'.repeat(4000)))
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  const links = await Links.of(new Set(['it']))
  await links.routeTo('it', `http://127.0.0.1:${port}`, { look: '/look' })
  const service = links.service(await ensureBinary('toxiproxy'))!
  toxiproxy = spawn(service.command, service.args, { stdio: 'ignore' })
  const { url } = service.ready as { url: string }
  await vi.waitUntil(
    () =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ),
    { timeout: 10_000 },
  )
  await links.open()
  part = links.parts['it']!
}, 300_000)

afterAll(async () => {
  toxiproxy.kill('SIGKILL')
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
})

describe('a link', () => {
  test.each([
    [{ kind: 'latency', latencyMs: 200, jitterMs: 100 }, / ms, \d+ bytes/],
    [{ kind: 'bandwidth', kilobytesPerSecond: 20 }, / ms, \d+ bytes/],
    [{ kind: 'slow-close', delayMs: 300 }, / ms, \d+ bytes/],
    [{ kind: 'reset', afterMs: 0 }, /refused or cut off|reset/],
    [{ kind: 'partition' }, /no answer/],
    [{ kind: 'limit', bytes: 100 }, /ms, 100 bytes/],
    [{ kind: 'refused' }, /refused or cut off/],
  ])(
    '%o',
    async (settings, during) => {
      const { verdict } = await lived(specOf('toxiproxy', part, settings as never), ownActions('toxiproxy'))
      expect(verdict).toMatchObject({ bite: true, healed: true, residue: [], problem: null })
      expect(verdict.effect?.during).toMatch(during)
      expect(verdict.effect?.after).toMatch(/ms, 4\d\d\d bytes/)
    },
    30_000,
  )

  test('that somebody else disturbs already is left alone', async () => {
    const { control, proxy } = part as { control: string; proxy: string }
    const toxic = { name: 'theirs', type: 'latency', stream: 'downstream', attributes: { latency: 1 } }
    await fetch(`${control}/proxies/${proxy}/toxics`, { method: 'POST', body: JSON.stringify(toxic) })
    const settings = { kind: 'latency', latencyMs: 100, jitterMs: 0 }
    const { verdict } = await lived(specOf('toxiproxy', part, settings), ownActions('toxiproxy'))
    expect(verdict).toMatchObject({
      bite: false,
      problem: expect.stringContaining('has toxics already: theirs'),
    })
    const left = (await (await fetch(`${control}/proxies/${proxy}/toxics`)).json()) as { name: string }[]
    expect(left.map(({ name }) => name)).toEqual(['theirs'])
    await fetch(`${control}/proxies/${proxy}/toxics/theirs`, { method: 'DELETE' })
  }, 30_000)

  test('without its proxy cannot be disturbed', async () => {
    const wrong = { ...part, proxy: 'no-such' }
    const { verdict } = await lived(
      specOf('toxiproxy', wrong, { kind: 'partition' }),
      ownActions('toxiproxy'),
    )
    // Nothing was done, so nothing has to heal.
    expect(verdict).toMatchObject({ bite: false, healed: true, residue: [] })
    expect(verdict.problem).toContain('has no proxy called no-such')
  }, 30_000)

  /** Two runs that both saw an undisturbed link, and now inject one after the other. */
  const bothRemembered = async (first: FaultSpec['settings'], second: FaultSpec['settings']) => {
    const driver = drivers['toxiproxy']!
    const actions = actionsOf({}, null)
    const remembered = async (settings: FaultSpec['settings']): Promise<FaultSpec> => {
      const spec = specOf('toxiproxy', part, settings)
      return { ...spec, before: await driver.remember!(spec, actions) }
    }
    const [winner, loser] = [await remembered(first), await remembered(second)]
    const { control, proxy } = part as { control: string; proxy: string }
    const state = async () => {
      const { enabled, toxics } = (await (await fetch(`${control}/proxies/${proxy}`)).json()) as {
        enabled: boolean
        toxics: { name: string }[]
      }
      return { enabled, names: toxics.map(({ name }) => name).sort() }
    }
    return { driver, actions, winner, loser, state }
  }
  const latency = { kind: 'latency', latencyMs: 100, jitterMs: 0 }

  test.each([
    ['latency', latency, latency],
    ['partition beside latency', { kind: 'partition' }, latency],
    ['refused', { kind: 'refused' }, { kind: 'refused' }],
    ['refused beside latency', { kind: 'refused' }, latency],
    ['latency beside refused', latency, { kind: 'refused' }],
  ])(
    'that two runs disturb at the same moment keeps the fault of the first alone: %s',
    async (_, first, second) => {
      const { driver, actions, winner, loser, state } = await bothRemembered(first, second)
      await driver.inject(winner, actions)
      const disturbed = await state()
      expect(disturbed.names.length).toBeGreaterThan(0)
      await expect(driver.inject(loser, actions)).rejects.toThrow(
        /^the link it has toxics of another run now: assay-/,
      )
      await driver.clear(loser, actions)
      expect(await driver.residue(loser, actions)).toEqual([])
      expect(await state()).toEqual(disturbed)
      expect(disturbed.enabled).toBe(first.kind !== 'refused')
      expect(await driver.residue(winner, actions)).not.toEqual([])
      // By what a journal holds, whoever reads it.
      await driver.clear(JSON.parse(JSON.stringify(winner)) as FaultSpec, actions)
      expect(await driver.residue(winner, actions)).toEqual([])
      expect(await state()).toEqual({ enabled: true, names: [] })
    },
    30_000,
  )

  test('that somebody else switched off is not switched on again', async () => {
    const { driver, actions, winner, loser, state } = await bothRemembered({ kind: 'refused' }, latency)
    const { control, proxy } = part as { control: string; proxy: string }
    await fetch(`${control}/proxies/${proxy}`, { method: 'POST', body: '{"enabled":false}' })
    for (const spec of [winner, loser]) {
      await expect(driver.inject(spec, actions)).rejects.toThrow('is switched off already')
      await driver.clear(spec, actions)
    }
    expect(await state()).toEqual({ enabled: false, names: [] })
    await fetch(`${control}/proxies/${proxy}`, { method: 'POST', body: '{"enabled":true}' })
  }, 30_000)
})
