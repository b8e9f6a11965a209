// What a run opens to others while it goes on: nothing beyond loopback, nothing that obeys whoever asks, and no secret.
import { readdir, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshRunId, pidOf, projectRoot, startAssay } from '../../../assay.ts'
import { startStubPool } from '../stub/server.ts'

const secret = 'a-token-that-nobody-may-see'
/** Of an address in /proc/net/tcp: 127.0.0.1. */
const loopback = '0100007F'
const listening = '0A'

/** Addresses that a process listens on, as /proc has them, with their ports. */
async function listeners(pid: number): Promise<{ address: string; port: number }[]> {
  const folder = `/proc/${pid}/fd`
  const links = await Promise.all(
    (await readdir(folder)).map((name) => readlink(path.join(folder, name)).catch(() => '')),
  )
  const own = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  )
  return tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === listening && own.has(fields[9] ?? ''))
    .map(([, local = '']) => {
      const [address = '', port = ''] = local.split(':')
      return { address, port: Number.parseInt(port, 16) }
    })
}

/** The first events of k6's page. */
async function eventsAt(port: number): Promise<string> {
  const { body } = await fetch(`http://127.0.0.1:${port}/events`, { signal: AbortSignal.timeout(10_000) })
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('event: snapshot')) {
    const { value, done } = await reader.read()
    if (done) break
    text += value
  }
  await reader.cancel()
  return text
}

describe.runIf(process.platform === 'linux')('k6 at work', () => {
  test(
    'listens on loopback alone, for its page, which tells no secret',
    { timeout: 60_000 },
    async (context) => {
      const stub = await startStubPool()
      context.onTestFinished(stub.close)
      const run = freshRunId('doors')
      const folder = path.join(projectRoot, 'reports', run)
      const args = ['run', `RUN=${run}`, 'SYSTEM=cocoon', `BASE_URL=${stub.baseUrl}`, 'PROFILE=kill']
      const child = startAssay(args, {
        POOL_CLIENT_TOKEN: secret,
        POOL_ENROL_TOKEN: secret,
      })
      // It must not go on beside the next test, whatever was found.
      context.onTestFinished(() => void child.kill('SIGINT'))
      let found: Awaited<ReturnType<typeof listeners>> | null = null
      let events = ''
      for await (const line of child.iterable({ from: 'all' })) {
        if (!line.includes('▶') || found !== null) continue
        const pid = await pidOf(path.join(folder, 'events.ndjson'))
        found = pid === null ? [] : await listeners(pid)
        if (found[0] !== undefined) events = await eventsAt(found[0].port)
        child.kill('SIGINT')
      }
      await child
      expect(found?.map(({ address }) => address)).toEqual([loopback])
      expect(events).toContain('http_reqs')
      expect(events).not.toContain(secret)
    },
  )
})
