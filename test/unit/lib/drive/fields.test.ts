// A reader that finds an answer wanting says which field is wrong, and nothing of the others.
import { beforeEach, describe, expect, test } from 'vitest'
import { fields, misfit, takeMisfit } from '../../../../lib/drive/fields.ts'

const order = fields<{ id: string; price: number; ready: boolean; parts: object }>({
  id: 'string',
  price: 'number',
  ready: 'boolean',
  parts: 'object',
})
const good = { id: 'one', price: 1, ready: false, parts: {} }

beforeEach(() => void takeMisfit())

describe('an answer', () => {
  test('with all fields is returned as it is', () => {
    expect(order(good)).toBe(good)
    expect(takeMisfit()).toBe(null)
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
    expect(order(json)).toBe(null)
    expect(takeMisfit()).toBe(why)
  })

  test('is told of the first field that is wrong, and once', () => {
    order({ price: 'a' })
    expect(takeMisfit()).toBe('id is missing (a string is expected)')
    expect(takeMisfit()).toBe(null)
  })

  test('has fields within fields', () => {
    const parts = fields<{ count: number }>({ count: 'number' }, 'parts')
    expect(parts({})).toBe(null)
    expect(takeMisfit()).toBe('parts.count is missing (a number is expected)')
    expect(parts(undefined)).toBe(null)
    expect(takeMisfit()).toBe('parts is missing (an object is expected)')
  })

  test('never has its values told, which may be secret', () => {
    misfit('token', 'a text', ['secret'])
    expect(takeMisfit()).toBe('token is a list (a text is expected)')
  })
})
