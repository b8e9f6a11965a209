// A lock between processes, as a file that names its owner. Plain JavaScript, because the preparation of a fresh
// checkout needs it before anything is installed or built.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const pollMs = 200

/** Process ids are used again, so an owner is its id and the moment it started, where the system tells it. */
function startOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ')[19]
  } catch {
    return ''
  }
}

const me = () => JSON.stringify({ pid: process.pid, start: startOf(process.pid) })

function isAlive(owner) {
  try {
    const { pid, start } = JSON.parse(owner)
    process.kill(pid, 0)
    return start === startOf(pid)
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    return error.code === 'EPERM'
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** The owner is written before the file gets its name, so a lock is never seen without one. */
function take(file) {
  const draft = `${file}.${randomUUID()}`
  writeFileSync(draft, me())
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

export async function withLock(file, work, { limitMs, waiting }) {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const deadline = Date.now() + limitMs
  let told = false
  while (!take(file)) {
    const owner = read(file)
    if (owner !== undefined && !isAlive(owner)) {
      // Two that wait may both come here, and the slower may take away the new owner's lock. Then work is done twice;
      // every user of this lock puts its result in place by a rename, so that is a waste and never a wrong result.
      rmSync(file, { force: true })
      continue
    }
    if (Date.now() > deadline) {
      throw new Error(
        `${file} was not free within ${limitMs / 1000} s. Its owner is ${owner}; end it, or remove the file.`,
      )
    }
    if (!told) waiting?.()
    told = true
    await delay(pollMs)
  }
  try {
    return await work()
  } finally {
    if (read(file) === me()) rmSync(file, { force: true })
  }
}
