// A reader that does not take an answer says which field is wrong, and nothing of its value.
import { describe, expect, test } from 'vitest'
import { fields, misfit, misfitIn } from '../../../../lib/drive/fields.ts'

const order = fields<{ id: string; price: number; ready: boolean; parts: object }>({
  id: 'string',
  price: 'number',
  ready: 'boolean',
  parts: 'object',
})
const good = { id: 'one', price: 1, ready: false, parts: {} }

describe('an answer', () => {
  test('with all fields is returned as it is', () => {
    expect(order(good)).toBe(good)
  })

  test.each([
    [{ ...good, id: undefined }, 'id is missing (a string is expected)'],
    [{ ...good, price: '1' }, 'price is a string (a number is expected)'],
    [{ ...good, price: '' }, 'price is empty (a number is expected)'],
    [{ ...good, ready: null }, 'ready is null (a boolean is expected)'],
    [{ ...good, parts: 3 }, 'parts is a number (an object is expected)'],
    [{ ...good, parts: null }, 'parts is null (an object is expected)'],
    [null, 'the answer is null (an object is expected)'],
    ['<html>', 'the answer is a string (an object is expected)'],
  ])('that is %j breaks the contract', (json, why) => {
    expect(() => order(json)).toThrow(why)
  })

  test('is told by its first field that is wrong', () =>
    expect(() => order({ price: 'a' })).toThrow('id is missing (a string is expected)'))

  test('has fields within fields', () => {
    const parts = fields<{ count: number }>({ count: 'number' }, 'parts')
    expect(() => parts({})).toThrow('parts.count is missing (a number is expected)')
    expect(() => parts(undefined)).toThrow('parts is missing (an object is expected)')
  })

  test('never has its values told, which may be secret', () => {
    const told = () => misfit('token', 'a text', ['secret'])
    expect(told).toThrow('token is a list (a text is expected)')
  })
})

test('an error that is no misfit is told as the reader’s own', () => {
  const other = Object.assign(new Error('id is missing'), { name: 'Misfit' })
  expect(misfitIn(other)).toBe('id is missing')
  expect(misfitIn(new TypeError('no such field'))).toBe('its reader failed: no such field')
  expect(misfitIn(null)).toBe('its reader failed: null')
})
