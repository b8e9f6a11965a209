// The birth of a keeper's process, as its runner sees it.
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { settingsVariable, tokenVariable, type KeeperReady, type KeeperSettings } from './requests.ts'

/** For the keeper's start, with whatever it has to clear first. */
const startTimeoutMs = 20_000
const quotedLines = 5
/** What the keeper says when it fails; in its own folder, so that it outlives only a keeper that died. */
export const stderrFile = 'stderr.log'

export function spawnKeeper(
  program: string,
  settings: KeeperSettings,
  token: string,
  folder: string,
): ChildProcess {
  const stderr = openSync(path.join(folder, stderrFile), 'a', 0o600)
  try {
    return spawn(process.execPath, [program], {
      // A session of its own: Ctrl-C in the terminal reaches the runner alone, and the runner decides.
      detached: true,
      stdio: ['ignore', 'pipe', stderr],
      env: { ...process.env, [settingsVariable]: JSON.stringify(settings), [tokenVariable]: token },
    })
  } finally {
    closeSync(stderr)
  }
}

export function whenReady(started: ChildProcess): Promise<KeeperReady> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`it was not ready after ${startTimeoutMs} ms`)),
      startTimeoutMs,
    )
    const lines = createInterface({ input: started.stdout as NodeJS.ReadableStream })
    const settle = (): void => {
      clearTimeout(timer)
      lines.close()
      started.stdout?.destroy()
    }
    lines.once('line', (line) => {
      settle()
      resolve(JSON.parse(line) as KeeperReady)
    })
    started.once('error', (thrown) => {
      settle()
      reject(thrown)
    })
    started.once('exit', (code, signal) => {
      settle()
      reject(new Error(`it ended with ${signal ?? `code ${code}`}`))
    })
  })
}

/** The end of a file as quoted lines; '' when there is none. */
export function lastLines(file: string): string {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-quotedLines)
    return lines.join('') === '' ? '' : `. Its last lines:\n${lines.map((line) => `  ${line}`).join('\n')}`
  } catch {
    return ''
  }
}
