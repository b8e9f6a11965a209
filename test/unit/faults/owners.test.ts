// Two runs that disturb the same part of a target: the later one is refused, and neither ends what the other one did.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownName, type FaultSpec, type Actions } from '../../../faults/fault.ts'
import { drivers } from '../../../faults/drivers/index.ts'
import { statFields } from '../../../keeper/processes.ts'
import { spec } from './test-fault.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'assay-owners-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** What a service answers to whoever breaks it, and what it was asked. */
function actionsWith(answer: object) {
  const asked: string[] = []
  const actions: Actions = {
    request: async (method, url, body) => {
      asked.push(`${method} ${url}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`)
      return { status: 200, json: answer }
    },
    services: null,
    secret: () => 'secret',
  }
  return { actions, asked }
}
const { actions: nobodys } = actionsWith({})

const faultOf = (driver: string, part: object, settings: FaultSpec['settings'], before = {}): FaultSpec => ({
  ...spec,
  driver,
  part,
  settings,
  before,
})
const remembered = async (fault: FaultSpec, actions = nobodys) =>
  drivers[fault.driver]!.remember!(fault, actions)

test('what a fault makes has a name that no other fault has', () => {
  const names = Array.from({ length: 1000 }, ownName)
  expect(new Set(names).size).toBe(1000)
  for (const name of names) expect(name).toMatch(/^assay-[0-9a-f]{12}$/)
})

describe('the weather of a chain', () => {
  const part = { control: 'http://chain', token: 'TOKEN', health: 'http://chain' }

  test.each([
    [{ kind: 'unavailable' }, { unavailable: 3 }, { unavailable: 0 }],
    [
      { kind: 'behind', blocks: 5 },
      { behind: { blocks: 5, seconds: 3 } },
      { behind: { blocks: 0, seconds: 0 } },
    ],
    [{ kind: 'drop', drop: 2 }, { drop: 1 }, { drop: 0 }],
  ])('%o is not made twice', async (settings, disturbed, calm) => {
    const fault = faultOf('chain', part, settings as FaultSpec['settings'])
    await expect(remembered(fault, actionsWith(disturbed).actions)).rejects.toThrow(
      `it has the fault ${settings.kind} already, by another run or by one that died`,
    )
    expect(await remembered(fault, actionsWith(calm).actions)).toEqual({})
  })
})

describe('a lossy proxy', () => {
  const part = { health: 'http://it', segments: 'http://proxy/loss' }
  const fault = faultOf('network', part, { kind: 'loss', share: 0.3 })

  test('is not told by two', async () => {
    const { actions } = actionsWith({ share: 0.5, by: 'assay-other' })
    await expect(remembered(fault, actions)).rejects.toThrow('packets of it are lost already')
  })

  test('is told whose loss begins, ends and is left', async () => {
    const { actions, asked } = actionsWith({ share: 0.3, by: 'assay-1' })
    const own = { ...fault, before: { mark: 'assay-1' } }
    const driver = drivers['network']!
    await driver.inject(own, actions)
    await driver.clear(own, actions)
    expect(asked).toEqual([
      'POST http://proxy/loss {"share":0.3,"by":"assay-1"}',
      'DELETE http://proxy/loss?by=assay-1',
    ])
    expect(await driver.residue(own, actions)).toHaveLength(1)
    expect(await driver.residue({ ...fault, before: { mark: 'assay-2' } }, actions)).toEqual([])
  })
})

describe('a clock', () => {
  const clock = () => path.join(folder, 'clock')
  const fault = (offsetSeconds: number) =>
    faultOf('clock', { health: 'http://it', clock: clock() }, { kind: 'skew', offsetSeconds })
  const driver = drivers['clock']!

  test('that is wrong already is not set', async () => {
    await writeFile(clock(), '-5.0\n')
    await expect(remembered(fault(5))).rejects.toThrow('the clock of it is set to -5.0 already')
  })

  test.each(['+0.0\n', '0', '-0.00', '+0d\n', ''])('that is right is set: "%s"', async (text) => {
    await writeFile(clock(), text)
    expect(await remembered(fault(5))).toEqual({})
  })

  test('is set right by the fault that set it wrong, and by no other one', async () => {
    await writeFile(clock(), '+0.0\n')
    await driver.inject(fault(5), nobodys)
    await driver.clear(fault(-5), nobodys)
    expect(await readFile(clock(), 'utf8')).toBe('+5.0\n')
    await driver.clear(fault(5), nobodys)
    expect(await readFile(clock(), 'utf8')).toBe('+0.0\n')
  })
})

describe('a disk', () => {
  const driver = drivers['resource']!
  const fault = (before?: Record<string, string>) =>
    faultOf('resource', { health: 'http://it', disk: folder }, { kind: 'disk' }, before)

  test('is filled by a file with a name of its own, and only that is removed', async () => {
    const [first, second] = [await remembered(fault()), await remembered(fault())]
    expect(first['filler']).not.toBe(second['filler'])
    await writeFile(path.join(folder, first['filler']!), 'of the first')
    await driver.clear(fault(second), nobodys)
    expect(await readdir(folder)).toEqual([first['filler']])
    await driver.clear(fault(first), nobodys)
    expect(await readdir(folder)).toEqual([])
  })

  test('is not filled through a link that somebody put there', async () => {
    const precious = path.join(folder, 'precious')
    await writeFile(precious, 'precious')
    await symlink(precious, path.join(folder, 'filler'))
    const filling = driver.inject(fault({ filler: 'filler' }), nobodys)
    filling.catch(() => undefined)
    // Stops it as well, were it to fill anything.
    await driver.clear(fault({ filler: 'filler' }), nobodys)
    await expect(filling).rejects.toThrow('EEXIST')
    expect(await readFile(precious, 'utf8')).toBe('precious')
    expect(await readdir(folder)).toEqual(['filler', 'precious'])
  })
})

describe.runIf(process.platform === 'linux')('a process', () => {
  let sleeper: ChildProcess
  beforeEach(() => {
    sleeper = spawn('sleep', ['60'])
  })
  afterEach(() => sleeper.kill('SIGKILL'))

  test('that is stopped already is not stopped, so that neither lets it go on for the other', async () => {
    const pid = sleeper.pid!
    const pidFile = path.join(folder, 'pid')
    await writeFile(pidFile, String(pid))
    const part = { health: 'http://it', pidFile, command: 'sleep 60' }
    const fault = faultOf('process', part, { kind: 'stop' })
    expect(await remembered(fault)).toMatchObject({ pid: String(pid) })
    sleeper.kill('SIGSTOP')
    await expect.poll(() => statFields(pid)?.[0], { timeout: 5_000 }).toBe('T')
    await expect(remembered(fault)).rejects.toThrow(`it (pid ${pid}) is stopped already`)
  })
})
