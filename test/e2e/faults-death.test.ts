// Whoever dies while something is broken on purpose: it is whole again soon, also where it is nobody's service.
import { spawn, execFileSync, type ChildProcess } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { readdir, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { statFields } from '../../keeper/processes.ts'
import { ensureBinary } from '../../scripts/build/binaries.ts'
import { doctor } from '../../scripts/commands/doctor.ts'
import { Links } from '../../testbed/service/links.ts'
import { prepareSetup, until, type KeeperSetup } from './keeper-setup.ts'

/** A runner's lease, and what its keeper may take beyond it. */
const leaseMs = 2000
const beyondMs = 5000
const network = { name: 'assay-test-death', outside: '10.213.250.1', inside: '10.213.250.2' }

const victimScript = 'setInterval(() => {}, 1e6)'

let setup: KeeperSetup
let upstream: Server
let toxiproxy: ChildProcess
let victim: ChildProcess
let link: { control: string; proxy: string }
let runnerFile = ''
const started: ChildProcess[] = []

beforeAll(async () => {
  setup = await prepareSetup()
  upstream = createServer((_, response) => void response.end('fine'))
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const links = await Links.of(new Set(['it']))
  await links.routeTo('it', `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`, { look: '/' })
  const service = links.service(await ensureBinary('toxiproxy'))!
  toxiproxy = spawn(service.command, service.args, { stdio: 'ignore' })
  const { url } = service.ready as { url: string }
  await until(
    'Toxiproxy',
    () =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ),
    10_000,
  )
  await links.open()
  link = links.parts['it']!
  runnerFile = await setup.script(
    'fault-runner',
    `import { startKeeper } from './dist/keeper/client.js'
     const { faults, network, ...options } = JSON.parse(process.env.SETUP)
     const keeper = await startKeeper({ ...options, allow: [process.execPath] })
     await keeper.makeIsolation({ kind: 'network', ...network })
     for (const fault of faults) await keeper.inject(fault)
     console.log(JSON.stringify({ keeper: keeper.pid }))
     setInterval(() => {}, 1e6)`,
  )
}, 300_000)
beforeEach(() => {
  victim = spawn(process.execPath, ['-e', victimScript], { stdio: 'ignore' })
})
afterEach(async () => {
  for (const one of started.splice(0)) one.kill('SIGKILL')
  victim.kill('SIGKILL')
  await until('every keeper is gone', async () => (await readdir(setup.keepersRoot)).length === 0, 20_000)
})
afterAll(async () => {
  toxiproxy.kill('SIGKILL')
  upstream.closeAllConnections()
  upstream.close()
  await setup.remove()
})

/** What is broken now: on a proxy and a process of somebody else's, and in a network of our own. */
async function broken(): Promise<string[]> {
  const toxics = (await (await fetch(`${link.control}/proxies/${link.proxy}/toxics`)).json()) as unknown[]
  const networks = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  return [
    ...(toxics.length > 0 ? ['toxics'] : []),
    ...(statFields(victim.pid!)?.[0] === 'T' ? ['stopped'] : []),
    ...(networks.includes(network.name) ? ['network'] : []),
  ]
}

/** A runner in the middle of three faults. */
async function scene(): Promise<{ runner: ChildProcess; keeper: number }> {
  const pidFile = path.join(setup.root, 'victim.pid')
  await writeFile(pidFile, String(victim.pid))
  const fault = (id: string, driver: string, part: object, settings: object) => ({
    id,
    driver,
    target: id,
    part,
    settings,
    seconds: 600,
    own: false,
    secrets: {},
  })
  const health = 'http://127.0.0.1:9/'
  const faults = [
    fault('partition', 'toxiproxy', link, { kind: 'partition' }),
    fault('stop', 'process', { pidFile, health, command: victimScript }, { kind: 'stop' }),
    fault('loss', 'network', { network: network.name, health }, { kind: 'loss', share: 0.3 }),
  ]
  const { root: workFolder, runDir, program } = setup
  const runner = spawn(process.execPath, [runnerFile], {
    cwd: setup.root,
    env: {
      ...process.env,
      SETUP: JSON.stringify({ workFolder, runDir, program, leaseMs, faults, network }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.push(runner)
  const lines = createInterface({ input: runner.stdout! })
  const [line] = await new Promise<string[]>((resolve) => lines.once('line', (text) => resolve([text])))
  const { keeper } = JSON.parse(line!) as { keeper: number }
  expect(await broken()).toEqual(['toxics', 'stopped', 'network'])
  return { runner, keeper }
}

const isWhole = async (): Promise<boolean> => (await broken()).length === 0

/** Somebody's own machine may forbid it; the one that decides may not. */
const mayNot = process.env['CI'] === undefined && process.getuid?.() !== 0

describe.skipIf(mayNot)('three faults are over', () => {
  test.each(['SIGKILL', 'SIGINT'] as const)(
    'soon after the runner is gone by %s',
    async (signal) => {
      const { runner } = await scene()
      runner.kill(signal)
      await until('all is whole again', isWhole, leaseMs + beyondMs)
    },
    60_000,
  )

  test('when the doctor comes, after keeper and runner are gone', async () => {
    const { runner, keeper } = await scene()
    process.kill(keeper, 'SIGKILL')
    runner.kill('SIGKILL')
    // Nobody is left who could do it.
    expect(await broken()).toEqual(['toxics', 'stopped', 'network'])
    const said: string[] = []
    await doctor({ clear: true, root: setup.root, say: (line) => said.push(line) })
    expect(await broken()).toEqual([])
    const told = said.filter((line) => line.includes('leftovers')).join('\n')
    for (const id of ['partition', 'stop', 'loss']) expect(told).toContain(`ended the fault "${id}"`)
    expect(told).toContain(`removed network ${network.name}`)
  }, 60_000)

  test('when the keeper is told to end', async () => {
    const { keeper } = await scene()
    process.kill(keeper, 'SIGTERM')
    await until('all is whole again', isWhole, beyondMs)
  }, 60_000)
})
