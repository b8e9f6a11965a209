// A world outside k6 with one virtual user in it: its requests are answered by a function, and what it tells is kept.
import { vi } from 'vitest'
import type { Answer, Exchange } from '../../../../lib/drive/actor.ts'
import { misfitIn } from '../../../../lib/drive/fields.ts'
import type { PlannedPhase } from '../../../../lib/plan/plan.ts'
import type { World } from '../../../../systems/truthsync/names.ts'

/** What is answered to a request: a status, and a body as it would be parsed. */
export type Answers = (step: string, exchange: Exchange<unknown>) => { status?: number; json: unknown }

export interface Told {
  sent: { step: string; path: string; body: unknown }[]
  observed: Record<string, (string | null)[]>
  counted: Record<string, { n: number; bad: number; what: string }[]>
  values: Record<string, number[]>
  points: Record<string, number[]>
  tallied: Record<string, number>
  shown: Record<string, string>
  unseen: Record<string, number>
  /** Seconds that waits took; null for one that was not seen to end. */
  back: Record<string, (number | null)[]>
}

/** Ten claims by their rows, each as frequent as the others: facts with even ids, opinions with odd ones. */
export const rows = Array.from({ length: 10 }, (_, id) =>
  id % 2 === 0 ? `fThe bridge ${id} is long.` : `oI think ${id} should be best.`,
)
/** As an honest service answers a text. */
export const verified = (text: string, isHit = true) => ({
  claims: text.includes(' is ') && !text.includes('I think') ? [text.slice(0, -1)] : [],
  confidence: 0.9,
  cache_hit: isHit,
  processing_time_us: 1,
})

/** What an honest service answers, to which every text but those named is known. */
export const honest =
  (unknown: string[] = []): Answers =>
  (_, { path, body }) => {
    if (path === '/verify/batch')
      return {
        json: (body as { text: unknown }[]).map(({ text }, index) =>
          typeof text === 'string'
            ? verified(text, !unknown.includes(text))
            : { index, error: { code: 'unprocessable', message: 'no text' } },
        ),
      }
    const { text } = (body ?? {}) as { text: string }
    if (path === '/verify') return { json: verified(text, !unknown.includes(text)) }
    return { json: { status: 'healthy' } }
  }

/** What /stats tells, each figure of it. */
export const figures = {
  total_requests: 1,
  total_claims: 1,
  errors: 0,
  refused: 0,
  cache_hits: 1,
  cache_misses: 0,
  cache_hit_rate: 1,
  cache_entries: 1,
  cache_evictions: 0,
  cache_size: 1,
  cache_ttl_seconds: 1,
  batch_size: 1,
  largest_batch: 1,
  accepted_claims: 1,
  batch_queue_size: 0,
  queue_limit: 10,
}

const steady = { name: 'steady', kind: 'normal', start: 0, end: 60 } as PlannedPhase
const after = { name: 'settle', kind: 'warmup', start: 60, end: 100 } as PlannedPhase

/** Lets an actor live in it, from a time of the plan on, whose only phase is one of normal load. */
export function worldOf(
  answers: Answers,
  {
    pattern = rows.map((_, id) => id),
    phases = [steady],
  }: { pattern?: number[]; phases?: PlannedPhase[] } = {},
) {
  vi.stubGlobal('__ENV', {})
  const told: Told = {
    sent: [],
    observed: {},
    counted: {},
    values: {},
    points: {},
    tallied: {},
    shown: {},
    unseen: {},
    back: {},
  }
  let now = 0
  let drawn = 0
  const world = {
    data: {
      run: 'r',
      phases,
      faults: [],
      driveSeconds: 60,
      withChecks: true,
      target: { adapter: null, alone: true },
    },
    index: 0,
    place: 'caller_steady',
    name: 'r-preflight-0',
    now: () => now,
    at: (seconds: number) => seconds,
    phase: () => phases.find(({ start, end }) => start <= now && now < end) ?? after,
    rows: (name: string) => ({ claims: rows, pages: [pattern.join()] })[name],
    random: () => (drawn = (drawn + 0.1) % 1),
    send: <T>(step: string, exchange: Exchange<T>): Answer<T> => {
      const { path, body } = exchange
      told.sent.push({ step, path, body })
      const { status = 200, json } = answers(step, exchange)
      const bare = { status, ms: 1, isRepeated: false, correlationId: '', sentAt: 0 }
      if (!exchange.expect.includes(status))
        return { ...bare, outcome: status === 503 ? 'refused' : 'failed', value: null }
      try {
        return { ...bare, outcome: 'ok', value: exchange.read(json, status) }
      } catch (error) {
        return { ...bare, outcome: 'failed', value: null, misfit: misfitIn(error) }
      }
    },
    observe: (name: string, _kind: string, bad: string | null, detail?: { value?: number }) => {
      ;(told.observed[name] ??= []).push(bad)
      if (detail?.value !== undefined) (told.values[name] ??= []).push(detail.value)
    },
    observeMany: (name: string, _kind: string, { n, bad }: { n: number; bad: number }, what: string) =>
      void (told.counted[name] ??= []).push({ n, bad, what }),
    backToNormal: (name: string, wait: { from: number; at: number | null }) =>
      void (told.back[name] ??= []).push(wait.at === null ? null : wait.at - wait.from),
    tally: (name: string) => void (told.tallied[name] = (told.tallied[name] ?? 0) + 1),
    unseen: (name: string, n: number) => void (told.unseen[name] = (told.unseen[name] ?? 0) + n),
    show: (name: string, _kind: string, words: string) => void (told.shown[name] = words),
    point: (name: string, value: number) => void (told.points[name] ??= []).push(value),
    sleep: (seconds: number) => void (now += Math.max(seconds, 0.01)),
  }
  return { world: world as unknown as World, told }
}
