// The weather of a chain, made by itself: it answers nobody, stands still, falls behind, or loses the next messages.
import { amount, kindOf, type Driver, type FaultSpec, type Hands } from './fault.ts'
import type { ChainPart } from './parts.ts'

const kinds = { unavailable: [], stalled: [], behind: [], drop: [] } as const
type Spec = FaultSpec<ChainPart>

/** The state that makes the weather of a fault, for so many seconds; 0 ends it. */
function weatherOf(spec: Spec, seconds: number): Record<string, unknown> {
  switch (kindOf(spec, kinds)) {
    case 'unavailable':
      return { unavailable: seconds }
    case 'stalled':
      return { stalled: seconds }
    case 'behind':
      return { behind: { blocks: amount(spec, 'blocks'), seconds } }
    case 'drop':
      return { drop: seconds === 0 ? 0 : amount(spec, 'drop') }
  }
}

const setWeather = ({ part }: Spec, { request, secret }: Hands, state: Record<string, unknown>) =>
  request('POST', `${part.control}/testbed/state`, state, secret(part.token))

interface Reading {
  /** Of the chain's own API. */
  status: number
  height: number
  /** Messages that it has lost since it began. */
  lost: number
}

const lostSoFar = (metrics: string): number =>
  [...metrics.matchAll(/^chain_messages_dropped_total\{reason="disturbed"\} (\d+)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )

export const chain: Driver<ChainPart, Reading> = {
  on: 'chains',
  kinds,
  check: (spec) => void weatherOf(spec, 1),
  // All but the loss of messages ends by itself, even if nobody is left to end it.
  async inject(spec, hands) {
    // Besides, some of the messages that it takes when it is back may be lost.
    const besides = spec.settings['drop'] === undefined ? {} : { drop: amount(spec, 'drop') }
    await setWeather(spec, hands, { ...weatherOf(spec, spec.seconds), ...besides })
  },
  clear: async (spec, hands) => void (await setWeather(spec, hands, weatherOf(spec, 0))),
  probe(spec, eyes) {
    const kind = kindOf(spec, kinds)
    return {
      what: 'what the chain answers about itself',
      look: async () => {
        const answer = await eyes.ask(`${spec.part.control}/api/v2/getMasterchainInfo`)
        const found = /"seqno":\s*(\d+)/.exec(answer.text)
        const metrics = kind === 'drop' ? (await eyes.ask(`${spec.part.control}/metrics`)).text : ''
        return { status: answer.status, height: Number(found?.[1] ?? 0), lost: lostSoFar(metrics) }
      },
      text: ({ status, height, lost }) => {
        if (status !== 200) return status === 0 ? 'no answer' : `answers ${status}`
        return kind === 'drop' ? `${lost} messages lost` : `block ${height}`
      },
      bites: (before, now) => {
        if (before.status !== 200) return false
        if (kind === 'unavailable') return now.status !== 200
        if (kind === 'drop') return now.lost > before.lost
        return now.status === 200 && now.height <= before.height
      },
      heals: (before, now) => now.status === 200 && (kind === 'drop' || now.height > before.height),
    }
  },
  async residue(spec, { request, secret }) {
    const kind = kindOf(spec, kinds)
    const { json } = await request(
      'GET',
      `${spec.part.control}/testbed/state`,
      undefined,
      secret(spec.part.token),
    )
    const state = json as Record<string, number | { seconds: number }>
    const left = state[kind]
    const amountLeft = typeof left === 'object' ? left.seconds : (left ?? 0)
    return amountLeft > 0 ? [`the chain is still ${kind}`] : []
  },
}
