// The pool's own adapter, and the one that shows how another is written.
import { expect, test } from 'vitest'
import { adapter } from '../../../../systems/cocoon/adapter.ts'
import { adapter as example } from '../../../../targets/example/adapter.ts'

test('credentials that are not there leave the header out, instead of an empty token', () => {
  const worker = { name: 'w', gpuModel: 'x', memoryMb: 1, run: 'r', account: 'a', thresholdNanoton: null }
  for (const make of [adapter, example]) {
    const headersWith = (token: string) => make(() => token).register(worker).headers
    expect(headersWith('t')).toEqual({ Authorization: 'Bearer t' })
    expect(headersWith('')).toEqual({})
  }
})
