// Faults in pods, on a real Kubernetes: workers crash, gateways are killed, gateways are slow. Each bites and heals, and
// whoever dies leaves nothing.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepersFolder } from '../../../../keeper/folders.ts'
import { readJournal } from '../../../../keeper/journal.ts'
import { signalProcess } from '../../../../keeper/processes.ts'
import { ensureBinary } from '../../../../scripts/build/binaries.ts'
import type { FaultVerdict, Verdict } from '../../../../verdict/verdict.ts'
import { projectRoot } from '../../../assay.ts'
import { until } from '../../../e2e/keeper-setup.ts'
import { startPoolInPods, type PoolInPods } from './pool-in-pods.ts'

const minute = 60_000
const keepers = keepersFolder(projectRoot)
const drainMs = 6000
/** Latency of 200 ms more or less makes every answer slower than this. */
const slowMs = 80
let pool: PoolInPods | undefined
beforeAll(async () => {
  pool = await startPoolInPods()
}, 30 * minute)
afterAll(() => pool?.stop(), 5 * minute)

async function chaos(
  id: string,
): Promise<{ code: number; verdict: Verdict; status: (criterion: string) => string }> {
  const run = `kube-${id}-${Date.now()}`
  const hosts = Object.values(pool!.selectors).map(({ health }) => new URL(health).hostname)
  const { code } = await pool!.onNode(
    [
      path.join(projectRoot, 'assay'),
      'run',
      `CASE=cocoon/${id}`,
      `TARGET=${pool!.targetFile}`,
      'ALLOW_FAULTS=1',
      `CONFIRM=${[...new Set(hosts), 'kubernetes'].join()}`,
      'SEED=3',
      `RUN=${run}`,
    ],
    {},
  )
  const verdict = JSON.parse(
    await readFile(path.join(projectRoot, 'reports', run, 'verdict.json'), 'utf8'),
  ) as Verdict
  const status = (criterion: string): string =>
    verdict.criteria.find((one) => one.id === `cocoon.${criterion}`)?.status ?? 'not claimed'
  for (const { id: name, effect, bite_ms: bite, heal_ms: heal, problem } of verdict.faults)
    console.log(
      `${id} ${name}: ${effect?.before} -> ${effect?.during} -> ${effect?.after}; ${bite} ms, ${heal} ms; ${problem}`,
    )
  return { code, verdict, status }
}

describe('a pool in pods', () => {
  test('gives a crashed worker its task to somebody else (F1)', { timeout: 5 * minute }, async () => {
    const { code, status } = await chaos('F1')
    expect(status('fault.worker-recovery')).toBe('PASS')
    expect(status('fault.bite')).toBe('PASS')
    expect(code).toBe(0)
  })

  test('comes back when its gateways are killed (F2)', { timeout: 6 * minute }, async () => {
    const { verdict, status } = await chaos('F2')
    expect(verdict.faults).toHaveLength(3)
    for (const fault of verdict.faults)
      expect(fault).toMatchObject({ bite: true, healed: true, problem: null })
    expect(status('fault.bite')).toBe('PASS')
    expect(status('fault.heal')).toBe('PASS')
    expect(status('fault.gateway-recovery')).toBe('PASS')
  })

  test('is slow while its gateways are, and no longer (F6)', { timeout: 5 * minute }, async () => {
    const { verdict, status } = await chaos('F6')
    const [slow, other] = ['latency clients', 'latency gateway-1-database'].map((id) =>
      verdict.faults.find((fault) => fault.id === id),
    )
    expect(slow).toMatchObject({ bite: true, healed: true, problem: null })
    // The target file names no such link, and what is not named is not touched.
    expect(other).toMatchObject({ bite: false, healed: true })
    expect(status('fault.bite')).toBe('UNDECIDED')
    expect(status('fault.heal')).toBe('PASS')
  })

  test('is quick again soon after k6 is killed in the middle of that', { timeout: 5 * minute }, async () => {
    const run = chaos('F6')
    run.catch(() => undefined)
    const known = new Set(await readdir(keepers).catch(() => []))
    // Whether so many answers in a row are as they should be: one may be slow, or quick, by chance.
    const answers = (what: string, fits: (ms: number) => boolean, withinMs: number): Promise<boolean> => {
      let row = 0
      let last = 0
      return until(
        `answers are ${what}, the last one took ${last} ms`,
        async () => {
          last = await pool!.answerMs()
          row = fits(last) ? row + 1 : 0
          return row >= 3
        },
        withinMs,
      )
    }
    await answers('slow', (ms) => ms > slowMs, 2 * minute)
    const own = (await readdir(keepers)).find((id) => !known.has(id)) ?? [...known].at(-1)!
    const k6 = readJournal(path.join(keepers, own))!.services.find(({ name }) => name === 'k6')!
    const since = Date.now()
    expect(signalProcess(k6, 'SIGKILL')).toBe(true)
    await answers('quick', (ms) => ms > 0 && ms < slowMs, minute)
    const seconds = (Date.now() - since) / 1000
    console.log(`quick again ${seconds.toFixed(1)} s after k6 was killed`)
    // By itself the fault would have lasted for most of its twenty seconds.
    expect(seconds).toBeLessThan(10)
    await run.catch(() => undefined)
  })
})

/** A script of k6's that lives one fault as the cases' scripts do: one virtual user injects it, the other one looks. */
const faultScript = `
  import http from 'k6/http'
  import exec from 'k6/execution'
  import { sleep } from 'k6'
  const { disturb } = require('./faults/in-k6.ts')
  const fault = { start: 0, ...JSON.parse(__ENV.FAULT) }
  const target = { links: {}, selectors: { [fault.target]: JSON.parse(__ENV.SELECTOR) } }
  export const options = { scenarios: { fault: { executor: 'per-vu-iterations', vus: 2, iterations: 1 } } }
  export default async () => {
    const { iterationInTest: role, startTime } = exec.scenario
    const dueIn = () => (startTime + 2000 - Date.now()) / 1000
    const say = (line) => console.warn(line)
    const verdict = await disturb(fault, { k6: { http, sleep }, faults: [fault], target, role, dueIn, say })
    if (verdict !== null) console.log('VERDICT' + JSON.stringify(verdict))
  }
`

type Settings = Record<string, string | number>

describe('what k6 does to pods', () => {
  let folder = ''
  let file = ''
  beforeAll(async () => {
    // An agent that was told to end waits so long for connections that are open, and lets no other one begin.
    await pause(drainMs)
    folder = await mkdtemp(path.join(tmpdir(), 'assay-pod-faults-'))
    file = path.join(folder, 'fault.js')
    await build({
      stdin: { contents: faultScript, resolveDir: projectRoot },
      outfile: file,
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      conditions: ['import'],
      external: ['k6', 'k6/*'],
      logLevel: 'error',
    })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function lived(driver: string, target: string, settings: Settings): Promise<FaultVerdict> {
    const fault = { id: `${settings['kind']} ${target}`, driver, target, settings, seconds: 8 }
    const { output } = await pool!.onNode(
      [await ensureBinary('k6'), 'run', '--quiet', '--log-output', 'stdout', file],
      {
        DISRUPT: '1',
        FAULT: JSON.stringify(fault),
        SELECTOR: JSON.stringify(pool!.selectors[target]),
        K6_NO_USAGE_REPORT: 'true',
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
      },
    )
    const [, text] = /VERDICT(\{.*\})/.exec(output.replaceAll('\\"', '"')) ?? []
    if (text === undefined) throw new Error(`k6 told nothing of the fault: ${output}`)
    return JSON.parse(text) as FaultVerdict
  }

  const cases: [driver: string, target: string, settings: Settings, during: RegExp][] = [
    ['pods', 'service of gateway-1', { kind: 'http', errorShare: 1, errorCode: 503 }, /, 503 in/],
    ['pods', 'gateway-2', { kind: 'http', delayMs: 300, jitterMs: 50 }, /, 200 in [23]\d\d ms/],
    ['pods', 'gateway-2', { kind: 'drop' }, /, no answer$/],
    // 14 is gRPC's own number for a server that cannot be had.
    ['pods', 'grpc-server', { kind: 'grpc', errorShare: 1 }, /, 14 in/],
    ['pods', 'grpc-server', { kind: 'grpc', delayMs: 300, jitterMs: 50 }, /, 200 in [23]\d\d ms/],
    ['process', 'clients', { kind: 'kill', count: 1 }, /gateway/],
    ['process', 'clients', { kind: 'kill', count: '50%' }, /gateway/],
  ]
  test.for(cases)('%s on %s: %o', { timeout: 3 * minute }, async ([driver, target, settings, during]) => {
    const verdict = await lived(driver, target, settings)
    expect(verdict).toMatchObject({ bite: true, healed: true, problem: null })
    expect(verdict.effect?.during).toMatch(during)
    if (settings['kind'] !== 'kill') return
    const [before, after] = [verdict.effect!.before, verdict.effect!.after].map((text) =>
      text.split(',')[0]!.split(' '),
    )
    expect(after).toHaveLength(2)
    expect(before!.filter((name) => !after!.includes(name))).toHaveLength(1)
  })
})
