import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Child } from '../../../keeper/child.ts'
import type { Journal, JournalLine } from '../../../keeper/journal.ts'
import { Lease } from '../../../keeper/lease.ts'
import { isAlive, markedProcesses } from '../../../keeper/processes.ts'
import { databaseConnectionsIn } from '../../../keeper/sampler.ts'
import { Services } from '../../../keeper/services.ts'

let logFolder = ''
beforeEach(async () => {
  logFolder = await mkdtemp(path.join(os.tmpdir(), 'keeper-services-'))
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(logFolder, { recursive: true })
})

function servicesWith(
  write: (line: JournalLine) => void,
  onStart: (child: Child) => void = () => {},
): Services {
  const journal = { write } as Journal
  const allow = [process.execPath]
  return new Services({
    keeperId: 'k-unit',
    allow,
    logFolder,
    logLimitBytes: 10_000,
    journal,
    onStart,
    onOver: () => {},
  })
}

const waiting = {
  name: 'waiting',
  command: process.execPath,
  args: ['-e', 'setInterval(() => {}, 1e6)'],
  env: {},
}

describe('services', () => {
  it('counts a process as started only when it is journalled, and ends it when it cannot be', async () => {
    const services = servicesWith(() => {
      throw new Error('ENOSPC: no space left on device')
    })
    await expect(services.start(waiting)).rejects.toThrow(/could not journal it \(ENOSPC.*Free disk space/)
    await vi.waitFor(() => expect(markedProcesses('k-unit/waiting')).toEqual([]), 2000)
  })

  it('journals who was started before anybody hears of it', async () => {
    const order: string[] = []
    const services = servicesWith(
      ({ kind }) => order.push(kind),
      ({ who }) => order.push(`heard of, alive: ${isAlive(who)}`),
    )
    await services.start(waiting)
    await services.endAll()
    expect(order.slice(0, 2)).toEqual(['started', 'heard of, alive: true'])
  })

  it('starts nothing once it is ending, and ends what was just starting', async () => {
    const services = servicesWith(() => {})
    const ready = { host: '127.0.0.1', port: 9 }
    const start = services.start({ ...waiting, ready })
    const refused = expect(start).rejects.toMatchObject({ code: 'ending' })
    await services.endAll(0)
    await refused
    await expect(services.start(waiting)).rejects.toMatchObject({ code: 'ending' })
    expect(markedProcesses('k-unit/waiting')).toEqual([])
  })

  it('gives each service its share of a short time, so that one that hangs takes nothing from the others', async () => {
    const services = servicesWith(() => {})
    const hangs = `process.on('SIGTERM', () => {});console.log('up');setInterval(() => {}, 1e6)`
    const tidies = `process.on('SIGTERM', () => process.exit(7));console.log('up');setInterval(() => {}, 1e6)`
    const up = (child: Child): Promise<void> => new Promise((resolve) => void child.listen(() => resolve()))
    await up(await services.start({ ...waiting, name: 'tidies', args: ['-e', tidies] }))
    await up(await services.start({ ...waiting, name: 'hangs', args: ['-e', hangs] }))
    expect(await services.endAll(1500)).toEqual([
      { name: 'hangs', code: null, signal: 'SIGKILL', how: 'killed' },
      { name: 'tidies', code: 7, signal: null, how: 'stopped' },
    ])
  })
})

describe('lease', () => {
  it('ends once when it is not renewed, and not before', () => {
    vi.useFakeTimers()
    const onEnd = vi.fn()
    const lease = new Lease(5000, onEnd)
    vi.advanceTimersByTime(4000)
    lease.renew()
    vi.advanceTimersByTime(4800)
    expect(onEnd).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(onEnd).toHaveBeenCalledTimes(1)
  })

  it('does not count time in which the keeper itself did not run', () => {
    vi.useFakeTimers()
    const onEnd = vi.fn()
    const lease = new Lease(5000, onEnd)
    // The machine slept: the clock went on, and no timer fired.
    const now = performance.now()
    vi.spyOn(performance, 'now').mockImplementation(() => now + 3_600_000)
    vi.advanceTimersToNextTimer()
    vi.mocked(performance.now).mockRestore()
    expect(onEnd).not.toHaveBeenCalled()
    lease.stop()
  })
})

describe('database connections', () => {
  it.each([
    ['# TYPE database_connections gauge\ndatabase_connections 12\n', 12],
    ['database_connections{pool="a"} 3\ndatabase_connections{pool="b"} 4\n', 7],
    ['database_connections_total 5\n', null],
    ['database_connections NaN\n', null],
    ['', null],
  ])('%j is %s', (text, expected) => {
    expect(databaseConnectionsIn(text)).toBe(expected)
  })
})
