// What a lossy network costs, by the proxy that imitates one.
import { describe, expect, test } from 'vitest'
import { controlOf } from '../../../testbed/lossy-proxy/control.ts'
import { lateMs, resendMs, segments } from '../../../testbed/lossy-proxy/losses.ts'
import { seededRandom } from '../../../testbed/service/random.ts'

describe('a segment', () => {
  test('that gets through is not late', () => {
    expect(lateMs(0, resendMs, () => 0)).toBe(0)
    expect(lateMs(0.3, resendMs, () => 0.3)).toBe(0)
  })

  test('waits twice as long each time it is lost again', () => {
    const draws = [0.1, 0.2, 0.29, 0.5]
    expect(lateMs(0.3, resendMs, () => draws.shift()!)).toBe(200 + 400 + 800)
  })

  test('never arrives when it is lost every time', () => {
    expect(lateMs(0.3, resendMs, () => 0)).toBeNull()
  })

  test('is late as often as segments are lost', () => {
    const random = seededRandom(7)
    const all = Array.from({ length: 10_000 }, () => lateMs(0.3, resendMs, random) ?? Infinity)
    const share = all.filter((ms) => ms > 0).length / all.length
    // Four standard deviations around 0.3.
    expect(Math.abs(share - 0.3)).toBeLessThan(0.019)
    const twice = all.filter((ms) => ms > resendMs).length / all.length
    expect(Math.abs(twice - 0.09)).toBeLessThan(0.012)
  })
})

test('bytes are sent in segments, and none is lost', () => {
  const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251))
  const parts = [...segments(bytes)]
  expect(parts.map(({ length }) => length)).toEqual([1448, 1448, 1448, 656])
  expect(Buffer.concat(parts).equals(bytes)).toBe(true)
})

describe('a loss', () => {
  const setUp = () => {
    const proxy = { share: 0 }
    const app = controlOf(proxy)
    const set = (by: string, share: number) =>
      app.inject({ method: 'POST', url: '/loss', payload: { share, by } })
    const end = (by: string) => app.inject({ method: 'DELETE', url: `/loss?by=${by}` })
    return { proxy, app, set, end }
  }

  test('belongs to who set it: nobody else changes or ends it', async () => {
    const { proxy, app, set, end } = setUp()
    expect((await set('first', 0.3)).statusCode).toBe(200)
    expect((await set('second', 0.9)).statusCode).toBe(409)
    await end('second')
    expect((await app.inject('/loss')).json()).toEqual({ share: 0.3, by: 'first' })
    expect((await set('first', 0.1)).statusCode).toBe(200)
    await end('first')
    expect(proxy.share).toBe(0)
    expect((await set('second', 0.9)).json()).toEqual({ share: 0.9, by: 'second' })
  })

  test.each([{ share: 0.3 }, { share: 1, by: 'me' }, { share: 0.3, by: '' }])(
    'without owner or share is refused: %o',
    async (payload) => {
      const { app, proxy } = setUp()
      expect((await app.inject({ method: 'POST', url: '/loss', payload })).statusCode).toBe(400)
      expect(proxy.share).toBe(0)
    },
  )
})
