// What a runner asks of its keeper: start, follow, signal, stop; and what the keeper refuses.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { availableParallelism, getPriority, tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { KeeperClient } from '../../keeper/client.ts'
import { identify, isAlive, markedProcesses } from '../../keeper/processes.ts'
import type { MachineSample, ResourceSample, ServiceSpec } from '../../keeper/service.ts'
import { takenIn } from '../../verdict/machine.ts'
import { measured, triedFor } from '../measured.ts'
import { answering, freePort, nodeService, prepareSetup, until, type KeeperSetup } from './keeper-setup.ts'

let setup: KeeperSetup
let keeper: KeeperClient
let web = ''

beforeAll(async () => {
  setup = await prepareSetup()
  web = await setup.script('web', answering)
  keeper = await setup.start()
})
afterEach(async () => {
  const running = (await keeper.status()).filter(({ state }) => state !== 'over')
  for (const { name } of running) await keeper.stop(name)
})
afterAll(async () => {
  await keeper.end()
  expect(await readdir(setup.keepersRoot)).toEqual([])
  await setup.remove()
})

const logOf = (name: string): Promise<string> =>
  readFile(path.join(setup.runDir, 'services', `${name}.log`), 'utf8')

async function webService(name: string, more: Partial<ServiceSpec> = {}): Promise<ServiceSpec> {
  const port = await freePort()
  const ready = { url: `http://127.0.0.1:${port}/` }
  return nodeService(name, web, { env: { PORT: String(port) }, ready, ...more })
}

describe('starting', () => {
  it('resolves when the service answers', async () => {
    const spec = await webService('answers')
    const { pid } = await keeper.start(spec)
    expect(await (await fetch((spec.ready as { url: string }).url)).text()).toContain('database_connections')
    expect(await keeper.status()).toContainEqual({ name: 'answers', pid, state: 'ready', exit: null })
  })

  it('gives a service the environment of its spec, PATH and HOME, and nothing of ours', async () => {
    const file = await setup.script('environment', `console.log(Object.keys(process.env).sort().join())`)
    await keeper.start(nodeService('environment', file, { env: { GIVEN: 'yes' } }))
    await keeper.waitExit('environment')
    expect(await logOf('environment')).toMatch(/^ASSAY_KEEPER,GIVEN,HOME,PATH\n/)
  })

  it.runIf(process.platform === 'linux')(
    'lets a service give way to others, as a session and by itself',
    async () => {
      const { pid } = await keeper.start(await webService('polite', { niceness: 7 }))
      expect(getPriority(pid)).toBe(7)
      const group = await readFile(`/proc/${pid}/autogroup`, 'utf8').catch(() => 'nice 7')
      expect(group.trim()).toMatch(/nice 7$/)
    },
  )

  it('says why a service died at once, with its last lines', async () => {
    const file = await setup.script('dies', `console.error('no such table: tasks'); process.exit(3)`)
    const start = keeper.start(await webService('dies', { args: [file] }))
    await expect(start).rejects.toThrow(
      /dies ended before it was ready: exit code 3\. Its last lines:\n {2}no such table: tasks/,
    )
    await expect(start).rejects.toMatchObject({ code: 'died_at_start' })
  })

  it('ends a service that does not become ready in time, and says what it got', async () => {
    const file = await setup.script(
      'busy',
      `console.log('migrating'); process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6)`,
    )
    const start = keeper.start(await webService('busy', { args: [file], readyTimeoutMs: 400 }))
    await expect(start).rejects.toThrow(
      /busy was not ready after 400 ms .* answering 200, got: .*ECONNREFUSED[^]*migrating/,
    )
    expect(markedProcesses(`${keeper.id}/busy`)).toEqual([])
  })

  it('ends a service that answers, but not 200', async () => {
    const file = await setup.script(
      'sick',
      answering.replace('response.end(', 'response.writeHead(503).end('),
    )
    const start = keeper.start(await webService('sick', { args: [file], readyTimeoutMs: 800 }))
    await expect(start).rejects.toThrow(/got: it answered 503/)
  })

  it('does not take somebody else on the same port for the service', async () => {
    const first = await webService('first')
    await keeper.start(first)
    const start = keeper.start({ ...first, name: 'second' })
    await expect(start).rejects.toMatchObject({ code: 'port_in_use' })
    await expect(start).rejects.toThrow(/something else already listens .* choose another port/)
  })

  it('refuses a program outside the allow list, also behind a link that names an allowed one', async () => {
    const link = path.join(setup.root, 'node')
    await symlink('/bin/sh', link)
    for (const command of ['/bin/sh', link, path.join(setup.root, 'none')]) {
      const start = keeper.start({ ...nodeService('outside', web), command })
      await expect(start).rejects.toMatchObject({ code: 'not_allowed' })
      await expect(start).rejects.toThrow(`allowed are: ${process.execPath}`)
    }
  })

  it.each([
    ['a name that leaves the folder', { name: '../outside' }],
    ['an unknown field', { shell: true }],
    ['a variable that is no text', { env: { PORT: 80 } }],
    ['a stop signal outside the list', { stopSignal: 'SIGSTOP' }],
    ['a secret that its environment lacks', { secrets: ['TOKEN'] }],
  ])('refuses %s', async (_what, more) => {
    const spec = { ...nodeService('malformed', web), ...more } as unknown as ServiceSpec
    await expect(keeper.start(spec)).rejects.toMatchObject({ code: 'malformed_request' })
  })

  it('refuses a second service of the same name, and starts it again when the first is over', async () => {
    await keeper.start(await webService('again'))
    await expect(keeper.start(await webService('again'))).rejects.toMatchObject({ code: 'name_in_use' })
    await keeper.stop('again')
    await keeper.start(await webService('again'))
    expect((await keeper.status()).at(-1)).toMatchObject({ name: 'again', state: 'ready' })
  })
})

describe('following and stopping', () => {
  it('gives output as it comes, and the exit after the last of it', async () => {
    const file = await setup.script(
      'talks',
      `process.on('SIGINT', () => { console.log('last'); process.exit(5) }); console.log('one'); setInterval(() => {}, 1e6)`,
    )
    await keeper.start(nodeService('talks', file))
    const lines: string[] = []
    const followed = keeper.output('talks', (line) => lines.push(line))
    await until('the first line', () => lines.includes('one'), 3000)
    const exit = keeper.waitExit('talks')
    await keeper.signal('talks', 'SIGINT')
    expect(await exit).toEqual({ code: 5, signal: null })
    await followed
    expect(lines).toEqual(['one', 'last'])
    expect(await logOf('talks')).toMatch(/^one\nlast\n\[keeper\] talks \(pid \d+\) ended with code 5\n$/)
  })

  it('kills what does not stop in time, with children that left its process group', async () => {
    const file = await setup.script(
      'clings',
      `import { spawn } from 'node:child_process'
       process.on('SIGTERM', () => {})
       const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e6)'], { detached: true, env: {}, stdio: 'pipe' })
       child.stdout.once('data', () => console.log(child.pid))
       setInterval(() => {}, 1e6)`,
    )
    await keeper.start(nodeService('clings', file, { stopTimeoutMs: 200 }))
    const child = identify(Number(await new Promise((resolve) => void keeper.output('clings', resolve))))!
    expect(await keeper.stop('clings')).toMatchObject({ how: 'killed', signal: 'SIGKILL' })
    await until('its child is gone', () => !isAlive(child), 2000)
  })

  it('names the services there are when asked for another', async () => {
    await keeper.start(await webService('known'))
    await expect(keeper.stop('unknown')).rejects.toThrow(/no service is called unknown; there are: .*known/)
  })
})

describe('secrets', () => {
  it('appear in no log, no followed line, no error and no journal', async () => {
    const secret = 'tok-5ecret/with+signs=='
    const file = await setup.script(
      'leaks',
      `const s = process.env.TOKEN
       process.stdout.write('half ' + s.slice(0, 9))
       setTimeout(() => {
         process.stdout.write(s.slice(9) + '\\n')
         console.error(JSON.stringify({ url: 'http://x/?t=' + encodeURIComponent(s), authorization: 'Bearer abcdefgh01234567' }))
         process.exit(1)
       }, 50)`,
    )
    const spec = await webService('leaks', { args: [file], env: { TOKEN: secret }, secrets: ['TOKEN'] })
    const thrown = await keeper.start(spec).catch((error: Error) => error.message)
    const lines: string[] = []
    await keeper.output('leaks', (line) => lines.push(line))
    expect(lines).toEqual(['half [redacted]'])
    const journal = await readFile(path.join(setup.keepersRoot, keeper.id, 'journal.ndjson'), 'utf8')
    for (const text of [String(thrown), await logOf('leaks'), await logOf('keeper'), journal]) {
      expect(text).not.toMatch(/5ecret|abcdefgh/)
      expect(text).toContain('leaks')
    }
    expect(await logOf('leaks')).toContain(
      'half [redacted]\n{"url":"http://x/?t=[redacted]","authorization":"Bearer [redacted]"}',
    )
  })
})

describe('the door', () => {
  function ask(port: number, url: string, token: string): Promise<number> {
    const headers = { authorization: `Bearer ${token}` }
    return new Promise((resolve, reject) => {
      const request = http.request(
        { host: '127.0.0.1', port, path: url, method: 'POST', headers },
        (response) => {
          response.resume()
          resolve(response.statusCode ?? 0)
        },
      )
      request.once('error', reject).end()
    })
  }

  it('opens to the token alone, which nobody else can read', async () => {
    const folder = path.join(setup.keepersRoot, keeper.id)
    const { port, token } = JSON.parse(await readFile(path.join(folder, 'state.json'), 'utf8')) as {
      port: number
      token: string
    }
    for (const wrong of ['', 'x', token.slice(1), `${token}x`]) {
      expect(await Promise.all(['/lease', '/end', '/none'].map((url) => ask(port, url, wrong)))).toEqual([
        401, 401, 401,
      ])
    }
    expect(await ask(port, '/lease', token)).toBe(200)
    expect(await ask(port, '/none', token)).toBe(404)
    // The refused /end ended nothing.
    expect(await keeper.status()).toBeInstanceOf(Array)
    const modes = execFileSync('stat', ['-c', '%a', 'state.json', 'journal.ndjson'], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(modes).toBe('600\n600\n')
    expect(await logOf('keeper')).not.toContain(token)
  })
})

describe('resources', () => {
  /** Says once in a while how much processor time it has taken, by its own count: what the samples are held against. */
  const burner = `const ballast = Buffer.alloc(30 << 20, 1)
    let next = 0
    for (;;) {
      const { user, system } = process.cpuUsage()
      if (performance.now() < next) continue
      next = performance.now() + 100
      require('node:fs').writeSync(1, process.pid + ' ' + Date.now() + ' ' + (user + system) / 1e6 + '\\n')
    }`

  let attempt = 0
  it('are sampled once a second for the whole tree of a service', { timeout: triedFor(20_000) }, (context) =>
    measured(context, () => expectSampled(++attempt)),
  )

  async function expectSampled(attempt: number): Promise<void> {
    const service = `burns-${attempt}`
    const file = await setup.script(
      'burns',
      `import { spawn } from 'node:child_process'
       import { fsyncSync, openSync, writeSync } from 'node:fs'
       const children = [1, 2, 3].map(() => spawn(process.execPath, ['-e', process.env.BURNER], { stdio: ['ignore', 'inherit', 'inherit'] }))
       const file = openSync(process.env.FILE, 'w')
       setInterval(() => { writeSync(file, Buffer.alloc(1 << 20)); fsyncSync(file) }, 100)
       process.on('SIGTERM', () => { children.forEach((child) => child.kill('SIGKILL')); process.exit() })`,
    )
    const metrics = await webService(`metrics-${attempt}`)
    await keeper.start({ ...metrics, metricsUrl: (metrics.ready as { url: string }).url })
    await keeper.start(
      nodeService(service, file, { env: { FILE: path.join(setup.root, 'written'), BURNER: burner } }),
    )
    const said: number[][] = []
    void keeper.output(service, (line) => said.push(line.split(' ').map(Number)))
    const samples = await until('five samples', async () => enough(await samplesOf(service), 5), 10_000)
    const [first, last] = [samples[0]!, samples.at(-1)!]
    const distances = samples.slice(1).map(({ t }, index) => t - samples[index]!.t)
    for (const distance of distances) expect(Math.abs(distance - 1000)).toBeLessThan(500)
    const sampled = samples
      .slice(1)
      .reduce((sum, { cpu }, index) => sum + (cpu * distances[index]!) / 1000, 0)
    const own = cpuBetween(said, first.t, last.t)
    // The parent's own work comes on top of its children's.
    expect(sampled).toBeGreaterThan(own * 0.8)
    expect(sampled).toBeLessThan(own * 1.2 + 0.5)
    // The machine's own account of the same seconds.
    const machine = (await linesOf<MachineSample>('machine')).filter(
      ({ t }) => t > first.t && t <= last.t + 100,
    )
    const meanOf = (of: (sample: MachineSample) => number): number =>
      machine.reduce((sum, sample) => sum + of(sample), 0) / machine.length
    expect(machine.every(({ plausible, cores }) => plausible && cores === availableParallelism())).toBe(true)
    const burnt = (1000 * own) / (last.t - first.t)
    expect(meanOf(({ own }) => own)).toBeGreaterThan(burnt * 0.8)
    expect(meanOf(({ own }) => own)).toBeLessThan(burnt * 1.2 + 0.5)
    expect(meanOf(({ busy }) => busy)).toBeGreaterThan(burnt * 0.8)
    // Three loops: on two cores always one of them waits.
    if (availableParallelism() <= 2) expect(last.cpuWait).toBeGreaterThan(0.3)
    expect(last.diskWriteBytes - first.diskWriteBytes).toBeGreaterThan(2 << 20)
    // Each child has 30 MiB of its own beside Node's; what all of them share is counted once.
    expect(last.rssBytes / (1 << 20)).toBeGreaterThan(130)
    expect(last.rssBytes / (1 << 20)).toBeLessThan(240)
    expect(last.openFiles).toBeGreaterThan(30)
    expect((await samplesOf(`metrics-${attempt}`)).at(-1)).toMatchObject({ databaseConnections: 7 })
  }

  it(
    'of the machine tell the work of others from that of the run',
    { timeout: 20_000 },
    async ({ onTestFinished }) => {
      // A shell that is gone leaves its child to nobody of the run.
      const loop = 'for (const end = Date.now() + 15_000; Date.now() < end; );'
      const words = ['-c', '"$0" -e "$1" >/dev/null & echo $!', process.execPath, loop]
      const pid = Number(execFileSync('sh', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
      onTestFinished(() => {
        // It may have ended by itself.
        if (identify(pid) !== null) process.kill(pid, 'SIGKILL')
      })
      const file = await setup.script('idles', 'setInterval(() => {}, 1e6)')
      await keeper.start(nodeService('idles', file))
      const began = Date.now()
      const taken = async () => {
        const seen = (await linesOf<MachineSample>('machine')).filter(({ t }) => t > began + 1500)
        return seen.filter((sample) => takenIn(sample) > 0.4).length >= 2 ? true : null
      }
      expect(await until('work of others', taken, 12_000)).toBe(true)
    },
  )

  const enough = <T>(all: T[], count: number): T[] | null => (all.length >= count ? all : null)

  async function linesOf<Sample>(name: 'resources' | 'machine'): Promise<Sample[]> {
    const file = path.join(setup.runDir, 'services', `${name}.ndjson`)
    const text = await readFile(file, 'utf8').catch(() => '')
    // The last line may be half written.
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Sample)
  }

  const samplesOf = async (name: string): Promise<ResourceSample[]> =>
    (await linesOf<ResourceSample>('resources')).filter(({ service }) => service === name)

  /** Seconds that the burners took between two times, added up, each from what it said nearest to them. */
  function cpuBetween(said: number[][], from: number, to: number): number {
    const pids = [...new Set(said.map(([pid]) => pid))]
    return pids.reduce<number>((sum, pid) => {
      const own = said.filter(([one]) => one === pid)
      const at = (time: number): number =>
        own.reduce((a, b) => (Math.abs(b[1]! - time) < Math.abs(a[1]! - time) ? b : a))[2]!
      return sum + at(to) - at(from)
    }, 0)
  }

  it('of a process that does not exist are refused', async () => {
    await expect(keeper.sample('nobody', 2 ** 22 - 1)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('the end', () => {
  it('comes in reverse order of the start, removes all folders, and may be asked for twice', async () => {
    const order = path.join(setup.root, 'order')
    const file = await setup.script(
      'ends',
      `import { appendFileSync } from 'node:fs'
      process.on('SIGTERM', () => { appendFileSync(process.env.ORDER, process.env.NAME + ' '); process.exit() })
      console.log('up'); setInterval(() => {}, 1e6)`,
    )
    const other = await setup.start({ runDir: path.join(setup.root, 'run-2') })
    for (const name of ['database', 'gateway', 'k6']) {
      await other.start(nodeService(name, file, { env: { ORDER: order, NAME: name } }))
      await new Promise((resolve) => void other.output(name, resolve))
    }
    await writeFile(path.join(other.stateDir, 'data'), 'of a service')
    const extra = await mkdtemp(path.join(tmpdir(), 'assay-extra-'))
    await other.removeAtEnd(extra)
    await Promise.all([other.end(), other.end()])
    expect(await readFile(order, 'utf8')).toBe('k6 gateway database ')
    expect(await readdir(setup.keepersRoot)).toEqual([keeper.id])
    expect(existsSync(extra)).toBe(false)
    expect(identify(other.pid)).toBeNull()
  })

  it("is of one's own folders alone: a foreign one is refused, by a link or as a disk, and stays as it was", async () => {
    const other = await setup.start({ runDir: path.join(setup.root, 'run-3') })
    const foreign = path.join(setup.root, 'foreign')
    await mkdir(foreign)
    await symlink(foreign, path.join(other.stateDir, 'way-out'))
    const through = path.join(other.stateDir, 'way-out', 'below')
    await mkdir(through)
    for (const folder of ['/etc', foreign, through, keeper.stateDir]) {
      await expect(other.removeAtEnd(folder)).rejects.toMatchObject({ code: 'not_allowed' })
      await expect(other.makeIsolation({ kind: 'disk', folder, bytes: 2 ** 20 })).rejects.toMatchObject({
        code: 'not_allowed',
      })
    }
    await other.end()
    expect([path.join(foreign, 'below'), keeper.stateDir].map((folder) => existsSync(folder))).toEqual([
      true,
      true,
    ])
  })

  it('of a keeper that cannot start names the reason and leaves nothing', async () => {
    const start = setup.start({ runDir: web })
    await expect(start).rejects.toMatchObject({ code: 'keeper_not_started' })
    await expect(start).rejects.toThrow(/the keeper did not start: it ended with code 1[^]*ENOTDIR/)
    expect(await readdir(setup.keepersRoot)).toEqual([keeper.id])
  })
})

// Only root may mount the small disk that this needs; the unit test of the log has the same on a disk made up for it.
describe.runIf(process.getuid?.() === 0 && process.platform === 'linux')('a full disk', () => {
  it('does not hurt the keeper or the service, and the log says what is missing', async () => {
    const runDir = path.join(setup.root, 'run-small')
    const services = path.join(runDir, 'services')
    await mkdir(services, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', services])
    try {
      await writeFile(path.join(services, 'ballast'), Buffer.alloc(900 << 10))
      const small = await setup.start({ runDir })
      const file = await setup.script(
        'writes',
        `let n = 0; setInterval(() => console.log(++n + ' ' + 'x'.repeat(20_000)), 5)`,
      )
      await small.start(nodeService('writes', file))
      const lines: string[] = []
      const seen = (count: number): Promise<unknown> =>
        until(`${count} lines`, () => lines.length >= count, 5000)
      void small.output('writes', (line) => lines.push(line))
      await seen(40)
      await rm(path.join(services, 'ballast'))
      await seen(60)
      expect(await small.status()).toMatchObject([{ name: 'writes', state: 'ready' }])
      await small.end()
      expect(await readFile(path.join(services, 'writes.log'), 'utf8')).toMatch(
        /\n\[keeper\] \d+ bytes of this log are missing here: ENOSPC/,
      )
    } finally {
      execFileSync('umount', [services])
    }
  })
})
