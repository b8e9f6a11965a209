// Variables of a system's own: how they are given, and where they arrive.
import { describe, expect, test } from 'vitest'
import { endpointsIn, settingsOf, type SystemVariables } from '../../../../lib/input/settings.ts'
import { address } from '../../../../lib/input/variables.ts'
import { rawVariables, repeatCommand, variablesOf } from '../../../../scripts/commands/arguments.ts'
import { defaultSystem } from '../../../../systems/default.ts'

const wholeNumber = (text: string): string => {
  if (!/^\d+$/.test(text)) throw new Error('expected a whole number')
  return String(Number(text))
}
const variables: SystemVariables = {
  CACHE_SIZE: { read: wholeNumber, doc: 'entries' },
  STORE_URL: { read: address, doc: 'the store', endpoint: 'store' },
}

describe('what a system reads of what is given', () => {
  test('are its own variables, as it reads them', () => {
    const given = { CACHE_SIZE: '007', STORE_URL: 'http://127.0.0.1:1/', SEED: '1', OTHER: 'x' }
    const settings = settingsOf(variables, given)
    expect(settings).toEqual({ CACHE_SIZE: '7', STORE_URL: 'http://127.0.0.1:1' })
    expect(endpointsIn(variables, settings)).toEqual({ store: 'http://127.0.0.1:1' })
  })

  test('is nothing where nothing is set', () => expect(settingsOf(variables, { CACHE_SIZE: '' })).toEqual({}))

  test('is an error that names the variable where it is malformed', () =>
    expect(() => settingsOf(variables, { CACHE_SIZE: 'big' })).toThrow(
      'CACHE_SIZE="big": expected a whole number',
    ))

  test('is not repeated where it may hold a password', () => {
    const read = () => settingsOf(variables, { STORE_URL: 'http://user:secret@store.example' })
    expect(read).toThrow('STORE_URL="...": expected an address')
    expect(read).not.toThrow('secret')
  })

  test.each(['SEED', 'cacheSize'])('cannot be called %s', (name) =>
    expect(() => settingsOf({ [name]: variables['CACHE_SIZE']! }, {})).toThrow(
      `a system cannot have the variable ${name}`,
    ),
  )
})

describe('on the command line', () => {
  const other = `${defaultSystem}-two`
  const ofSystems = { [defaultSystem]: { DEPTH: 'metres' }, [other]: { CACHE_SIZE: 'entries' } }
  const given = (args: string[], environment = {}) =>
    variablesOf(rawVariables(args, environment, [], ofSystems), ofSystems)

  test('they are given like those of the kit, and repeated', () => {
    const chosen = given([`SYSTEM=${other}`, 'CACHE_SIZE=10'])
    expect(chosen).toEqual({ SYSTEM: other, settings: { CACHE_SIZE: '10' } })
    expect(repeatCommand(chosen)).toBe(`./assay run SYSTEM=${other} CACHE_SIZE=10`)
    expect(given(['DEPTH=2'])).toEqual({ settings: { DEPTH: '2' } })
    expect(given([`CASE=${other}/A1`], { CACHE_SIZE: '3' }).settings).toEqual({ CACHE_SIZE: '3' })
  })

  test('one of another system is a mistake, and none where the environment happens to have it', () => {
    expect(() => given(['CACHE_SIZE=10'])).toThrow(
      `CACHE_SIZE is a variable of ${other}, and this run is of ${defaultSystem}`,
    )
    expect(given([], { CACHE_SIZE: '10' })).toEqual({})
  })

  test('with CASE=ALL each system takes its own', () =>
    expect(given(['CASE=ALL', 'CACHE_SIZE=10', 'DEPTH=2']).settings).toEqual({
      CACHE_SIZE: '10',
      DEPTH: '2',
    }))

  test('one that no system has is unknown', () =>
    expect(() => given(['CACHE_SIZ=10'])).toThrow('did you mean CACHE_SIZE?'))
})
