import { readFile, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  drawLeak,
  harderModels,
  leakCoverageOf,
  leakTable,
  promised,
  shortModels,
} from '../../simulation/coverage-leak.ts'
import type { LeakCoverage } from '../../simulation/coverage-leak.ts'
import type { ResourceBlock, Resources } from '../../../verdict/evidence.ts'
import { judgeLeak } from '../../../verdict/leak.ts'

const rule: Parameters<typeof judgeLeak>[0] = { judge: 'leak', of: 'memory', in: ['normal'], mbPerHour: 0.3 }
const docs = new URL('../../../docs/verdicts.md', import.meta.url)
const [begin, end] = ['<!-- generated: leaks -->', '<!-- end of leaks -->']
/** How often the rule may be wrong, each way. */
const wrong = 0.02

const rowOf = (mb: number): ResourceBlock => ({
  samples: 60,
  memoryLeast: mb * 1e6,
  memoryMean: mb * 1e6,
  cpuSeconds: 0,
  openFilesMost: 0,
  connectionsMost: -1,
})
/** Memory in MB by block, for services by name. */
const memory = (blockSeconds: number, services: Record<string, number[]>): Resources => ({
  type: 'resources',
  blockSeconds,
  work: {},
  services: Object.fromEntries(
    Object.entries(services).map(([name, series]) => [
      name,
      Object.fromEntries(series.map((mb, block) => [String(29_000_000 + block), rowOf(mb)])),
    ]),
  ),
})
/** A repeatable ripple of one MB up and down, that hides nothing. */
const ripple = (block: number): number => Math.sin(block * 2.4)
const series = (blocks: number, mb: (block: number) => number): number[] =>
  Array.from({ length: blocks }, (_, block) => mb(block) + ripple(block))
const day = 24 * 60

describe('of simulated runs', () => {
  let told: LeakCoverage[] = []
  let short: LeakCoverage[] = []
  let harder: LeakCoverage[] = []
  beforeAll(() => {
    told = promised.map((model) => leakCoverageOf(model, rule.mbPerHour, 1000))
    short = shortModels.map((model) => leakCoverageOf(model, rule.mbPerHour, 300))
    harder = harderModels.map((model) => leakCoverageOf(model, rule.mbPerHour, 100))
  }, 120_000)

  it('of a day, at most 2 % are wrong: failed without a leak, or not failed with 1 MB an hour', () => {
    const [none, leak] = told
    expect(none!.model.leakPerHour).toBe(0)
    expect(none!.fail).toBeLessThanOrEqual(wrong)
    expect(leak!.model.leakPerHour).toBe(1)
    expect(1 - leak!.fail).toBeLessThanOrEqual(wrong)
  })

  it('of a quarter of an hour, at most 2 % fail without a leak, and one of 2 MB a minute or more is found', () => {
    const [none, ...leaks] = short.slice(0, -1)
    expect(none!.model.leakPerHour).toBe(0)
    expect(none!.fail).toBeLessThanOrEqual(wrong)
    expect(leaks).toHaveLength(3)
    for (const { model, fail } of leaks) expect(fail, model.name).toBeGreaterThanOrEqual(0.99)
  })

  it('that are shorter than the time between two collections, few pass: the limit that docs/verdicts.md names', () => {
    const unseen = short.at(-1)!
    expect(unseen.model.collectedEvery / 60).toBeGreaterThan(unseen.model.minutes)
    expect(unseen.undecided).toBeGreaterThan(0.5)
  })

  it('are shown in docs/verdicts.md (UPDATE_DOCS=1 writes them)', async () => {
    const table = `${begin}\n\n${leakTable([...told, ...short, ...harder])}\n\n${end}`
    const page = await readFile(docs, 'utf8')
    const [from, to] = [page.indexOf(begin), page.indexOf(end) + end.length]
    expect(from, `docs/verdicts.md has no line ${begin}`).toBeGreaterThanOrEqual(0)
    if (process.env['UPDATE_DOCS'] === '1')
      await writeFile(docs, page.slice(0, from) + table + page.slice(to))
    const plain = (text: string): string => text.replace(/ *\| */g, '|').replace(/\|[-|]+\|/g, '|-|')
    expect(plain((await readFile(docs, 'utf8')).slice(from))).toContain(plain(table))
  })
})

describe('memory', () => {
  it('that grows steadily fails, and the worst service is named with its slope, floor and month', () => {
    const judged = judgeLeak(
      rule,
      memory(60, { gateway: series(day, (block) => 100 + block / 60), postgres: series(day, () => 80) }),
    )
    expect(judged.status).toBe('FAIL')
    expect(judged.value).toBeCloseTo(1, 1)
    expect(judged.interval![0]).toBeGreaterThan(0.9)
    expect(judged.observed).toMatch(
      /^gateway: \+1 MB an hour .* floor 104 to 121 MB; at this rate \+0\.72 GB in 30 days/,
    )
    expect(judged.reason).toMatch(
      /allowed 0\.3; it grew by 19\.\d MB.*floor rises \(the worst of 2 services\)/,
    )
  })

  it('that does not grow passes, by its bound', () => {
    const judged = judgeLeak(rule, memory(60, { gateway: series(day, () => 100) }))
    expect(judged.status).toBe('PASS')
    expect(judged.reason).toMatch(/^at most [-\d.e]+ MB an hour, allowed 0\.3 \(1 service judged\)/)
  })

  it('that cannot be told passes a short run with the least leak that it would have shown', () => {
    const judged = judgeLeak(rule, memory(15, { gateway: series(60, () => 100) }))
    expect(judged.status).toBe('PASS')
    expect(judged.interval![1]).toBeGreaterThan(0.3)
    const least = Number(/a leak under ([\d.]+) MB an hour could not be seen/.exec(judged.reason)?.[1])
    // Twice that leak is seen, and a tenth of it is not.
    const leaking = (rate: number): string =>
      judgeLeak(rule, memory(15, { gateway: series(60, (block) => 8 + (rate * block) / 240) })).status
    expect(leaking(least * 2)).toBe('FAIL')
    expect(leaking(least / 10)).toBe('PASS')
  })

  it('that only took a step passes, as its floor does not rise steadily', () => {
    const judged = judgeLeak(rule, memory(60, { gateway: series(day, (block) => (block < 800 ? 100 : 140)) }))
    expect(judged.status).toBe('PASS')
    expect(judged.value).toBeGreaterThan(1)
    expect(judged.reason).toMatch(/floor does not rise steadily|not told from|no more than its noise/)
  })

  it('that only grew while it warmed up passes', () => {
    const warm = (block: number): number => 100 + 40 * Math.min(1, block / (day / 5))
    expect(judgeLeak(rule, memory(60, { gateway: series(day, warm) })).status).toBe('PASS')
  })

  it('whose growth is within its noise passes, whatever its slope', () => {
    const wide = (block: number): number => 100 + block / 120 + 12 * ripple(block)
    const judged = judgeLeak(rule, memory(60, { gateway: series(day, wide) }))
    expect(judged.status).toBe('PASS')
    expect(judged.interval![0]).toBeGreaterThan(0.3)
    expect(judged.reason).toMatch(/^it grew by [\d.]+ MB, no more than its noise/)
  })

  it('that rises through a short run without being collected is undecided; the same in a long one fails', () => {
    const rises = (minutes: number): number[] =>
      Array.from({ length: minutes * 4 }, (_, block) => 94 + block * (2.4 / 4))
    const short = judgeLeak(rule, memory(15, { gateway: rises(15) }))
    expect(short.status).toBe('UNDECIDED')
    expect(short.reason).toMatch(/may be garbage not collected yet: a run of over 2 hours tells/)
    expect(short.needed).toBe(600)
    expect(judgeLeak(rule, memory(15, { gateway: rises(180) })).status).toBe('FAIL')
  })

  it('whose slope may as well be within the limit passes', () => {
    const wavy = (block: number): number => 100 + (1.1 * block) / 60 + 3 * Math.sin(block / 60)
    const judged = judgeLeak({ ...rule, mbPerHour: 1 }, memory(60, { gateway: series(day, wavy) }))
    expect(judged.status).toBe('PASS')
    expect(judged.value).toBeGreaterThan(1)
    expect(judged.reason).toMatch(/^its growth is not told from 1 MB an hour/)
  })

  it('that a late collection takes back whole passes', () => {
    const late = (block: number): number => (block > 1400 && block < 1410 ? 95 : 100 + block / 60)
    const judged = judgeLeak(rule, memory(60, { gateway: series(day, late) }))
    expect(judged.status).toBe('PASS')
    expect(judged.interval![0]).toBeGreaterThan(0.3)
    expect(judged.reason).toMatch(/^its floor does not rise steadily/)
  })

  it('that rises after a collection by less than that took is undecided in a short run', () => {
    const sawtooth = (block: number): number => (block < 6 ? 118 : 94 + (1.2 * (block - 6)) / 4)
    const values = Array.from({ length: 60 }, (_, block) => sawtooth(block))
    const judged = judgeLeak(rule, memory(15, { gateway: values }))
    expect(judged.status).toBe('UNDECIDED')
    expect(judged.reason).toMatch(/the largest fall was 24 MB/)
  })

  it('of the generator is not judged', () => {
    const grows = series(day, (block) => 100 + block)
    const own = judgeLeak(rule, memory(60, { k6: grows, 'k6-1': grows, gateway: series(day, () => 100) }))
    expect([own.status, own.observed.split(':')[0]]).toEqual(['PASS', 'gateway'])
    expect(judgeLeak(rule, memory(60, { k6: grows })).reason).toMatch(/no service was sampled/)
  })

  it('that was seen too shortly is undecided, with the blocks that it takes', () => {
    // Ten minutes are judged with 20 blocks or more; the first fifth does not count.
    for (const [blockSeconds, blocks] of [
      [15, 49],
      [60, 24],
    ] as const) {
      const judged = judgeLeak(
        rule,
        memory(blockSeconds, { gateway: series(blocks, (block) => 100 + block * 9) }),
      )
      expect([judged.status, judged.samples]).toEqual(['UNDECIDED', 0])
      expect(judged.reason).toMatch(
        /gateway: \d+ blocks of \d+ s after the first 20 % of the time, which are too few/,
      )
      expect(judged.needed).toBe(blockSeconds === 15 ? 40 : 20)
    }
  })

  it('of impossible size is a contradiction', () => {
    const judged = judgeLeak(rule, memory(60, { gateway: series(day, () => NaN) }))
    expect([judged.status, judged.value]).toEqual(['INVALID', null])
    expect(judged.reason).toMatch(/contradicts itself: gateway: expected amounts from 0/)
  })

  it('is judged more strictly in each service, the more there are', () => {
    const lower = (others: number): number =>
      judgeLeak(
        rule,
        memory(60, {
          gateway: series(day, (block) => 100 + block / 30),
          ...Object.fromEntries(
            Array.from({ length: others }, (_, index) => [`other-${index}`, series(day, () => 90)]),
          ),
        }),
      ).interval![0]
    expect(lower(5)).toBeLessThan(lower(0))
  })

  it('is simulated alike for the same seed', () => {
    expect(drawLeak(shortModels[0]!, 7)).toEqual(drawLeak(shortModels[0]!, 7))
    expect(drawLeak(shortModels[0]!, 7)).not.toEqual(drawLeak(shortModels[0]!, 8))
  })
})
