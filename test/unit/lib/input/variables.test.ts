import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../../../lib/plan/duration.ts'
import { choose, readVariables } from '../../../../lib/input/variables.ts'
import { rawVariables, repeatCommand, variablesOf } from '../../../../scripts/commands/arguments.ts'

describe('durations', () => {
  test.each([
    ['45s', 45],
    ['10m', 600],
    ['1h30m', 5400],
    ['28m30s', 1710],
    ['1.5s', 1.5],
  ])('%s', (text, seconds) => expect(parseDuration(text)).toBe(seconds))
  test.each(['', '0s', '10', 'ten', '5 m', '-1s', '1d', '1s!'])('"%s" is refused', (text) =>
    expect(() => parseDuration(text)).toThrow('is not a duration'),
  )
  test('are written short', () =>
    expect([5, 90, 5400, 0.25].map(formatDuration)).toEqual(['5s', '1m30s', '1h30m', '0.3s']))
})

describe('variables', () => {
  test.each([
    [{ SEED: 'x' }, 'SEED="x": expected a whole number'],
    [{ SEED: '1e3' }, 'SEED="1e3": expected a whole number'],
    [{ PORT: '70000' }, 'PORT="70000": expected a whole number from 1 to 65535'],
    [{ BASE_URL: 'localhost:80' }, 'BASE_URL="localhost:80": expected an address'],
    [{ BASE_URL: 'http://127.0.0.1:80@evil.example/' }, 'without user, password'],
    [{ BASE_URL: 'https://user:secret@pool.example' }, 'without user, password'],
    [{ DURATION: '0s' }, 'DURATION="0s": "0s" is not a duration'],
    [{ RECORD: 'yes' }, 'RECORD="yes": expected 1 or 0'],
    [{ CHECKS: 'some' }, 'CHECKS="some": expected all or none'],
  ])('%j is an error that names the variable', (environment, message) =>
    expect(() => readVariables(environment)).toThrow(message),
  )
  test('an empty value counts as not set', () => expect(readVariables({ SEED: '' })).toEqual({}))
  test('an unknown choice lists the valid ones', () =>
    expect(() => choose('profile', 'smok', { smoke: 1, full: 1 })).toThrow(
      'unknown profile "smok"; valid: smoke, full',
    ))
  test('an unknown argument is refused with the nearest name', () => {
    expect(() => rawVariables(['SCENARI=baseline'], {})).toThrow(
      'unknown variable SCENARI; did you mean SCENARIO?',
    )
    expect(() => rawVariables(['baseline'], {})).toThrow('write NAME=value')
  })
  test('arguments win over the environment', () =>
    expect(rawVariables(['SEED=2'], { SEED: '1', PROFILE: 'kill' })).toEqual({ SEED: '2', PROFILE: 'kill' }))
  test('the work folder comes from the environment alone, where make puts it too', () => {
    expect(rawVariables(['ASSAY_WORK=mine'], { ASSAY_WORK: 'mine' })).toEqual({})
    expect(() => rawVariables(['ASSAY_WORK=mine'], {})).toThrow('write ASSAY_WORK= before ./assay')
    expect(() => rawVariables(['ASSAY_WORK=mine'], { ASSAY_WORK: 'other' })).toThrow('before ./assay')
  })
  test('a target file is seen from the folder of the caller, from which on its path is whole', () => {
    const variables = variablesOf({ TARGET: 'mine.json' })
    expect(variables.TARGET).toBe(path.resolve('mine.json'))
    expect(repeatCommand(variables)).toBe(`./assay run TARGET=${path.resolve('mine.json')}`)
  })
  test('the repeat command has what decides a run, and no secret', () => {
    const command = repeatCommand({
      SEED: 7,
      DURATION: 90,
      TESTBED_DATABASE_URL: 'postgres://user:secret@host/db',
      CHECKS: 'none',
      DEFECTS: ['a', 'b'],
      OUT: 'json=/tmp/series.json',
    })
    expect(command).toBe('./assay run SEED=7 DURATION=90s CHECKS=none DEFECTS=a,b')
  })
})
