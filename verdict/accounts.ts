// The account of promises: what was promised and never found again is lost, what may have been promised is not known.
import type { Counts } from './evidence.ts'

/**
 * Counts with their account settled; without one, as they are. What was found beyond the promises are unsure ones that
 * were kept; each unsure one that was not found may hide a lost promise, and stays unresolved. Settle once, after all
 * parts of a run are together: one shard promises what another one finds. Not for a run that was cut short, of which
 * nobody knows what became of its promises.
 */
export function accounted({ account, ...counts }: Counts): Counts {
  if (account === undefined) return counts
  const { promised, unsure } = account
  const unresolved = (counts.unresolved ?? 0) + unsure - Math.min(unsure, Math.max(0, counts.n - promised))
  return {
    ...counts,
    n: Math.max(counts.n, promised),
    bad: counts.bad + Math.max(0, promised - counts.n),
    ...(unresolved > 0 ? { unresolved } : {}),
  }
}
