// Histories without a fault: nothing is found in them, whoever the processes are, whatever their clocks say, and in
// whatever order their parts were merged.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkLedger, LedgerCheck, laws } from '../../../../verdict/oracles/ledger/check.ts'
import type { Law, LedgerFindings } from '../../../../verdict/oracles/ledger/check.ts'
import type { PaymentEvent } from '../../../../verdict/oracles/ledger/payment-history.ts'
import { restMs, World } from './payment-world.ts'
import type { Recorded } from './payment-world.ts'
import { randomHistory, someDeeds } from './random-history.ts'
import { faults } from './planted-faults.ts'

const check = ({ events, snapshot, terms }: Recorded): LedgerFindings => checkLedger(events, snapshot, terms)
const lawNames = Object.keys(laws) as Law[]

describe('a history without a fault', () => {
  it('breaks no law and leaves nothing open', () => {
    fc.assert(
      fc.property(someDeeds, (deeds) => {
        const found = check(randomHistory(deeds))
        expect(found.violations).toEqual([])
        expect(Object.values(found.laws).every(({ violations }) => violations === 0)).toBe(true)
        expect(found.unresolved).toBe(0)
        expect(found.undecided).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('is held against every law', () => {
    const found = check(randomHistory([]))
    expect(lawNames.filter((law) => found.laws[law].checks === 0)).toEqual([])
  })

  it('comes with sums that account for all the money', () => {
    fc.assert(
      fc.property(someDeeds, (deeds) => {
        const recorded = randomHistory(deeds)
        const { money } = check(recorded)
        expect(money.transferred).toBe(money.paid)
        expect(money.pending).toBe('0')
        expect(money.earned).toBe(recorded.snapshot.ledger.totals.gross)
        expect(money.fees).toBe(recorded.snapshot.ledger.totals.fee)
        const { asked, accepted, rejected, unknown, confirmed, failed } = money.payouts
        expect(accepted + rejected).toBeLessThanOrEqual(asked)
        expect(unknown).toBe(0)
        expect(confirmed + failed).toBe(recorded.snapshot.ledger.payouts.length)
      }),
    )
  })
})

/** Any history, most of them with a fault in it. */
const anyHistory = fc
  .tuple(someDeeds, fc.nat({ max: faults.length }), fc.nat())
  .map(([deeds, which, place]): Recorded => {
    const recorded = structuredClone(randomHistory(deeds))
    faults[which]?.plant(recorded, place)
    return recorded
  })

const shifted = (events: readonly PaymentEvent[], byMs: (process: string) => number): PaymentEvent[] =>
  events.map((event) => ({ ...event, t: event.t + byMs(event.process) }))

describe('what is found does not depend on', () => {
  it('what processes are called', () => {
    const other = (name: string): string =>
      name === 'ledger' || name === 'chain' ? name : `z-${[...name].reverse().join('')}`
    fc.assert(
      fc.property(anyHistory, (recorded) => {
        const before = check(recorded)
        const events = recorded.events.map((event) => ({ ...event, process: other(event.process) }))
        expect(check({ ...recorded, events })).toEqual({
          ...before,
          violations: before.violations.map((violation) => ({
            ...violation,
            events: violation.events.map((event) => ({ ...event, who: other(event.who) })),
          })),
        })
      }),
    )
  })

  it('when all of it took place', () => {
    fc.assert(
      fc.property(anyHistory, fc.integer({ min: -1e9, max: 1e9 }), ({ events, snapshot, terms }, ms) => {
        const before = check({ events, snapshot, terms })
        const later = check({
          events: shifted(events, () => ms),
          snapshot: { ...snapshot, began: snapshot.began + ms, t: snapshot.t + ms },
          terms: { ...terms, lastAt: terms.lastAt + ms },
        })
        expect(later).toEqual({
          ...before,
          violations: before.violations.map((violation) => ({
            ...violation,
            t: violation.t + ms,
            events: violation.events.map((event) => ({
              ...event,
              t: event.t === null ? null : event.t + ms,
            })),
          })),
        })
      }),
    )
  })

  // None ahead of the clock of whoever reads the books: what came after that need not be in them.
  it("the clock of each process, but for the order in which a witness's events are told", () => {
    fc.assert(
      fc.property(
        anyHistory,
        fc.array(fc.integer({ min: -restMs, max: 0 }), { minLength: 5 }),
        (recorded, ms) => {
          const names = [...new Set(recorded.events.map(({ process }) => process))]
          const events = shifted(recorded.events, (process) => ms[names.indexOf(process) % ms.length]!)
          const { violations: _before, ...before } = check(recorded)
          const { violations: _after, ...after } = check({ ...recorded, events })
          expect(after).toEqual(before)
        },
      ),
    )
  })

  it('into which shards the history was split, and how they were merged', () => {
    fc.assert(
      fc.property(anyHistory, fc.array(fc.nat({ max: 3 }), { minLength: 300 }), (recorded, turns) => {
        const names = [...new Set(recorded.events.map(({ process }) => process))]
        const shards = [0, 1, 2, 3].map((shard) =>
          recorded.events.filter(({ process }) => names.indexOf(process) % 4 === shard),
        )
        const merged: PaymentEvent[] = []
        for (const turn of turns) {
          const event = shards[turn]!.shift()
          if (event !== undefined) merged.push(event)
        }
        for (const shard of shards) merged.push(...shard)
        expect(merged).toHaveLength(recorded.events.length)
        expect(check({ ...recorded, events: merged })).toEqual(check(recorded))
      }),
    )
  })
})

describe('what was not seen is not taken for fine', () => {
  const terms = new World().rest().terms

  it('in an empty history', () => {
    const found = checkLedger([], new World().rest().snapshot, terms)
    expect(found.undecided).toEqual(['the history is empty'])
    expect(checkLedger([], null, terms).undecided).toHaveLength(2)
    expect(lawNames.filter((law) => checkLedger([], null, terms).laws[law].checks > 0)).toEqual([])
  })

  it('without a final snapshot: no law of ledger or chain has been checked, every key is open', () => {
    const { events } = randomHistory([])
    const found = checkLedger(events, null, terms)
    expect(found.undecided).toContain('there is no final snapshot of ledger and chain')
    const { asked, rejected } = found.money.payouts
    expect(found.unresolved).toBe(asked - rejected)
    expect(found.laws.acknowledged.checks + found.laws.once.checks + found.laws.settled.checks).toBe(0)
  })

  it('of a key whose outcome nobody asked for in the end', () => {
    const recorded = randomHistory([])
    const reads = new Set(
      recorded.events.flatMap((event) =>
        event.type === 'invoke' && event.op === 'read' && event.final === true
          ? [`${event.process} ${event.call}`]
          : [],
      ),
    )
    const events = recorded.events.filter(
      (event) => event.type === 'work' || !reads.has(`${event.process} ${event.call}`),
    )
    const found = check({ ...recorded, events })
    expect(found.violations).toEqual([])
    expect(found.unresolved).toBe(2)
    expect(found.undecided).toEqual(['of 2 of 6 keys it stays unknown what became of them'])
  })

  it('in a history with a hole', () => {
    const recorded = randomHistory([])
    const hole = recorded.events.findIndex(({ type }) => type === 'invoke')
    expect(check({ ...recorded, events: recorded.events.toSpliced(hole, 1) }).undecided).toContain(
      'the history is not whole: 1 events do not fit to those before them',
    )
  })

  it('in a snapshot that was taken too early to call anything late', () => {
    const recorded = randomHistory([])
    const row = recorded.snapshot.ledger.payouts.find(({ status }) => status === 'confirmed')!
    row.status = 'sent'
    const early = { ...recorded.snapshot, began: recorded.terms.lastAt + recorded.terms.settleMs - 1 }
    const found = check({ ...recorded, snapshot: early })
    // What has ended has ended, however early.
    const { payouts } = recorded.snapshot.ledger
    expect(payouts.length).toBeGreaterThan(1)
    expect(found.laws.settled).toEqual({ checks: payouts.length - 1, violations: 0 })
    expect(found.undecided).toEqual([
      '1 payouts are pending in a snapshot taken 1 ms too early to call them late',
    ])
  })

  it('nor an account that has reached its threshold', () => {
    const recorded = randomHistory([])
    const account = recorded.snapshot.ledger.accounts.find(({ available }) => available !== '0')!
    account.threshold = account.available
    const early = { ...recorded.snapshot, began: recorded.terms.lastAt + recorded.terms.settleMs - 1 }
    const found = check({ ...recorded, snapshot: early })
    expect(found.laws.settled.violations).toBe(0)
    expect(found.undecided).toEqual([
      'payouts of 1 accounts are due in a snapshot taken 1 ms too early to call them late',
    ])
  })
})

it('tells the same from a history event by event, as often as it is asked', () => {
  const { events, snapshot, terms } = randomHistory([])
  const one = new LedgerCheck(terms)
  for (const event of events) one.add(event)
  expect(one.findings(snapshot)).toEqual(checkLedger(events, snapshot, terms))
  expect(one.findings(snapshot)).toEqual(checkLedger(events, snapshot, terms))
})
