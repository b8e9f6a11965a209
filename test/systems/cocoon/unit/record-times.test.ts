// Whether the time in a record fits that of the answer which brought it.
import { describe, expect, test } from 'vitest'
import { timesResult } from '../../../../systems/cocoon/late/record-times.ts'

const date = 'Mon, 30 Nov 2026 08:00:00 GMT'
const at = (seconds: number): string => new Date(Date.parse(date) + seconds * 1000).toISOString()
const of = (time: unknown, tookMs = 0, header: string | undefined = date) => timesResult(time, header, tookMs)

describe('a time', () => {
  // Date leaves out the fraction of its second, so what it says may be up to one second ago.
  test.each([0, 0.999, 2.9, -1.9])('%d s after the header Date fits', (seconds) => {
    expect(of(at(seconds))).toEqual({ is: 'kept' })
    expect(of(Date.parse(at(seconds)))).toEqual({ is: 'kept' })
  })

  test.each([
    [3.1, 'accepted 3.1 s after the header Date of the same answer'],
    [-2.1, 'accepted 2.1 s before the header Date of the same answer'],
    [3600, 'accepted 3600.0 s after the header Date of the same answer'],
  ])('%d s after it does not', (seconds, how) =>
    expect(of(at(seconds))).toMatchObject({ is: 'violated', how: expect.stringContaining(how) }),
  )

  test('of a request that took long may be of any moment of it', () => {
    expect(of(at(-6), 5000)).toEqual({ is: 'kept' })
    expect(of(at(-8), 5000)).toMatchObject({ is: 'violated' })
  })

  test.each(['2026-11-30T08:00:00+00:00', '2026-11-30T10:00:00+02:00', '2026-11-30T08:00:00z'])(
    'may have any zone: %s',
    (time) => expect(of(time)).toEqual({ is: 'kept' }),
  )

  test.each([
    ['2026-11-30T08:00:00.123', 'names no zone'],
    ['2026-11-30 08:00:00', 'names no zone'],
    ['yesterdayZ', 'is no time'],
    [null, 'is no time'],
    [Number.NaN, 'is no time'],
  ])('%j is violated by itself, with or without a header Date', (time, how) => {
    expect(of(time)).toMatchObject({ is: 'violated', how: expect.stringContaining(how) })
    expect(timesResult(time, undefined, 0)).toMatchObject({ is: 'violated' })
  })

  test('that is not there, or has nothing to be held against, is not checked', () => {
    expect(of(undefined)).toMatchObject({ is: 'not made' })
    expect(timesResult(at(0), undefined, 0)).toEqual({
      is: 'not made',
      why: 'its answers have no header Date',
    })
  })
})
