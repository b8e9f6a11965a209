// The weather of a chain, made by itself: it answers nobody, stands still, falls behind, or loses the next messages.
import {
  amount,
  disturbedAlready,
  kindOf,
  wrongAnswer,
  type Driver,
  type Observer,
  type FaultSpec,
  type Actions,
} from '../fault.ts'
import type { ChainPart } from '../parts.ts'

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

/** It ends by itself if nobody is left to end it, but not before whoever is there has seen that it lasted. */
const graceSeconds = 2

const setWeather = ({ part }: Spec, { request, secret }: Actions, state: Record<string, unknown>) =>
  request('POST', `${part.control}/testbed/state`, state, secret(part.token))

/** A chain that made no block for so long stands still: three times as long as one takes. */
const stillMs = 3_000
const lookEveryMs = 100

interface Reading {
  /** In Unix ms. */
  at: number
  /** Of the chain's own API. */
  status: number
  height: number
  /** Of its metrics: the height that it has really reached, and messages that it has lost since it began. */
  reached: number
  lost: number
}

const reachedSoFar = (metrics: string): number => Number(/^chain_height (\d+)/m.exec(metrics)?.[1] ?? 0)
const lostSoFar = (metrics: string): number =>
  [...metrics.matchAll(/^chain_messages_dropped_total\{reason="disturbed"\} (\d+)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )

async function look({ part }: Spec, { ask }: Observer): Promise<Reading> {
  const answer = await ask(`${part.control}/api/v2/getMasterchainInfo`)
  const height = Number(/"seqno":\s*(\d+)/.exec(answer.text)?.[1] ?? 0)
  const { text } = await ask(`${part.control}/metrics`)
  const { status } = answer
  return { at: Date.now(), status, height, reached: reachedSoFar(text), lost: lostSoFar(text) }
}

/** Whether it answers from a block of before: a new one may be made between the two answers. */
const isBehind = ({ height, reached }: Reading): boolean => reached - height > 1

function unwell({ part, target, settings }: Spec, reading: Reading): string | null {
  const field = `chains.${target}.control`
  const { kind } = settings
  if (reading.status !== 200)
    return wrongAnswer(field, `${part.control}/api/v2/getMasterchainInfo`, reading.status)
  if (kind !== 'behind') return null
  if (reading.reached === 0) return `${field} (${part.control}/metrics) does not tell its chain_height`
  return isBehind(reading)
    ? `the chain behind ${field} (${part.control}) answers from an old block before anything is done to it`
    : null
}

/** A look at a chain that was seen to make a block: of any other it could not be said that it stands still. */
async function rising(spec: Spec, observer: Observer): Promise<Reading> {
  const first = await look(spec, observer)
  // Of one that does not answer that is said, and not that it makes no block.
  if (first.status !== 200) return first
  for (let now = first; now.at - first.at < stillMs; now = await look(spec, observer)) {
    if (now.height > first.height) return now
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  throw new Error(`it made no block in ${stillMs / 1000} s before it was disturbed`)
}

/** What the chain says of this kind of weather: for how long it will be so, or how many messages are still to be lost. */
async function weatherLeft(spec: Spec, { request, secret }: Actions): Promise<number> {
  const { control, token } = spec.part
  const { json } = await request('GET', `${control}/testbed/state`, undefined, secret(token))
  const left = (json as Record<string, number | { seconds: number }>)[kindOf(spec, kinds)]
  return typeof left === 'object' ? left.seconds : (left ?? 0)
}

export default {
  on: 'chains',
  kinds,
  check: (spec) => void weatherOf(spec, 1),
  // The weather has no owner: that of another run would be ended with ours.
  async remember(spec, actions) {
    if ((await weatherLeft(spec, actions)) > 0)
      throw disturbedAlready(`${spec.target} has the fault ${kindOf(spec, kinds)}`)
    return {}
  },
  // All but the loss of messages ends by itself.
  inject: async (spec, actions) =>
    void (await setWeather(spec, actions, weatherOf(spec, spec.seconds + graceSeconds))),
  clear: async (spec, actions) => void (await setWeather(spec, actions, weatherOf(spec, 0))),
  probe(spec, observer) {
    const kind = kindOf(spec, kinds)
    let isFirst = true
    const what = kind === 'drop' ? 'lost' : 'height'
    /** The first look in a row that found the same. */
    let since: Reading | null = null
    const unchanged = (now: Reading): Reading => {
      if (since === null || since[what] !== now[what]) since = now
      return since
    }
    return {
      what:
        kind === 'drop' ? 'messages that the chain counts as lost' : 'what the chain answers about itself',
      async look() {
        const reading = await (kind === 'stalled' && isFirst ? rising : look)(spec, observer)
        if (reading.status === 200) isFirst = false
        return reading
      },
      text: ({ status, height, lost }) => {
        if (status !== 200) return status === 0 ? 'no answer' : `answers ${status}`
        return kind === 'drop' ? `${lost} messages lost` : `block ${height}`
      },
      unwell: (reading) => unwell(spec, reading),
      bites: (before, now) => {
        if (now.status !== 200) return kind === 'unavailable'
        switch (kind) {
          case 'unavailable':
            return false
          case 'stalled':
            return now.at - unchanged(now).at >= stillMs
          case 'behind':
            return now.height < before.height
          case 'drop':
            return now.lost > before.lost
        }
      },
      // Meanwhile it may have come beyond where it was before.
      ...(kind === 'behind' ? { lasts: (_, now) => isBehind(now) } : {}),
      heals: (before, now) => {
        if (now.status !== 200) return false
        switch (kind) {
          case 'unavailable':
            return now.height > before.height
          case 'stalled':
            return now.height > (since ?? before).height
          case 'behind':
            return !isBehind(now)
          case 'drop':
            // What is lost stays lost: it is over when no more is.
            return unchanged(now) !== now
        }
      },
    }
  },
  async residue(spec, actions) {
    return (await weatherLeft(spec, actions)) > 0 ? [`the chain is still ${kindOf(spec, kinds)}`] : []
  },
} satisfies Driver<ChainPart, Reading>
