// A lie: one change of what an honest pool does, and the promised criteria that it would bring to a false PASS.
import type { Answer, Asked, Behaviour } from '../stub/behaviour.ts'
import type { Pool, StubTask } from '../stub/pool.ts'

/** The load under which a lie is told: the shortest one in which what it concerns is claimed. See trials.ts. */
export type TrialName =
  'requests' | 'brief' | 'steady' | 'lasting' | 'surge' | 'overload' | 'spike' | 'crash' | 'thousand'

export interface Lie {
  /** What the pool does, in words. */
  does: string
  /** Criteria of which none may be PASS, without the system's name. The first one has to be FAIL. */
  concerns: [first: string, ...others: string[]]
  trial: TrialName
  /** What the reason or a witness of the first one has to say. */
  as: RegExp
  /** The first one lacks evidence in place of breaking its limit. */
  undecided?: true
  /** Told beside five others in `make test`. */
  isInShortTest?: true
  /** Made anew for each run, as it may keep count. */
  behaviour: () => Behaviour
}

/** Every so-manyth: not the first ones, which are the preflight's. */
export const isOneIn = (count: number, { n }: Asked): boolean => n % count === 0

/** The same of tasks, by their arrival: true of the same ones whenever it is asked. */
export const isTaskIn = (count: number, { key }: StubTask): boolean =>
  key.includes('-client_') && Number(key.split('-').at(-1)) % count === 0

/** One in so many answers is this one. What was asked is done all the same. */
export const instead =
  (count: number, other: (honest: Answer) => Answer) =>
  async (honest: () => Promise<Answer>, asked: Asked): Promise<Answer> => {
    const told = await honest()
    return isOneIn(count, asked) ? other(told) : told
  }

/** A time of a record, so much later. */
export const later = (time: unknown, ms: number): string =>
  new Date(Date.parse(String(time)) + ms).toISOString()

/** Tasks that nobody is given, and that are shown as ended all the same. */
export function endAlone(pool: Pool, task: StubTask): void {
  task.assigned = task.accepted
  task.worker = [...pool.workers.keys()][0] ?? null
  task.attempts = 1
  pool.end(task, 'completed')
}
