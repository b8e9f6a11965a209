// What a virtual user keeps of an observation that it makes again and again: the rules that judge it, and what k6 is not told yet.
import { afterLoad, beforeLoad } from '../../verdict/criterion.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import type { Check, RunData } from './actor.ts'
import { promises } from './lazily.ts'
import { bad, openKeys, openPromises, seen } from './metrics.ts'
import type { Promises } from './promises.ts'
import { leastLimitMs } from './record.ts'

/** An observation in a phase kind, with what it is held against, and how often it was made since k6 was told last. */
export interface Observed {
  of: string
  kind: PhaseKind
  checks: Check[]
  /** The least limit in ms among them: whatever is good and under it breaks none that looks at no value. */
  leastMs: number
  isRated: boolean
  /** Rules that hold a count of the target against how many were good or bad; null where none does. */
  agreements: string[] | null
  tags: { of: string; kind: PhaseKind; phase?: string }
  n: number
  /** Null for what belongs to no account of promises. */
  promises: Promises | null
}

export function makeObserved(
  { rates, agreements, promiseAccounts, checks, rest }: RunData,
  of: string,
  kind: PhaseKind,
): Observed {
  const accounts = promiseAccounts[of]
  const own = checks[kind]?.[of] ?? []
  const agreed = (agreements[of] ?? []).flatMap(([rule, count]) => (count === 'all' ? [] : [rule]))
  // What is observed before and after the load is told apart: it counts for no rule about the whole run.
  const isOutside = rest.name === beforeLoad || rest.name === afterLoad
  return {
    of,
    kind,
    checks: own,
    leastMs: leastLimitMs(own),
    isRated: rates[of] !== undefined,
    agreements: agreed.length > 0 ? agreed : null,
    tags: isOutside ? { of, kind, phase: rest.name } : { of, kind },
    n: 0,
    promises:
      accounts === undefined ? null : new (promises().Promises)(accounts, kind, { openPromises, openKeys }),
  }
}

/** Counts bad ones for the rules that hold a count of the target against ours. */
export function countAgreed({ agreements }: Observed, n: number): void {
  if (agreements !== null) for (const rule of agreements) bad.add(n, { rule })
}

/** Tells k6 how many were made: one sample for many, because each costs as much as a small request. */
export function tellCount(one: Observed): void {
  seen.add(one.n, one.tags)
  one.promises?.tell(one.n)
  one.n = 0
}

/**
 * Nothing is known of each single one of many that are counted at once.
 * @throws Error where the numbers make no sense, or something is judged that only a single observation has: its key, its time or
 * its value
 */
export function checkMany({ of, kind, checks, leastMs, promises }: Observed, n: number, bad: number): void {
  if (!Number.isInteger(n) || !Number.isInteger(bad) || bad < 0 || bad > n)
    throw new Error(
      `"${of}" counted many at once: expected whole numbers with 0 <= bad <= n, got ${bad} bad of ${n}`,
    )
  if (promises !== null)
    throw new Error(`"${of}" belongs to an account of promises; observe each one with its key`)
  const judged = checks.find(([, , least]) => least !== null) ?? (leastMs < Infinity ? checks[0] : undefined)
  if (judged !== undefined)
    throw new Error(
      `"${of}" in ${kind} is judged by its time or its value (${judged[0]}); observe each one with it`,
    )
}
