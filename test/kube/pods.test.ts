// Faults in pods, on a real Kubernetes: workers crash, gateways are killed, gateways are slow. Each bites and heals, and
// whoever dies leaves nothing.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepersFolder } from '../../keeper/folders.ts'
import { readJournal } from '../../keeper/journal.ts'
import { signalProcess } from '../../keeper/processes.ts'
import type { Verdict } from '../../verdict/verdict.ts'
import { projectRoot } from '../assay.ts'
import { until } from '../e2e/keeper-ground.ts'
import { startPoolInPods, type PoolInPods } from './pool-in-pods.ts'

const minute = 60_000
const keepers = keepersFolder(projectRoot)
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
  const { code } = await pool!.onNode(
    [
      path.join(projectRoot, 'assay'),
      'run',
      `CASE=cocoon/${id}`,
      `TARGET=${pool!.targetFile}`,
      'ALLOW_FAULTS=1',
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
