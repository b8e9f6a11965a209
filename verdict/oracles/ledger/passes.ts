// Laws that follow each other share a pass over keys or payouts where that comes to the same as one pass for each law:
// with hundreds of thousands of them, it is the passes that take the time.
import type { Books } from './books.ts'
import type { Charge } from './charges.ts'
import type { LedgerLaw } from './law.ts'

type When = 'key' | 'payout' | 'closed'

/** Names of the laws that take part, by what they look at: first keys, then payouts, then all that is left. */
type Pass<Name extends string> = Record<When, [Name, LedgerLaw][]>

/** In as few passes as keep the order in which each key, each payout and each sum comes before the laws. */
export function passesOf<Name extends string>(laws: readonly [Name, LedgerLaw][]): Pass<Name>[] {
  const passes: Pass<Name>[] = []
  for (const entry of laws) {
    const [, law] = entry
    let pass = passes.at(-1)
    const isLate =
      pass === undefined ||
      (law.key !== undefined && pass.payout.length + pass.closed.length > 0) ||
      (law.payout !== undefined && pass.closed.length > 0)
    if (pass === undefined || isLate) passes.push((pass = { key: [], payout: [], closed: [] }))
    for (const when of ['key', 'payout', 'closed'] as const)
      if (law[when] !== undefined) pass[when].push(entry)
  }
  return passes
}

export function run<Name extends string>(
  { key: keyLaws, payout: payoutLaws, closed }: Pass<Name>,
  charges: Record<Name, Charge>,
  books: Books,
): void {
  const withCharges = (entries: [Name, LedgerLaw][]) =>
    entries.map(([name, law]) => ({ law, charge: charges[name] }))
  const ofKeys = withCharges(keyLaws)
  if (ofKeys.length > 0)
    for (const key of books.keys)
      for (const { law, charge } of ofKeys) if (!key.faulty) law.key!(charge, books, key)
  const ofPayouts = withCharges(payoutLaws)
  if (ofPayouts.length > 0)
    for (const held of books.payouts)
      for (const { law, charge } of ofPayouts) if (books.isSound(held)) law.payout!(charge, books, held)
  for (const { law, charge } of withCharges(closed)) law.closed!(charge, books)
}
