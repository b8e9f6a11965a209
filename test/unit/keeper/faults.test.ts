// The faults that a keeper has injected: ended when they are there to be ended, and only by whoever began them.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { clearJournalled, Faults } from '../../../keeper/faults.ts'
import type { Journal, JournalLine } from '../../../keeper/journal.ts'
import type { FaultRequest } from '../../../keeper/requests.ts'
import { latencyAt } from '../faults/test-fault.ts'

/** How long a proxy takes to add a toxic. */
const slowMs = 200
let toxics: string[]
let refuses: boolean
let lines: JournalLine[]
let server: Server
let faults: Faults
let request: FaultRequest

beforeEach(async () => {
  toxics = []
  lines = []
  refuses = false
  server = createServer(async (asked, response) => {
    if (asked.method === 'POST') {
      const chunks = await asked.toArray()
      await pause(slowMs)
      toxics.push((JSON.parse(String(Buffer.concat(chunks))) as { name: string }).name)
    }
    if (asked.method === 'DELETE' && !refuses)
      toxics = toxics.filter((name) => !asked.url!.endsWith(`/${name}`))
    response.writeHead(refuses ? 500 : 200)
    response.end(JSON.stringify({ enabled: true, toxics: toxics.map((name) => ({ name })) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const control = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const journal = { write: (line: JournalLine) => void lines.push(line) } as unknown as Journal
  faults = new Faults({ journal, services: {} as never, note: () => {} })
  request = { ...latencyAt(control, 'it'), seconds: 30, secrets: {} }
})
afterEach(async () => {
  refuses = false
  await faults.clearAll(1000, { servicesAreGone: true })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

async function until(holds: () => boolean): Promise<void> {
  await vi.waitUntil(holds, { timeout: 5000, interval: 5 })
}

const kinds = (): string[] => lines.map(({ kind }) => kind)

describe('a fault', () => {
  test('that is ended while it is being injected is ended after that', async () => {
    const injecting = faults.inject(request)
    await faults.clear(request.id)
    await injecting
    expect(toxics).toEqual([])
    expect(kinds()).toEqual(['fault', 'cleared'])
    expect(await faults.residue(request.id)).toEqual([])
  })

  test('that is being injected when all is to end leaves nothing either', async () => {
    const injecting = faults.inject(request).catch(() => undefined)
    expect(await faults.clearAll(5 * slowMs, { servicesAreGone: false })).toEqual([])
    await injecting
    expect(toxics).toEqual([])
    await expect(faults.inject({ ...request, id: 'another' })).rejects.toThrow('ending everything')
  })

  test('that is refused because of another one leaves that one alone, and no line', async () => {
    toxics = ['assay-latency-0']
    await expect(faults.inject(request)).rejects.toThrow('has toxics already: assay-latency-0')
    expect(toxics).toEqual(['assay-latency-0'])
    expect(kinds()).toEqual([])
    expect(await faults.residue(request.id)).toEqual([])
  })

  test('that finds another one there while it is being injected takes away its own alone, and is over', async () => {
    const injecting = faults.inject(request)
    injecting.catch(() => undefined)
    // It has looked at the link by then, and its own first toxic is on its way.
    await until(() => lines.length > 0)
    toxics.push('assay-of-another-run')
    await expect(injecting).rejects.toThrow('has toxics of another run now: assay-of-another-run')
    expect(toxics).toEqual(['assay-of-another-run'])
    expect(kinds()).toEqual(['fault', 'cleared'])
    expect(await faults.residue(request.id)).toEqual([])
  })

  test('that is ended by its journal alone takes away its own toxics, and no others', async () => {
    await faults.inject(request)
    const [line] = lines
    const spec = line?.kind === 'fault' ? line.spec : null
    expect(toxics.length).toBeGreaterThan(0)
    toxics.push('assay-of-another-run')
    await clearJournalled(spec!)
    expect(toxics).toEqual(['assay-of-another-run'])
  })

  test('that cannot be ended is told, and stays to be ended', async () => {
    await faults.inject(request)
    refuses = true
    await expect(faults.clear(request.id)).rejects.toMatchObject({ code: 'fault_failed' })
    const told = await faults.clearAll(1000, { servicesAreGone: true })
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('the fault latency it: GET')
    expect(kinds()).toEqual(['fault'])
    refuses = false
    expect(await faults.clearAll(1000, { servicesAreGone: true })).toEqual([])
    expect(toxics).toEqual([])
  })

  test('is over when its proxy is gone, and is not tried again', async () => {
    await faults.inject(request)
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await expect(faults.clear(request.id)).rejects.toThrow('refuses connections')
    expect(kinds()).toEqual(['fault', 'cleared'])
    expect(await faults.clearAll(1000, { servicesAreGone: false })).toEqual([])
  })

  test('on what went with the services went as well', async () => {
    await faults.inject({ ...request, own: true })
    refuses = true
    expect(await faults.clearAll(1000, { servicesAreGone: false })).toHaveLength(1)
    expect(await faults.clearAll(1000, { servicesAreGone: true })).toEqual([])
  })
})
