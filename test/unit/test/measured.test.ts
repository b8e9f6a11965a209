// What becomes of tests that measure: a busy machine is no failure of the code, and no excuse for one.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { attempts, outcomeOf, Spoilt, tried, type Watch } from '../../measured.ts'

const busy = 'other processes took 45 % of the cores'
const machine = (...others: (string | null)[]) => {
  const says = [...others]
  return (): Watch => () => says.shift() ?? null
}
/** A measurement that ends as told, attempt by attempt; with none left it succeeds. */
const ends = (...errors: Error[]) =>
  vi.fn(async () => {
    const error = errors.shift()
    if (error !== undefined) throw error
    return 'measured'
  })

// What it says of attempts that measured nothing is not about this run.
beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => {}))

describe('a measurement', () => {
  test('that succeeds is made once, however busy the machine was', async () => {
    const measure = ends()
    expect(await tried(measure, machine(busy))).toMatchObject({ result: 'measured' })
    expect(measure).toHaveBeenCalledTimes(1)
  })

  test('that fails on a machine of its own has failed, and is not repeated', async () => {
    const measure = ends(new Error('slow'))
    await expect(tried(measure, machine(null))).rejects.toThrow('slow')
    expect(measure).toHaveBeenCalledTimes(1)
  })

  test('that fails while others have the machine is made again', async () => {
    const measure = ends(new Error('slow'))
    expect(await tried(measure, machine(busy, busy))).toMatchObject({ result: 'measured' })
    const later = ends(new Error('slow'), new Error('slow again'))
    await expect(tried(later, machine(busy, null))).rejects.toThrow('slow again')
  })

  test('that others spoil each time says who did, and skips its test', async () => {
    const measure = ends(...Array.from({ length: attempts }, () => new Error('slow')))
    const outcome = await tried(measure, machine(busy, busy, busy))
    expect(measure).toHaveBeenCalledTimes(attempts)
    const skip = vi.fn(() => {
      throw new Error('skipped')
    })
    const task = { meta: {} as { repeatedSeconds?: number } }
    expect(() => outcomeOf({ skip, task } as never, outcome)).toThrow('skipped')
    expect(task.meta.repeatedSeconds).toBeGreaterThanOrEqual(0)
    expect(skip).toHaveBeenCalledWith(`nothing was measured in 3 attempts: ${busy}: slow`)
  })

  test('that is INVALID on a machine of its own is made again, and has failed when it stays so', async () => {
    expect(await tried(ends(new Spoilt('lag')), machine(null))).toMatchObject({ result: 'measured' })
    const always = ends(...Array.from({ length: attempts }, () => new Spoilt('lag')))
    await expect(tried(always, machine(null, null, null))).rejects.toThrow('lag')
    expect(always).toHaveBeenCalledTimes(attempts)
  })
})
