// Which lines of the services' logs a witness shows.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { serviceLogLines } from '../../../../scripts/evidence/service-log.ts'
import { openLog } from '../../../../testbed/service/program.ts'
import type { Witness } from '../../../../verdict/verdict.ts'

const first = Date.parse('2026-03-01T10:00:00.000Z')

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-service-log-'))
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true, force: true })
})

const write = (file: string, lines: string[]) => writeFile(join(folder, file), `${lines.join('\n')}\n`)
const isoLine = (ms: number, more = '') =>
  `{"level":30,"time":"${new Date(ms).toISOString()}","msg":"line"${more}}`
const witness = (...correlationIds: string[]): Witness => ({
  first,
  operations: correlationIds.map((correlationId) => ({
    t: first,
    step: 'read',
    status: 500,
    ms: 3,
    correlationId,
    phase: 'steady',
    rules: [],
  })),
  perMinute: {},
  log: [],
  repeat: '',
})

describe('the service log of a witness', () => {
  test('has the lines around the first bad time, as the services of a testbed write them', async () => {
    let written = ''
    const log = openLog('front', { write: (line) => void (written += line) })
    vi.useFakeTimers()
    for (const ms of [-10_000, 20, 10_000]) {
      vi.setSystemTime(first + ms)
      log.warn({ ms }, 'a line')
    }
    await writeFile(join(folder, 'front.log'), written)
    const lines = await serviceLogLines(folder, witness('an-id-that-no-line-has'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^front\.log: \{.*"service":"front".*"ms":20,/)
  })

  test.each([
    ['a time in ISO form', '{"level":"info","time":"2026-03-01T10:00:00Z","message":"started"}'],
    ['Unix ms', `{"level":30,"time":${first + 100},"pid":1}`],
    ['a date in front, as the keeper writes it', '2026-03-01T10:00:00.030Z killed store'],
    ['a date in front, as Postgres writes it', '2026-03-01 09:59:59.951 UTC [10481] LOG:  terminated'],
  ])('knows %s', async (_, line) => {
    await write('one.log', [
      '2026-03-01T09:00:00.000Z before',
      line,
      'no time',
      '{"time":"yesterday"}',
      '{"time":12}',
    ])
    expect(await serviceLogLines(folder, witness())).toEqual([`one.log: ${line}`])
  })

  test('is the nearest twelve lines of all services, in the order of their times', async () => {
    const times = Array.from({ length: 100 }, (_, index) => first - 200 + 4 * index)
    await write(
      'a.log',
      times.map((ms) => isoLine(ms)),
    )
    await write('b.log', [isoLine(first + 1), isoLine(first + 249)])
    await write('k6.log', [isoLine(first)])
    const lines = await serviceLogLines(folder, witness())
    const near = [-20, -16, -12, -8, -4, 0, 1, 4, 8, 12, 16, 20]
    expect(lines).toEqual(near.map((ms) => `${ms === 1 ? 'b' : 'a'}.log: ${isoLine(first + ms)}`))
  })

  test('is of the failed operation, not of another one whose id begins with the same', async () => {
    const [own, other] = ['r1-7', 'r1-71'].map((id) => isoLine(first + 60_000, `,"correlation_id":"${id}"`))
    await write('a.log', [other!, own!])
    expect(await serviceLogLines(folder, witness('r1-7'))).toEqual([`a.log: ${own}`])
  })

  test('is lines with the id of a failed operation alone where there are any, and at most twelve', async () => {
    const named = Array.from({ length: 20 }, (_, index) =>
      isoLine(first + 60_000 + index, ',"correlation_id":"r1-7"'),
    )
    await write('a.log', [isoLine(first), ...named])
    expect(await serviceLogLines(folder, witness('r1-7'))).toEqual(
      named.slice(0, 12).map((line) => `a.log: ${line}`),
    )
  })
})
