// Observations that belong to accounts of promises: with their keys, until k6 is told of them. Evaluated by who makes some.
import type { PhaseKind } from '../../verdict/criterion.ts'
import type { RunData } from './actor.ts'
import { KeySums } from './key-sums.ts'
import type { openKeys, openPromises } from './metrics.ts'

/** Those of the virtual user: a second copy of them cannot be made while it runs. */
interface Counters {
  openPromises: typeof openPromises
  openKeys: typeof openKeys
}

/** What was promised, or found, under one name in a phase kind. */
export class Promises {
  private readonly keys = new KeySums()
  private readonly accounts: { tags: { of: string; kind: PhaseKind }; count: 1 | -1 }[]

  constructor(
    accounts: RunData['promiseAccounts'][string],
    kind: PhaseKind,
    private readonly counters: Counters,
  ) {
    this.accounts = accounts.map(([of, count]) => ({ tags: { of, kind }, count }))
  }

  /** @throws Error where the key was forgotten: one that is missing in the sums would look like a promise that was not kept */
  add(of: string, key: string | undefined): void {
    if (key === undefined)
      throw new Error(
        `"${of}" was observed without a key, and belongs to an account of promises; give { key }`,
      )
    this.keys.add(key)
  }

  /** @param n how many were added since it was told last */
  tell(n: number): void {
    const { keys, counters } = this
    const { openPromises, openKeys } = counters
    for (const { tags, count } of this.accounts) {
      openPromises.add(count * n, tags)
      openKeys[0].add(count * keys.first, tags)
      openKeys[1].add(count * keys.second, tags)
    }
    keys.clear()
  }
}
