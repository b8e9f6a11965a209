// A world without k6 for those who take part in payments: time passes while they sleep, and a test answers for the pool.
import type { Answer, Detail, Exchange } from '../../../../lib/drive/actor.ts'
import type { PhaseKind } from '../../../../verdict/criterion.ts'
import type { PoolPhase, World } from '../../../../systems/cocoon/names.ts'
import type { PlannedPhase } from '../../../../lib/plan/plan.ts'

export const [driveSeconds, settleSeconds] = [20, 40]

const phase: PlannedPhase<PoolPhase> = {
  name: 'crowd',
  kind: 'burst',
  start: 0,
  end: driveSeconds,
  queueSeconds: 0,
  added: { workSeconds: 0.2, patienceSeconds: null, history: 0 },
}
/** One payee at the very beginning. */
const payees = {
  actor: 'payee',
  work: false,
  phase: phase.name,
  kind: phase.kind,
  start: 0,
  seconds: 1,
  from: 1,
  to: 1,
  opensWith: [],
}

/** What the pool or the chain answers to a request; status 0 is no answer. */
export type Answers = (
  step: string,
  request: Exchange<unknown>,
  now: number,
) => { status: number; json?: unknown; isRepeated?: boolean }

export interface Seen {
  observed: Record<string, (string | null)[]>
  /** Of what belongs to an account of promises. */
  keys: Record<string, string[]>
  /** What was told for the ledger oracle: the history, and parts of what there was in the end. */
  history: Record<string, unknown>[]
  state: Record<string, unknown>[]
  /** When each step was taken, in seconds after T0. */
  sentAt: Record<string, number[]>
}

/** As the kit has it: an answer that its reader does not take is none. */
function valueOf<T>({ expect, read }: Exchange<T>, json: unknown, status: number): T | null {
  try {
    return expect.includes(status) ? read(json, status) : null
  } catch {
    return null
  }
}

/** What an actor does and finds. `habit` decides what a payee does besides asking for what it earned. */
export function live(
  actor: (world: World) => void,
  answers: Answers,
  { habit = 0.5, startsAt = 0 } = {},
): Seen {
  const seen: Seen = { observed: {}, keys: {}, history: [], state: [], sentAt: {} }
  let now = startsAt
  const send = <T>(step: string, exchange: Exchange<T>): Answer<T> => {
    ;(seen.sentAt[step] ??= []).push(now)
    const { status, json = null, isRepeated = false } = answers(step, exchange, now)
    now += 0.01
    const value = valueOf(exchange, json, status)
    const outcome = isRepeated ? 'failed' : value !== null ? 'ok' : status === 429 ? 'refused' : 'failed'
    return { outcome, status, ms: 10, value, isRepeated, correlationId: step, sentAt: now }
  }
  const world: Partial<World> = {
    data: {
      run: 'r',
      phases: [phase],
      rest: {
        ...phase,
        name: 'rest',
        kind: 'warmup',
        start: driveSeconds,
        end: driveSeconds + settleSeconds,
      },
      segments: { payees },
      levels: [{ start: 0, end: driveSeconds, from: 1, to: 1 }],
      faults: [],
      checks: {},
      residents: { worker: 1, 'payout-follower': 1 },
      driveSeconds,
      settleSeconds,
      history: true,
      oracles: [],
      target: { adapter: null, credentials: {} },
    } as unknown as World['data'],
    index: 0,
    place: 'payees',
    now: () => now,
    at: (seconds) => seconds * 1000,
    phase: () => phase,
    hasTime: () => true,
    random: (purpose) => (purpose.startsWith('habit') ? habit : 0.5),
    send,
    observe: (name: string, _kind: PhaseKind, bad: string | null, detail?: Detail) => {
      ;(seen.observed[name] ??= []).push(bad)
      if (detail?.key !== undefined) (seen.keys[name] ??= []).push(detail.key)
    },
    time: () => {},
    measure: () => {},
    present: () => now < driveSeconds,
    absentFor: () => Math.max(0, driveSeconds - now),
    point: () => {},
    tally: () => {},
    share: () => {},
    tell: (event) => {
      if (event.event === 'history') seen.history.push(event.entry as Record<string, unknown>)
      if (event.event === 'state') seen.state.push(event.part as Record<string, unknown>)
    },
    sleep: (seconds) => void (now += Math.max(seconds, 0.01)),
  }
  actor(world as World)
  return seen
}
