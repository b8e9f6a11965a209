// The first requests of a run, one of each kind: what the target answers otherwise than expected, and whether that is the
// target's failure, or shows that it is not what the run takes it for: another address, token or contract.
import type { Answer, CheckResult, Exchange, Preflight, World } from './actor.ts'
import { isDefinite } from './statuses.ts'
import type {
  CheckName,
  ObservationName,
  PointName,
  StepName,
  TallyName,
  Vocabulary,
} from '../plan/vocabulary.ts'

/** A target that fails now and then must not be taken for one that never does what is asked. */
const attempts = 3

/**
 * Whether an answer says that the request was not understood, and not that it could not be served; or that an endpoint is not
 * where it is said to be. Whether the base address is, decides for all.
 */
const isMisfit = ({ outcome, status }: Answer<unknown>, { endpoint }: Exchange<unknown>): boolean =>
  outcome === 'failed' &&
  (status === 0 ? endpoint !== undefined : (status >= 200 && status < 400) || isDefinite(status))

function wordsOf(
  step: string,
  { method, path, expect, endpoint }: Exchange<unknown>,
  answer: Answer<unknown>,
): string {
  const { status, misfit } = answer
  const asked = `${step}: ${method} ${path || '/'}${endpoint === undefined ? '' : ` at the endpoint ${endpoint}`}`
  if (expect.includes(status))
    return `${asked} answered ${status}${misfit ? `, but ${misfit}` : " without the contract's fields"}`
  return `${asked} answered ${status === 0 ? 'nothing' : status}, expected ${expect.join(' or ')}`
}

type Observed<V extends Vocabulary> = ObservationName<V> | TallyName<V> | PointName<V>

/** By step: the observations that nobody can make, and the points that nobody can tell, where the target does not understand it. */
export type RestsOn<V extends Vocabulary> = Partial<Record<StepName<V>, readonly Observed<V>[]>>

/** Of the request that showed a violation no more than what finds it: its answer is told to nobody. */
function withoutAnswer(result: CheckResult): CheckResult {
  if (result.is !== 'violated' || result.request === undefined) return result
  const { correlationId, sentAt } = result.request
  return { ...result, request: { correlationId, sentAt } }
}

const isList = (missing: readonly string[] | object): missing is readonly string[] => Array.isArray(missing)

type Sent = Omit<Answer<unknown>, 'value'>
export type Probed<T> = (Sent & { value: T }) | (Sent & { value: null; isDecided: boolean; why: string })

/** Sends first requests, and keeps what their answers say of the target. */
export function firstRequests<V extends Vocabulary>(world: World<V>, restsOn: RestsOn<V>) {
  const checks: Record<string, CheckResult> = {}
  const found = { problems: [] as string[], wrong: {} as Record<string, string>, checks, reached: false }
  return {
    /** Keeps what a check found; of one that comes to several results the first that is not "kept" counts. */
    check(name: CheckName<V>, result: CheckResult): void {
      const known = checks[name]
      if (known === undefined || known.is === 'kept') checks[name] = withoutAnswer(result)
    },
    /**
     * Sends a request that only a check needs, once. An answer other than expected is no problem of the load; `isDecided`
     * where it says what the target does with such a request, and not only that it could not now.
     */
    probe<T>(step: StepName<V>, exchange: Exchange<T>): Probed<T> {
      const answer = world.send(step, exchange)
      const { value } = answer
      if (value !== null) return { ...answer, value }
      const [isDecided, why] = [isMisfit(answer, exchange), wordsOf(step, exchange, answer)]
      return { ...answer, value: null, isDecided, why }
    },
    /** The value of the answer; null where it is not as expected. */
    ask<T>(step: StepName<V>, exchange: Exchange<unknown>): T | null {
      let answer = world.send(step, exchange)
      found.reached ||= answer.status !== 0
      // The load will show how often a connection breaks.
      if (answer.value !== null) return answer.value as T
      const problem = wordsOf(step, exchange, answer)
      found.problems.push(problem)
      for (let attempt = 1; attempt < attempts && isMisfit(answer, exchange); attempt++)
        answer = world.send(step, exchange)
      if (isMisfit(answer, exchange))
        for (const name of [step, ...(restsOn[step] ?? [])]) found.wrong[name] ??= problem
      return answer.value as T | null
    },
    /**
     * What was found so far; `missing` are observations, and points, that this target cannot report: their names, or by each name
     * the reason why not.
     */
    found: (missing: readonly string[] | Readonly<Record<string, string>> = []): Preflight =>
      isList(missing)
        ? { ...found, missing: [...missing] }
        : { ...found, missing: Object.keys(missing), reasons: { ...missing } },
  }
}
