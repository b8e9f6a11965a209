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
  Object.entries(defectsToPlant(...args)).map(([name, { system }]) => [name, system])

describe('defects', () => {
  const testbeds = { bakery: testbed('burnt', 'cold'), shop: testbed('closed', 'cold') }

  test('that are named are planted in the system that has them', () => {
    expect(planted(testbeds, ['closed', 'burnt'])).toEqual([
      ['burnt', 'bakery'],
      ['closed', 'shop'],
    ])
  })

  test('are all planted where none is named', () => {
    expect(planted({ shop: testbeds.shop }, undefined)).toEqual([
      ['closed', 'shop'],
      ['cold', 'shop'],
    ])
  })

  test.each([[['cold']], [undefined]])('that two systems have need the name of one: %j', (names) => {
    expect(() => planted(testbeds, names)).toThrow(WrongUse)
    expect(() => planted(testbeds, names)).toThrow(
      'the testbeds of bakery and shop both have a defect "cold": name one of them by SYSTEM=',
    )
  })

  test('that nobody has are wrong use', () => {
    expect(() => planted(testbeds, ['burned'])).toThrow(WrongUse)
    expect(() => planted(testbeds, ['burned'])).toThrow('valid: burnt, cold, closed')
  })
})
