// One planted fault in a random history that has none: the law that is about it finds it, and no other law does.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkLedger, laws } from '../../../../verdict/oracles/ledger/check.ts'
import type { Law, LedgerFindings } from '../../../../verdict/oracles/ledger/check.ts'
import { faults } from './planted-faults.ts'
import { randomHistory, someDeeds } from './random-history.ts'

const broken = ({ laws: found }: LedgerFindings): Law[] =>
  (Object.keys(found) as Law[]).filter((law) => found[law].violations > 0)

it('every law has a fault that breaks it', () => {
  expect([...new Set(faults.map(({ law }) => law))].sort()).toEqual(Object.keys(laws).sort())
})

describe.each(faults)('$law: $name', ({ law, plant }) => {
  it('is found by this law and by no other', () => {
    fc.assert(
      fc.property(someDeeds, fc.nat(), (deeds, place) => {
        const recorded = structuredClone(randomHistory(deeds))
        plant(recorded, place)
        const found = checkLedger(recorded.events, recorded.snapshot, recorded.terms)
        expect(broken(found)).toEqual([law])
        const [violation] = found.violations
        expect(violation?.events.length).toBeGreaterThan(0)
        expect(violation?.text).not.toMatch(/undefined|null|NaN|\[object/)
      }),
      { numRuns: 100 },
    )
  })
})
