// What the keeper reads of the machine's processors.
import { describe, expect, test } from 'vitest'
import { Machine, numbersIn, totalsIn } from '../../keeper/machine.ts'
import { childrenByParent, hasProc } from '../../keeper/processes.ts'

const stat = [
  'cpu  700 10 100 4000 20 0 30 40 5 0',
  'cpu0 400 10 60 1000 20 0 10 30 5 0',
  'cpu1 300 0 40 3000 0 0 20 10 0 0',
  'intr 12345 0 1',
].join('\n')

describe('the processors of /proc/stat', () => {
  test('add up: work of any kind is busy, and what the host withheld is not', () => {
    const totals = totalsIn(stat, new Set([0, 1]))!
    expect(totals.cores).toBe(2)
    expect(totals.busy).toBeCloseTo(8.4)
    expect(totals.stolen).toBeCloseTo(0.4)
    expect(totals.all).toBeCloseTo(49)
  })
  test('are those that we may run on', () => {
    const totals = totalsIn(stat, new Set([1]))!
    expect(totals.cores).toBe(1)
    expect(totals.busy).toBeCloseTo(3.6)
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

/** Keeps this process at work for so long. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

describe.runIf(hasProc)('this machine', () => {
  test('counts the work of this process as its own, or as work of others where it is not', () => {
    const [ours, theirs] = [new Machine([process.pid]), new Machine([])]
    const children = childrenByParent()
    expect(ours.sample(children)).toBeNull()
    expect(theirs.sample(children)).toBeNull()
    work(600)
    const [own, others] = [ours.sample(children)!, theirs.sample(children)!]
    expect(own.own).toBeGreaterThan(0)
    expect(others.own).toBe(0)
    expect(own.cores).toBeGreaterThanOrEqual(1)
    expect(own.busy).toBeGreaterThan(0)
  })
})
