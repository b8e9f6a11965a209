// A virtual user copies of the setup data what it reads, and nothing else.
import { expect, test } from 'vitest'
import type { RunData } from '../../../../lib/drive/actor.ts'
import { ownData } from '../../../../lib/drive/own-data.ts'

/** Data that writes down which of its parts are looked into: to copy a part is to look into it. */
function watched(data: object, looked: string[], place = ''): object {
  return new Proxy(data, {
    get: (target, name) => {
      if (name === 'toJSON') return undefined
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'object' || value === null) return value
      const path = `${place}${String(name)}`
      looked.push(path)
      return watched(value, looked, `${path}.`)
    },
  })
}

const data = {
  run: 'r',
  startAt: null,
  phases: [{ name: 'steady' }],
  segments: { a: { start: 0 }, b: { start: 1 } },
  checks: {
    normal: { submit: [['x', 1, null]], poll: [['y', 2, null]] },
    burst: { submit: [['z', 3, null]] },
  },
}

test('parts are copied once, when they are read', () => {
  const looked: string[] = []
  const own = ownData(watched(data, looked) as RunData)
  expect([own.run, own.startAt, looked]).toEqual(['r', null, []])
  // Only what is its own costs no call.
  expect(Object.getOwnPropertyNames(own)).toEqual(['run', 'startAt'])
  expect(own.phases).toEqual(data.phases)
  expect(own.phases).toBe(own.phases)
  expect(own.phases).not.toBe(data.phases)
  expect(looked.some((path) => path.startsWith('segments') || path.startsWith('checks'))).toBe(false)
  expect(Object.entries(own.segments)).toEqual(Object.entries(data.segments))
})

test('of the rules only those of one step in one phase kind', () => {
  const looked: string[] = []
  const own = ownData(watched(data, looked) as RunData)
  expect(own.checks['normal']?.['submit']).toEqual([['x', 1, null]])
  expect(own.checks['normal']?.['submit']).toBe(own.checks['normal']?.['submit'])
  expect(own.checks['peak']?.['submit']).toBeUndefined()
  expect(own.checks['normal']?.['leave']).toBeUndefined()
  expect(looked.filter((path) => /poll|burst/.test(path))).toEqual([])
})
