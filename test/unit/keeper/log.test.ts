import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ServiceLog, type LogFile } from '../../../keeper/service-log.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'keeper-log-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A disk with so much room; a write beyond it is cut short first and refused then, as a real one does. */
class SmallDisk implements LogFile {
  text = ''
  room: number
  constructor(room: number) {
    this.room = room
  }
  async write(data: Buffer): Promise<{ bytesWritten: number }> {
    if (this.room === 0)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    const taken = data.subarray(0, this.room)
    this.room -= taken.length
    this.text += taken.toString()
    return { bytesWritten: taken.length }
  }
  async close(): Promise<void> {}
}

describe('service log', () => {
  it('writes lines in order', async () => {
    const log = new ServiceLog(path.join(folder, 'a.log'), { limitBytes: 10_000 })
    for (let index = 0; index < 100; index += 1) log.write(`line ${index}\n`)
    await log.close()
    const expected = Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join('')
    expect(await readFile(path.join(folder, 'a.log'), 'utf8')).toBe(expected)
  })

  it('stays within its limit, keeps the newest lines and says what is gone', async () => {
    const file = path.join(folder, 'a.log')
    const log = new ServiceLog(file, { limitBytes: 4000 })
    for (let index = 0; index < 1000; index += 1) {
      log.write(`line ${index}\n`)
      await log.flush()
    }
    await log.close()
    const [now, before] = await Promise.all([stat(file), stat(`${file}.1`)])
    expect(now.size + before.size).toBeLessThan(4000 + 200)
    const text = await readFile(file, 'utf8')
    expect(text).toMatch(
      /^\[keeper\] this log is bounded: earlier lines .* \d+ bytes before those were removed\n/,
    )
    expect(text).toMatch(/line 999\n$/)
    // Nothing is missing between the two files.
    const kept = [...((await readFile(`${file}.1`, 'utf8')) + text).matchAll(/^line (\d+)$/gm)].map(([, n]) =>
      Number(n),
    )
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 1000 - kept.length + index))
  })

  it('survives a full disk, counts what it lost, and goes on when there is room again', async () => {
    const disk = new SmallDisk(25)
    const log = new ServiceLog('any.log', { limitBytes: 10_000, openFile: async () => disk })
    log.write('the first line\n')
    await log.flush()
    log.write('the second line is lost\n')
    await log.flush()
    log.write('the third as well\n')
    await log.flush()
    disk.room = 1000
    log.write('the fourth line\n')
    await log.close()
    expect(disk.text).toMatch(/^the first line\n/)
    expect(disk.text).toMatch(
      /\n\[keeper\] 42 bytes of this log are missing here: ENOSPC: no space left on device, write\nthe fourth line\n$/,
    )
  })

  it('survives a folder that cannot be written to', async () => {
    const log = new ServiceLog(path.join(folder, 'gone', 'a.log'), { limitBytes: 10_000 })
    log.write('nowhere to go\n')
    await log.close()
    await expect(stat(path.join(folder, 'gone'))).rejects.toThrow('ENOENT')
  })

  it('drops lines instead of keeping them in memory when the disk hangs', async () => {
    let release = (): void => {}
    const disk = new SmallDisk(100_000_000)
    const hanging = new Promise<void>((resolve) => (release = resolve))
    const write = disk.write.bind(disk)
    disk.write = async (data) => {
      await hanging
      return write(data)
    }
    const log = new ServiceLog('any.log', { limitBytes: 100_000_000, openFile: async () => disk })
    const megabyte = `${'x'.repeat(1024 * 1024 - 1)}\n`
    for (let index = 0; index < 10; index += 1) log.write(megabyte)
    release()
    await log.flush()
    expect(disk.text.length).toBe(4 * megabyte.length)
    log.write('after\n')
    await log.close()
    expect(disk.text).toMatch(
      /\n\[keeper\] 6291456 bytes of this log are missing here: the disk is too slow\nafter\n$/,
    )
  })
})
