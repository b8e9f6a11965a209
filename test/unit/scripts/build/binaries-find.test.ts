import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { findK6 } from '../../../../scripts/build/binaries.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import { goThatBuilds, makeCheckout, stockV1, stockV2, withDisruptor } from './binaries-checkout.ts'

describe('a k6 on the PATH', () => {
  test.each([
    ['1.2.0', stockV1, false],
    ['2.2.0', stockV2, false],
    ['1.8.1', withDisruptor, true],
    ['1.0.0', 'k6 v1.0.0 (go1.24.2, darwin/arm64)', false],
  ])('%s is used', async (version, answer, extension) => {
    const { options, k6, builds } = await makeCheckout()
    const program = await k6('tools', answer)
    expect(await findK6(options)).toEqual({ path: program, version, source: 'PATH', extension })
    expect(await builds()).toEqual([])
  })

  test.each([
    ['too old', 'k6 v0.47.0 (commit/5ceb210056, go1.21.2, linux/amd64)'],
    ['of an unknown future', 'k6 v3.0.0 (go1.30.0, linux/amd64)'],
    ['something else', 'Welcome to k6, the karaoke machine'],
  ])('that is %s is passed over for the next one', async (_, answer) => {
    const { options, k6 } = await makeCheckout()
    await k6('first', answer)
    const second = await k6('second', stockV1)
    expect(await findK6(options)).toMatchObject({ path: second, source: 'PATH' })
  })

  test('that is too old, alone, leads to bin/k6', async () => {
    const { root, options, k6, program, said } = await makeCheckout()
    await k6('tools', 'k6 v0.47.0 (commit/5ceb210056, go1.21.2, linux/amd64)')
    await program('go/go', goThatBuilds(root, withDisruptor))
    expect(await findK6(options)).toEqual({
      path: `${root}/bin/k6`,
      version: '1.8.1',
      source: 'bin',
      extension: true,
    })
    expect(said).toEqual(['building bin/k6 (about 2-4 minutes the first time)'])
  })

  test('without the extension is passed over when the case needs it', async () => {
    const { root, options, k6, program } = await makeCheckout()
    await k6('tools', stockV2)
    await program('go/go', goThatBuilds(root, withDisruptor))
    expect(await findK6({ ...options, needsExtension: true })).toMatchObject({
      source: 'bin',
      extension: true,
    })
  })
})

describe('K6=', () => {
  test('names a path, and wins over the PATH', async () => {
    const { options, k6 } = await makeCheckout()
    await k6('tools', stockV1)
    const mine = await k6('mine', stockV2, false)
    expect(await findK6({ ...options, k6: mine })).toEqual({
      path: mine,
      version: '2.2.0',
      source: 'K6',
      extension: false,
    })
  })

  test('is read from the environment too', async () => {
    const { options, k6 } = await makeCheckout()
    const mine = await k6('mine', stockV2, false)
    const environment = { ...options.environment, K6: mine }
    expect(await findK6({ ...options, environment })).toMatchObject({ path: mine, source: 'K6' })
  })

  test('may name a program on the PATH, under a name of its own', async () => {
    const { options, program } = await makeCheckout()
    const file = await program('tools/k6-beta', "echo 'k6-beta v2.3.0-rc1 (go1.26.1, linux/amd64)'")
    expect(await findK6({ ...options, k6: 'k6-beta' })).toMatchObject({
      path: file,
      version: '2.3.0-rc1',
      source: 'K6',
    })
  })

  test.each([
    ['a path that is not there', '/nonexistent/k6', /^K6=\/nonexistent\/k6: it cannot be run \(ENOENT\)/],
    ['a folder', '/tmp/', /^K6=\/tmp: it cannot be run \(EACCES\)/],
    ['a path from here', './no/k6', `K6=${path.resolve('no/k6')}: it cannot be run (ENOENT)`],
    ['a name that is not there', 'no-such-k6', /^K6=no-such-k6: there is no such program on the PATH/],
    [
      'another program',
      process.execPath,
      /`k6 version` did not say a k6 version \(it said: .+\)\. Give the path of a k6/,
    ],
  ])('that is %s is wrong use, and nothing else is tried', async (_, value, message) => {
    const { options, k6, root, program, builds } = await makeCheckout()
    await k6('tools', stockV1)
    await program('go/go', goThatBuilds(root, withDisruptor))
    const found = findK6({ ...options, k6: value })
    await expect(found).rejects.toThrow(message)
    await expect(found).rejects.toBeInstanceOf(WrongUse)
    expect(await builds()).toEqual([])
  })

  test('that is too old says which version is needed', async () => {
    const { options, k6 } = await makeCheckout()
    const old = await k6('mine', 'k6 v0.47.0 (commit/5ceb210056, go1.21.2, linux/amd64)', false)
    await expect(findK6({ ...options, k6: old })).rejects.toThrow(/it is k6 0\.47\.0; k6 1 or 2 is needed/)
  })

  test('without the extension says so, and bin/k6 takes its place when the case needs it', async () => {
    const { options, k6, root, program, said } = await makeCheckout()
    const mine = await k6('mine', stockV2, false)
    await program('go/go', goThatBuilds(root, withDisruptor))
    expect(await findK6({ ...options, k6: mine, needsExtension: true })).toMatchObject({ source: 'bin' })
    expect(said[0]).toBe(`K6=${mine} has no xk6-disruptor, which this case needs: using bin/k6`)
  })
})

test('without k6 and without Go, one message says that either is enough', async () => {
  const { options } = await makeCheckout()
  const found = findK6(options)
  await expect(found).rejects.toThrow(
    'there is no suitable k6 and no Go to build one on the PATH: install either k6 1.0 or newer, or Go 1.25 or newer',
  )
  await expect(found).rejects.toBeInstanceOf(WrongUse)
})
