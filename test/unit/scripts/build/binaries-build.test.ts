import { writeFileSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ensureBinary } from '../../../../scripts/build/binaries.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import { goThatBuilds, makeCheckout, withDisruptor } from './binaries-checkout.ts'
import type { Checkout } from './binaries-checkout.ts'

const filesIn = async ({ root }: Checkout): Promise<string[]> =>
  (await readdir(path.join(root, 'bin')).catch(() => [])).sort()

async function checkoutWithGo(settings?: Parameters<typeof goThatBuilds>[2]): Promise<Checkout> {
  const checkout = await makeCheckout()
  await checkout.program('go/go', goThatBuilds(checkout.root, withDisruptor, settings))
  return checkout
}

describe('building', () => {
  test('is done once, without cgo, with paths trimmed and the caller’s GOFLAGS', async () => {
    const checkout = await checkoutWithGo()
    expect(await ensureBinary('k6', checkout.options)).toBe(`${checkout.root}/bin/k6`)
    await ensureBinary('k6', checkout.options)
    const builds = await checkout.builds()
    expect(builds).toHaveLength(1)
    expect(builds[0]).toMatch(/^CGO_ENABLED=0 GOFLAGS=-mod=mod build -trimpath .*-o \S+ \.\/k6$/)
    expect(await filesIn(checkout)).toEqual(['k6', 'k6.digest'])
    expect(checkout.said).toEqual(['building bin/k6 (about 2-4 minutes the first time)'])
  })

  test('is done in a work folder of its own, where the package has none that is current', async () => {
    const checkout = await checkoutWithGo()
    const options = { ...checkout.options, work: path.join(checkout.root, 'work') }
    expect(await ensureBinary('k6', options)).toBe(`${options.work}/bin/k6`)
    expect(await ensureBinary('k6', options)).toBe(`${options.work}/bin/k6`)
    expect([await filesIn(checkout), await checkout.builds()]).toEqual([[], [expect.any(String)]])
    const shipped = await ensureBinary('k6', checkout.options)
    expect(await ensureBinary('k6', options)).toBe(shipped)
  })

  test.each(['binaries/go.mod', 'binaries/go.sum', 'binaries/k6/main.go'])(
    'is done again when %s changes',
    async (file) => {
      const checkout = await checkoutWithGo()
      await ensureBinary('k6', checkout.options)
      await checkout.write(file, `${await readFile(path.join(checkout.root, file), 'utf8')}// changed\n`)
      await ensureBinary('k6', checkout.options)
      expect(await checkout.builds()).toHaveLength(2)
    },
  )

  test('is not done again when the source of another program changes', async () => {
    const checkout = await checkoutWithGo()
    await ensureBinary('k6', checkout.options)
    await checkout.write('binaries/toxiproxy/main.go', 'package main // changed\n')
    await checkout.write('binaries/k6-v2/go.mod', 'module example\n\ngo 1.26.0\n')
    await ensureBinary('k6', checkout.options)
    expect(await checkout.builds()).toHaveLength(1)
  })

  test('happens once when two ask at the same time', async () => {
    const checkout = await makeCheckout()
    const release = path.join(checkout.root, 'release')
    const beforeBuild = `while [ ! -e '${release}' ]; do /bin/sleep 0.02; done`
    await checkout.program('go/go', goThatBuilds(checkout.root, withDisruptor, { beforeBuild }))
    // The first build goes on only when the second has said that it waits.
    const say = (line: string): void => {
      checkout.said.push(line)
      if (line.startsWith('waiting')) writeFileSync(release, '')
    }
    const options = { ...checkout.options, say }
    await Promise.all([ensureBinary('k6', options), ensureBinary('k6', options)])
    expect(checkout.said.sort()).toEqual([
      'building bin/k6 (about 2-4 minutes the first time)',
      'waiting for another run that builds bin/k6',
    ])
    expect(await checkout.builds()).toHaveLength(1)
  })

  test('takes over the lock and the unfinished file of a run that was killed', async () => {
    const checkout = await checkoutWithGo()
    await checkout.write('bin/.k6.lock', JSON.stringify({ pid: 2 ** 22 + 1, start: '1' }))
    await checkout.write('bin/.k6.building', 'half a program')
    await ensureBinary('k6', checkout.options)
    expect(await filesIn(checkout)).toEqual(['k6', 'k6.digest'])
  })

  test('replaces a program that bears no stamp', async () => {
    const checkout = await checkoutWithGo()
    await checkout.write('bin/k6', 'of unknown origin')
    await ensureBinary('k6', checkout.options)
    expect(await readFile(path.join(checkout.root, 'bin/k6'), 'utf8')).toContain('k6 v1.8.1')
  })
})

describe('a build that fails', () => {
  test.each([
    ['a full disk', 'write /tmp/x: no space left on device', /The disk is full: free about/],
    [
      'no network',
      'dial tcp: lookup proxy.example: no such host',
      /The module proxy could not be reached: check the network or set GOPROXY/,
    ],
    ['a changed download', 'verifying x@v1: checksum mismatch', /not what go\.sum pins/],
    ['anything else', 'x.go:1:1: syntax error', /Run again, or install k6 and name it with K6=/],
  ])('for %s shows the output, says what to do, and leaves the old program', async (_, output, advice) => {
    const checkout = await checkoutWithGo()
    await ensureBinary('k6', checkout.options)
    const before = await readFile(path.join(checkout.root, 'bin/k6'), 'utf8')
    await checkout.write('binaries/go.sum', 'changed\n')
    await checkout.program(
      'go/go',
      goThatBuilds(checkout.root, withDisruptor, {
        beforeBuild: `echo half > "$2"; echo '${output}' >&2; exit 1`,
      }),
    )
    const built = ensureBinary('k6', checkout.options)
    await expect(built).rejects.toBeInstanceOf(WrongUse)
    await expect(built).rejects.toThrow(advice)
    await expect(built).rejects.toThrow(output)
    expect(await readFile(path.join(checkout.root, 'bin/k6'), 'utf8')).toBe(before)
    expect(await filesIn(checkout)).toEqual(['k6', 'k6.digest'])
  })

  test('is tried again the next time', async () => {
    const checkout = await checkoutWithGo({ beforeBuild: 'exit 1' })
    await expect(ensureBinary('k6', checkout.options)).rejects.toBeInstanceOf(WrongUse)
    expect(await filesIn(checkout)).toEqual([])
    await checkout.program('go/go', goThatBuilds(checkout.root, withDisruptor))
    await ensureBinary('k6', checkout.options)
    expect(await filesIn(checkout)).toEqual(['k6', 'k6.digest'])
  })

  test('because bin/ cannot be made says so', async () => {
    const checkout = await checkoutWithGo()
    await checkout.write('bin', 'a file')
    const built = ensureBinary('k6', checkout.options)
    await expect(built).rejects.toThrow(/^bin\/k6 could not be put in place: .*EEXIST/)
    await expect(built).rejects.toBeInstanceOf(WrongUse)
  })
})

describe('Go', () => {
  test('that is too old is named, with the version that go.mod asks for', async () => {
    const checkout = await checkoutWithGo({ version: 'go1.24.9' })
    await expect(ensureBinary('k6', checkout.options)).rejects.toThrow(
      /^Go on the PATH is 1\.24, too old to build bin\/k6: install either k6 1\.0 or newer, or Go 1\.25 or newer/,
    )
    expect(await checkout.builds()).toEqual([])
  })

  test('that does not work is quoted', async () => {
    const checkout = await makeCheckout()
    await checkout.program('go/go', 'echo "go: cannot find GOROOT directory" >&2; exit 2')
    await expect(ensureBinary('k6', checkout.options)).rejects.toThrow(
      /it said: go: cannot find GOROOT directory/,
    )
  })

  test('that is missing is asked for by itself where k6 would not help', async () => {
    const checkout = await makeCheckout()
    await expect(ensureBinary('toxiproxy', checkout.options)).rejects.toThrow(
      /^bin\/toxiproxy must be built, and there is no Go on the PATH: install Go 1\.25 or newer/,
    )
  })

  test('is not needed while the program is current', async () => {
    const checkout = await checkoutWithGo()
    await ensureBinary('k6', checkout.options)
    const environment = { PATH: '' }
    expect(await ensureBinary('k6', { ...checkout.options, environment })).toBe(`${checkout.root}/bin/k6`)
  })
})
