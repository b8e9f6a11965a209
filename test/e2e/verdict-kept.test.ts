// The exit code is that of the verdict, and the verdict is the one that was judged, whatever breaks around it.
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../verdict/verdict.ts'
import type { Verdict } from '../../verdict/verdict.ts'
import { environmentWith, freshRunId, projectRoot, startAssay } from '../assay.ts'
import { until } from '../services.ts'

/** A port where nothing listens: such a run is INVALID within seconds. */
const dead = 'BASE_URL=http://127.0.0.1:9'

const folderOf = (run: string): string => path.join(projectRoot, 'reports', run)
const verdictOf = async (run: string): Promise<Verdict> =>
  JSON.parse(await readFile(path.join(folderOf(run), 'verdict.json'), 'utf8')) as Verdict

/** ./assay, and the promise of a line of its output that holds this text. */
function started(args: string[], text = '') {
  const child = startAssay(args)
  const line = new Promise<void>((resolve) => {
    createInterface({ input: child.all }).on('line', (one) => {
      if (one.includes(text)) resolve()
    })
  })
  /** Nobody reads any more, as after `| head -1`. */
  const leave = () => {
    child.stdout.destroy()
    child.stderr.destroy()
  }
  return { child, line, leave }
}

describe('a run', () => {
  test('whose reader leaves after the first line ends by its verdict', { timeout: 60_000 }, async () => {
    const run = freshRunId('reader-left')
    const { child, line, leave } = started(['run', `RUN=${run}`, dead])
    await line
    leave()
    const { exitCode } = await child
    expect((await verdictOf(run)).verdict).toBe('INVALID')
    expect(exitCode).toBe(exitCodes.INVALID)
  })

  test(
    'that is interrupted twice, heard by nobody, with folders in the way, ends by its verdict',
    { timeout: 60_000 },
    async () => {
      const run = freshRunId('twice')
      // The default system, on its own testbed.
      const { child, line, leave } = started(['run', `RUN=${run}`, 'PROFILE=kill'], '▶')
      await line
      for (const name of ['report.html', 'timeline.ndjson', 'config.json'])
        await mkdir(path.join(folderOf(run), name))
      leave()
      child.kill('SIGINT')
      child.kill('SIGTERM')
      // Again and again until it is over, also while it judges and writes.
      const again = setInterval(() => child.kill('SIGINT'), 20)
      const { exitCode, signal } = await child
      clearInterval(again)
      const { verdict, reasons } = await verdictOf(run)
      expect(signal).toBeUndefined()
      expect(reasons.join('\n')).toContain('interrupted by SIG')
      expect(exitCode).toBe(exitCodes[verdict])
      expect(existsSync(path.join(folderOf(run), 'junit.xml'))).toBe(true)
    },
  )

  test(
    'whose verdict cannot be written says what it was judged, and is INVALID',
    { timeout: 60_000 },
    async () => {
      const run = freshRunId('in-the-way')
      const child = startAssay(['run', `RUN=${run}`, dead])
      await until('the folder of the run', 30_000, () => existsSync(path.join(folderOf(run), 'services')))
      await mkdir(path.join(folderOf(run), 'verdict.json'))
      const { exitCode, all } = await child
      expect(all).toMatch(/^assay: judged INVALID, not kept: EISDIR/m)
      expect(all).toMatch(/^verdict: INVALID \(3\)$/m)
      expect(exitCode).toBe(exitCodes.INVALID)
    },
  )
})

test('a command whose reader leaves is no failure', { timeout: 60_000 }, async () => {
  const { child, line, leave } = started(['list'])
  await line
  leave()
  expect((await child).exitCode).toBe(0)
})

/** The command in a Node that runs this text first. */
const brokenBy = (text: string, ...args: string[]) =>
  execa(
    process.execPath,
    [
      `--import=data:text/javascript,${encodeURIComponent(text)}`,
      path.join(projectRoot, 'dist/node/scripts/assay.js'),
      ...args,
    ],
    { reject: false, all: true, env: environmentWith({}), extendEnv: false },
  )

test('an error that nobody expected is INVALID, never FAIL', { timeout: 60_000 }, async () => {
  // Thrown where no promise of ours catches it, as soon as the run has said its first word.
  const broken = `const write = process.stdout.write
    process.stdout.write = function (...args) {
      setImmediate(() => { throw new Error('nobody expected this') })
      return write.apply(this, args)
    }`
  const { exitCode, all } = await brokenBy(broken, 'run', dead)
  expect(all).toContain('assay: Error: nobody expected this')
  expect(exitCode).toBe(exitCodes.INVALID)
})

test('a wait for what can never come is INVALID, too', { timeout: 60_000 }, async () => {
  // Nothing is running yet when a run makes the folder of all runs, so that nothing keeps the process alive.
  const endless = `import files from 'node:fs/promises'
    import { syncBuiltinESMExports } from 'node:module'
    const { mkdir } = files
    files.mkdir = (folder, ...rest) =>
      String(folder).endsWith('reports') ? new Promise(() => {}) : mkdir(folder, ...rest)
    syncBuiltinESMExports()`
  const { exitCode, all } = await brokenBy(endless, 'run', dead)
  expect(all).toContain('waited for something that can never come')
  expect(exitCode).toBe(exitCodes.INVALID)
})
