// Every kind of fault that Toxiproxy can do to a link, with Toxiproxy itself: each bites, heals, and leaves nothing.
import { spawn, type ChildProcess } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { FaultSpec } from '../../faults/fault.ts'
import { toxiproxy as toxiproxyDriver } from '../../faults/toxiproxy.ts'
import { handsOf } from '../../keeper/hands.ts'
import { ensureBinary } from '../../scripts/binaries.ts'
import { Links } from '../../testbed/links.ts'
import { lived, ownHands, specOf } from './fault-ground.ts'

let upstream: Server
let toxiproxy: ChildProcess
let part: object
const hands = handsOf({}, null)

beforeAll(async () => {
  upstream = createServer((_request, response) => void response.end('x'.repeat(4000)))
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  const links = await Links.of(new Set(['it']))
  await links.way('it', `http://127.0.0.1:${port}`, { look: '/look' })
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
      const { verdict } = await lived(specOf('toxiproxy', part, settings as never), ownHands('toxiproxy'))
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
    const { verdict } = await lived(specOf('toxiproxy', part, settings), ownHands('toxiproxy'))
    expect(verdict).toMatchObject({
      bite: false,
      problem: expect.stringContaining('has toxics already: theirs'),
    })
    const left = (await (await fetch(`${control}/proxies/${proxy}/toxics`)).json()) as { name: string }[]
    expect(left.map(({ name }) => name)).toEqual(['theirs'])
    await fetch(`${control}/proxies/${proxy}/toxics/theirs`, { method: 'DELETE' })
  }, 30_000)

  /** Two runs that both found the link undisturbed. */
  async function twoRuns(settings: Record<string, string | number>): Promise<[FaultSpec, FaultSpec]> {
    const specs = [specOf('toxiproxy', part, settings), specOf('toxiproxy', part, settings)]
    const [one, other] = await Promise.all(
      specs.map(async (spec) => ({ ...spec, before: await toxiproxyDriver.remember!(spec as never, hands) })),
    )
    return [one as FaultSpec, other as FaultSpec]
  }
  const state = async () => {
    const { control, proxy } = part as { control: string; proxy: string }
    return (await (await fetch(`${control}/proxies/${proxy}`)).json()) as {
      enabled: boolean
      toxics: object[]
    }
  }

  test.each([{ kind: 'latency', latencyMs: 100, jitterMs: 0 }, { kind: 'partition' }, { kind: 'refused' }])(
    '%o of a run that comes within the same moment is not taken away by the other, nor counted',
    async (settings) => {
      const [one, other] = await twoRuns(settings)
      await toxiproxyDriver.inject(one as never, hands)
      const during = await state()
      await expect(toxiproxyDriver.inject(other as never, hands)).rejects.toThrow(
        /has toxics of another run: assay-/,
      )
      expect(await state()).toEqual(during)
      expect(await toxiproxyDriver.residue(other as never, hands)).toEqual([])
      await toxiproxyDriver.clear(other as never, hands)
      expect(await state()).toEqual(during)
      expect(await toxiproxyDriver.residue(one as never, hands)).not.toEqual([])
      await toxiproxyDriver.clear(one as never, hands)
      expect(await state()).toMatchObject({ enabled: true, toxics: [] })
    },
  )

  test('that somebody else has switched off stays so', async () => {
    const { control, proxy } = part as { control: string; proxy: string }
    const [one] = await twoRuns({ kind: 'refused' })
    const enable = (enabled: boolean) =>
      fetch(`${control}/proxies/${proxy}`, { method: 'POST', body: JSON.stringify({ enabled }) })
    await enable(false)
    await toxiproxyDriver.clear(one as never, hands)
    expect(await state()).toMatchObject({ enabled: false })
    expect(await toxiproxyDriver.residue(one as never, hands)).toEqual([])
    await enable(true)
  })

  test('without its proxy cannot be disturbed', async () => {
    const wrong = { ...part, proxy: 'no-such' }
    const { verdict } = await lived(specOf('toxiproxy', wrong, { kind: 'partition' }), ownHands('toxiproxy'))
    // Nothing was done, so nothing has to heal.
    expect(verdict).toMatchObject({ bite: false, healed: true, residue: [] })
    expect(verdict.problem).toContain('has no proxy called no-such')
  }, 30_000)
})
