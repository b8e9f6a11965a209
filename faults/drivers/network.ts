// Packets are lost: iptables drops a share of them in the network namespace that a process of the target is alone in. The
// machine's own network is never touched. Where there is no such namespace, a proxy of the testbed's that all routes to and
// from the process lead through holds segments back for as long as it takes to send lost ones again.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { programPath } from '../capabilities.ts'
import {
  amount,
  disturbedAlready,
  kindOf,
  ownName,
  type Driver,
  type FaultSpec,
  type Actions,
} from '../fault.ts'
import type { ProcessPart } from '../parts.ts'

const run = promisify(execFile)

const kinds = { loss: ['linux', 'root', 'ip', 'iptables', 'network namespaces'] } as const
type Spec = FaultSpec<ProcessPart>

const byKernel = 'lost in its network namespace by iptables'
const byProxy = 'held back by a proxy as if segments had been lost'

/** The share of segments that the proxy loses now, and for which fault. */
async function lostByProxy(
  { part }: Spec,
  { request }: Actions,
): Promise<{ share: number; by: string | null }> {
  const { json } = await request('GET', part.segments ?? '')
  const { share = 0, by = null } = (json ?? {}) as { share?: number; by?: string | null }
  return { share, by }
}

/** Rules of ours begin with it, whichever run's they are. */
const ours = 'assay-'
/** By it the rules of this fault are known, and what a proxy loses for it. */
const markOf = ({ before }: Spec): string => before?.['mark'] ?? `${ours}fault`
const chains = ['INPUT', 'OUTPUT'] as const
const waitSeconds = '5'
const runMs = 10_000

function networkOf({ part, target }: Spec): string {
  if (part.network !== undefined) return part.network
  throw new Error(
    `the target file names no network namespace of ${target}, in which packets could be dropped`,
  )
}

const iptables = async (spec: Spec, ...args: string[]): Promise<string> => {
  const { stdout } = await run(
    programPath('ip'),
    ['netns', 'exec', networkOf(spec), programPath('iptables'), '--wait', waitSeconds, ...args],
    { timeout: runMs },
  )
  return stdout
}

/** The rule as iptables wants it to be added, and to be taken away. */
const rule = (spec: Spec): string[] =>
  `-p tcp -m statistic --mode random --probability ${amount(spec, 'share')} -m comment --comment ${markOf(spec)} -j DROP`.split(
    ' ',
  )

/** What the rules of a chain are known by. */
const commentsIn = async (spec: Spec, chain: string): Promise<string[]> =>
  [...(await iptables(spec, '-S', chain)).matchAll(/--comment (\S+)/g)].map(([, comment]) => comment!)

/** The same of both chains. */
const comments = async (spec: Spec): Promise<string[]> =>
  (await Promise.all(chains.map((chain) => commentsIn(spec, chain)))).flat()

/** How many of them are this fault's. */
const ownIn = (all: string[], spec: Spec): number => all.filter((comment) => comment === markOf(spec)).length

interface Reading {
  answeredMs: number[]
  /** Connections that were not made in time. */
  unanswered: number
}

/** Each on a connection of its own. */
const exchanges = 12
/** A lost packet is sent again after 200 ms at the least, a connection's first one after a second. */
const resentMs = 150
/** Of so many exchanges of six packets or more each, so many meet a loss even if only a few percent are lost. */
const leastSlow = 2

const slow = ({ answeredMs, unanswered }: Reading): number =>
  answeredMs.filter((ms) => ms >= resentMs).length + unanswered

export default {
  on: 'processes',
  kinds,
  isolation: () => 'network',
  otherwise: { what: byProxy, isolation: 'lossy-links', for: ({ segments }) => segments !== undefined },
  check(spec) {
    kindOf(spec, kinds)
    amount(spec, 'share')
    if (spec.part.segments === undefined) networkOf(spec)
  },
  async remember(spec, actions) {
    const { segments } = spec.part
    const isLossy =
      segments === undefined
        ? (await comments(spec)).some((comment) => comment.startsWith(ours))
        : (await lostByProxy(spec, actions)).share > 0
    if (isLossy) throw disturbedAlready(`packets of ${spec.target} are lost`)
    return { mark: ownName() }
  },
  async inject(spec, { request }) {
    const { segments } = spec.part
    if (segments !== undefined)
      return void (await request('POST', segments, { share: amount(spec, 'share'), by: markOf(spec) }))
    for (const chain of chains) await iptables(spec, '-A', chain, ...rule(spec))
  },
  async clear(spec, { request }) {
    const { segments } = spec.part
    if (segments !== undefined)
      return void (await request('DELETE', `${segments}?by=${encodeURIComponent(markOf(spec))}`))
    for (const chain of chains)
      for (let left = ownIn(await commentsIn(spec, chain), spec); left > 0; left--)
        await iptables(spec, '-D', chain, ...rule(spec))
  },
  probe(spec, observer) {
    return {
      what: `${exchanges} exchanges with it at once, and how many had to send packets again (${spec.part.segments === undefined ? byKernel : byProxy})`,
      // Each takes as long as lost packets take, and a machine that stands still delays no two in a row.
      biteLooks: 2,
      look: async () => {
        const all = await Promise.all(
          Array.from({ length: exchanges }, () => observer.exchange(spec.part.health)),
        )
        const answered = all.filter(({ end }) => end === 'closed')
        return {
          answeredMs: answered.map(({ endMs }) => endMs),
          unanswered: all.length - answered.length,
        }
      },
      text: (reading) => `${slow(reading)} of ${exchanges} slow or unanswered`,
      unwell: (reading) => {
        const address = `processes.${spec.target}.health (${spec.part.health})`
        if (reading.answeredMs.length === 0) return `${address} does not answer`
        if (slow(reading) < leastSlow) return null
        return `${slow(reading)} of ${exchanges} exchanges with ${address} are slow before anything is done to it`
      },
      bites: (before, now) => slow(now) >= slow(before) + leastSlow,
      heals: (before, now) => slow(now) <= slow(before),
    }
  },
  async residue(spec, actions) {
    if (spec.part.segments !== undefined) {
      const { share, by } = await lostByProxy(spec, actions)
      return share === 0 || by !== markOf(spec) ? [] : [`the proxy of ${spec.target} still loses segments`]
    }
    const rules = ownIn(await comments(spec), spec)
    return rules === 0 ? [] : [`${rules} iptables rules in the network of ${spec.target}`]
  },
} satisfies Driver<ProcessPart, Reading>
