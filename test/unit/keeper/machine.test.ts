// What the keeper reads of the machine's processors.
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { Machine, numbersIn, ownSeconds, totalsIn } from '../../../keeper/machine.ts'
import { childrenByParent, hasProc } from '../../../keeper/processes.ts'

const stat = [
  'cpu  700 10 100 4000 20 0 30 40 5 0',
  'cpu0 400 10 60 1000 20 0 10 30 5 0',
  'cpu1 300 0 40 3000 0 0 20 10 0 0',
  'intr 12345 0 1',
].join('\n')

describe('the processors of /proc/stat', () => {
  test('add up: work of processes is busy; interrupts and what the host withheld are not', () => {
    const totals = totalsIn(stat, new Set([0, 1]))!
    expect(totals.cores).toBe(2)
    expect(totals.busy).toBeCloseTo(8.1)
    expect(totals.stolen).toBeCloseTo(0.4)
    expect(totals.all).toBeCloseTo(49)
  })
  test('are those that we may run on', () => {
    const totals = totalsIn(stat, new Set([1]))!
    expect(totals.cores).toBe(1)
    expect(totals.busy).toBeCloseTo(3.4)
  })
  test('are none where the text names none of them', () => {
    expect(totalsIn('', new Set([0]))).toBeNull()
    expect(totalsIn(stat, new Set([7]))).toBeNull()
  })
})

test.each([
  ['0', [0]],
  ['0-3', [0, 1, 2, 3]],
  ['0-1,4,6-7\n', [0, 1, 4, 6, 7]],
  ['', []],
])('a list of processors %j', (list, numbers) => expect([...numbersIn(list)]).toEqual(numbers))

describe('the processor time of our own processes', () => {
  const seconds = (...entries: [pid: number, seconds: number][]) => new Map(entries)
  test('grows with each of them, and with what a child of theirs had used when it ended', () => {
    expect(ownSeconds(seconds([1, 5], [2, 3]), seconds([1, 5.5], [2, 3.25]))).toBe(0.75)
    expect(ownSeconds(seconds([1, 5], [2, 3]), seconds([1, 8.25]))).toBe(0.25)
  })
  test('is that of the living where one ended of which nobody of ours has the time', () => {
    expect(ownSeconds(seconds([1, 5], [2, 30]), seconds([1, 5.5], [3, 0.25]))).toBe(0.5)
  })
})

/** Burns until it has used so much processor time by its own count, and says how much that is. */
const burner = `
  let used = 0
  while (used < 700_000) { const { user, system } = process.cpuUsage(); used = user + system }
  console.log(used / 1e6)`

describe.runIf(hasProc)('this machine', () => {
  test('counts a child that burns and ends as ours, once, and as work of others where it is not ours', async () => {
    const [ours, theirs] = [new Machine([process.pid]), new Machine([])]
    expect(ours.sample(childrenByParent())).toBeNull()
    expect(theirs.sample(childrenByParent())).toBeNull()
    const before = process.cpuUsage()
    const began = performance.now()
    const { stdout } = await execa(process.execPath, ['-e', burner])
    const [own, others] = [ours.sample(childrenByParent())!, theirs.sample(childrenByParent())!]
    const elapsed = (performance.now() - began) / 1000
    const { user, system } = process.cpuUsage(before)
    const burnt = Number(stdout) + (user + system) / 1e6
    // Processor time is counted in hundredths of a second, once for each process and mode.
    expect(own.own * elapsed).toBeGreaterThan(burnt * 0.85 - 0.05)
    expect(own.own * elapsed).toBeLessThan(burnt * 1.15 + 0.05)
    expect(own.busy).toBeGreaterThan(own.own * 0.5)
    expect(others.own).toBe(0)
    expect(own.cores).toBeGreaterThanOrEqual(1)
  })
})
