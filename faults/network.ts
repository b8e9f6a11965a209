// Packets are lost: iptables drops a share of them in the network namespace that a process of the target is alone in. The
// machine's own network is never touched.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { amount, kindOf, type Driver, type FaultSpec } from './fault.ts'
import type { ProcessPart } from './parts.ts'

const run = promisify(execFile)

const kinds = { loss: ['linux', 'root', 'ip', 'iptables'] } as const
type Spec = FaultSpec<ProcessPart>

/** By it our rules are known. */
const mark = 'assay-fault'
const chains = ['INPUT', 'OUTPUT'] as const
const waitSeconds = '5'
const runMs = 10_000

function networkOf({ part, target }: Spec): string {
  if (part.network !== undefined) return part.network
  throw new Error(`the target file names no network namespace of ${target}`)
}

const iptables = async (spec: Spec, ...args: string[]): Promise<string> => {
  const { stdout } = await run(
    'ip',
    ['netns', 'exec', networkOf(spec), 'iptables', '--wait', waitSeconds, ...args],
    { timeout: runMs },
  )
  return stdout
}

/** The rule as iptables wants it to be added, and to be taken away. */
const rule = (spec: Spec): string[] =>
  `-p tcp -m statistic --mode random --probability ${amount(spec, 'share')} -m comment --comment ${mark} -j DROP`.split(
    ' ',
  )

/** Our rules of a chain, as iptables prints them, with how many packets each has dropped. */
async function rulesIn(spec: Spec, chain: string): Promise<{ dropped: number }[]> {
  const text = await iptables(spec, '-vnxL', chain)
  return text
    .split('\n')
    .filter((line) => line.includes(mark))
    .map((line) => ({ dropped: Number(line.trim().split(/\s+/)[0]) }))
}

interface Reading {
  answeredMs: number[]
  /** Connections that were not made in time. */
  unanswered: number
}

/** Each opens connections of its own, one after the other: a lost first packet is sent again a second later. */
const exchanges = 12
/** What a first packet that was lost costs at the least. */
const resentMs = 150
/** Of so many exchanges of six packets or more each, so many meet a loss even if only a few percent are lost. */
const leastSlow = 2

const slow = ({ answeredMs, unanswered }: Reading): number =>
  answeredMs.filter((ms) => ms >= resentMs).length + unanswered

export const network: Driver<ProcessPart, Reading> = {
  on: 'processes',
  kinds,
  objection(spec) {
    kindOf(spec, kinds)
    amount(spec, 'share')
    return spec.part.network === undefined
      ? `the target file names no network namespace of ${spec.target}, in which packets could be dropped`
      : null
  },
  async inject(spec) {
    for (const chain of chains) await iptables(spec, '-A', chain, ...rule(spec))
  },
  async clear(spec) {
    for (const chain of chains)
      for (let left = (await rulesIn(spec, chain)).length; left > 0; left--)
        await iptables(spec, '-D', chain, ...rule(spec))
  },
  probe(spec, eyes) {
    return {
      what: `${exchanges} exchanges with it at once, and how many had to send packets again`,
      look: async () => {
        const all = await Promise.all(
          Array.from({ length: exchanges }, () => eyes.exchange(spec.part.health)),
        )
        const answered = all.filter(({ end }) => end === 'closed')
        return {
          answeredMs: answered.map(({ endMs }) => endMs),
          unanswered: all.length - answered.length,
        }
      },
      text: (reading) => `${slow(reading)} of ${exchanges} slow or unanswered`,
      bites: (before, now) => slow(now) >= slow(before) + leastSlow,
      heals: (before, now) => slow(now) <= slow(before),
    }
  },
  async residue(spec) {
    const counts = await Promise.all(chains.map(async (chain) => (await rulesIn(spec, chain)).length))
    const rules = counts.reduce((sum, count) => sum + count, 0)
    return rules === 0 ? [] : [`${rules} iptables rules in the network of ${spec.target}`]
  },
}
