// How a stub may differ from the usual: in a manner that the contract leaves open, or by a change of behaviour that breaks it.
import type { Pool, StubTask } from './pool.ts'

export type Step =
  | 'register'
  | 'heartbeat'
  | 'poll'
  | 'leave'
  | 'result'
  | 'submit'
  | 'status'
  | 'stats'
  | 'page'
  | 'dashboard'
  | 'leftovers'

/** One request, as far as the pool is concerned. */
export interface Asked {
  step: Step
  path: string
  body: Record<string, unknown>
  /** The Idempotency-Key of a submission, else empty. */
  key: string
  /** The bearer token; empty where there is none. */
  token: string
  /** The n-th of its step, from 1. */
  n: number
  /** On a connection that carried a request before. */
  isKept: boolean
  /** Calls back when whoever asked has hung up before there was an answer. */
  onHungUp: (then: () => void) => void
}

export interface Answer {
  status: number
  /** Null for none; a text is sent as it is, anything else as JSON. */
  body: unknown
  headers?: Record<string, string>
  /** In place of an honest delivery: the connection is reset, or the body comes in pieces over so many milliseconds. */
  delivery?: 'reset' | { trickleMs: number }
  hasNoDate?: boolean
  /** The task that a worker is given by it. */
  gives?: StubTask
}

export const answer = (status: number, body: unknown = null, headers?: Record<string, string>): Answer => ({
  status,
  body,
  ...(headers === undefined ? {} : { headers }),
})

/** What the contract calls an error. */
export const errorAnswer = (status: number, code: string, headers?: Record<string, string>): Answer =>
  answer(status, { error: { code, message: code, correlation_id: '' } }, headers)

/** A task as the pool shows it. */
export type View = Record<string, unknown>

/** What the contract leaves open. */
export interface Manner {
  heartbeatMs: number
  leaseMs: number
  /** What waiting counts for each step of priority. */
  msPerPriority: number
  showsPrompt: boolean
  /** What repeats a submission is answered with. */
  repeatStatus: 200 | 201
  /** The pool's clock, less ours. */
  clockAheadMs: number
  /** A moment of that clock as text. */
  textOf: (time: number) => string
  /** An id that the pool gives out, of its n-th worker, task or lease. */
  idOf: (n: number) => string
  /** For so long the figures of the whole pool are not counted again. */
  statsForMs: number
  /** Everything takes so long at least. */
  delayMs: number
}

/** A change of what the pool does. Several may be in force at once. */
export interface Behaviour {
  manner?: Partial<Manner>
  /** In place of the honest answer to requests of a step, or made of it. */
  tells?: Partial<
    Record<Step, (honest: () => Promise<Answer>, asked: Asked, pool: Pool) => Answer | Promise<Answer>>
  >
  /** The same for all steps. */
  tellsAll?: (honest: () => Promise<Answer>, asked: Asked, pool: Pool) => Answer | Promise<Answer>
  /** For so long a task is kept from workers after it was accepted. */
  holdsMs?: (task: StubTask) => number
  /** A record that is shown. */
  shows?: (view: View, task: StubTask, pool: Pool) => View
  /** Which of the able workers that wait gets a task; they come longest wait first. */
  prefers?: (workers: string[]) => string
}
