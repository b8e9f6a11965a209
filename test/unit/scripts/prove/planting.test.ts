// Which defects are planted: the named ones, or all of the testbeds that are proved.
import { describe, expect, test } from 'vitest'
import { defectsToPlant } from '../../../../scripts/prove/prove.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import type { PlantedDefect, TestbedDefinition } from '../../../../testbed/testbed.ts'

const testbed = (...names: string[]): TestbedDefinition => {
  const defects: Record<string, PlantedDefect> = {}
  for (const name of names) defects[name] = { criterion: 'a.b' }
  return { defects } as unknown as TestbedDefinition
}
const planted = (...args: Parameters<typeof defectsToPlant>) =>
  defectsToPlant(...args).map(({ name, system }) => [name, system])

describe('defects', () => {
  const testbeds = { bakery: testbed('burnt', 'cold'), shop: testbed('closed', 'cold') }

  test('that are named are planted in the system that has them', () => {
    expect(planted(testbeds, ['closed', 'burnt'])).toEqual([
      ['burnt', 'bakery'],
      ['closed', 'shop'],
    ])
  })

  test('are all planted where none is named, those of one name each in its own system', () => {
    expect(planted(testbeds, undefined)).toEqual([
      ['burnt', 'bakery'],
      ['cold', 'bakery'],
      ['closed', 'shop'],
      ['cold', 'shop'],
    ])
  })

  test('that two systems have need the name of one', () => {
    expect(() => planted(testbeds, ['cold'])).toThrow(WrongUse)
    expect(() => planted(testbeds, ['cold'])).toThrow(
      'the testbeds of bakery and shop each have a defect "cold": give SYSTEM= to say which one is meant',
    )
    expect(planted({ shop: testbeds.shop }, ['cold'])).toEqual([['cold', 'shop']])
  })

  test('that nobody has are wrong use', () => {
    expect(() => planted(testbeds, ['burned'])).toThrow(WrongUse)
    expect(() => planted(testbeds, ['burned'])).toThrow('valid: burnt, cold, closed')
  })
})
