// The option `cloud` of a bundle: made of variables alone, and refused at once where k6 Cloud would refuse it later.
import { describe, expect, test } from 'vitest'
import { cloudOf } from '../../../../lib/input/cloud.ts'
import { readVariables } from '../../../../lib/input/variables.ts'
import { repeatCommand } from '../../../../scripts/commands/arguments.ts'

const read = (environment: Record<string, string>) => cloudOf(readVariables(environment), 'shop/S1')

describe('options.cloud', () => {
  test('is left out where no variable asks for it', () => expect(read({ SEED: '1' })).toEqual({}))

  test('is named after the case where only the project is given', () =>
    expect(read({ CLOUD_PROJECT: '123' })).toEqual({ cloud: { name: 'shop/S1', projectID: 123 } }))

  test('has a name and load zones of its own', () =>
    expect(
      read({ CLOUD_NAME: 'Release 7', CLOUD_ZONES: 'amazon:us:ashburn=60, amazon:ie:dublin=40' }),
    ).toEqual({
      cloud: {
        name: 'Release 7',
        distribution: {
          'amazon:us:ashburn': { loadZone: 'amazon:us:ashburn', percent: 60 },
          'amazon:ie:dublin': { loadZone: 'amazon:ie:dublin', percent: 40 },
        },
      },
    }))

  test.each([
    [{ CLOUD_PROJECT: 'mine' }, 'CLOUD_PROJECT="mine": expected a whole number'],
    [{ CLOUD_ZONES: 'amazon:us:ashburn' }, 'expected zone=per cent'],
    [{ CLOUD_ZONES: 'a=0,b=100' }, 'expected zone=per cent'],
    [{ CLOUD_ZONES: 'a=60,b=30' }, 'must make 100 per cent together, and make 90'],
    [{ CLOUD_ZONES: 'a=50,a=50' }, 'the load zone a is named twice'],
  ])('%j is refused', (environment, message) => expect(() => read(environment)).toThrow(message))

  test('is repeated as it was given', () =>
    expect(repeatCommand(readVariables({ CLOUD_ZONES: 'a=60,b=40' }))).toBe(
      "./assay run CLOUD_ZONES='a=60,b=40'",
    ))
})
