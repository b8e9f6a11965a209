// The ledger oracle: from what clients did and saw, and what ledger and chain held in the end, whether money was lost,
// paid twice, made up or paid late. Each law is a file in laws/.
import type { Violation } from '../oracle.ts'
import { Books } from './books.ts'
import { Charges } from './charges.ts'
import { History } from './history.ts'
import type { LedgerLaw } from './law.ts'
import { acknowledged } from './laws/acknowledged.ts'
import { asked } from './laws/asked.ts'
import { confirmation } from './laws/confirmation.ts'
import { conservation } from './laws/conservation.ts'
import { content } from './laws/content.ts'
import { forward } from './laws/forward.ts'
import { legs } from './laws/legs.ts'
import { once } from './laws/once.ts'
import { overdraft } from './laws/overdraft.ts'
import { ownOrder } from './laws/own-order.ts'
import { reconciliation } from './laws/reconciliation.ts'
import { rejected } from './laws/rejected.ts'
import { resolved } from './laws/resolved.ts'
import { settled, settleLackMs, unaskedAccounts } from './laws/settled.ts'
import { work } from './laws/work.ts'
import { moneyOf } from './money.ts'
import type { Money } from './money.ts'
import { passesOf, run } from './passes.ts'
import type { FinalSnapshot, PaymentEvent, PaymentTerms } from './payment-history.ts'

/** In the order in which ledger and chain are held against them: a fault is told by the first law that it breaks. */
const lawBook = {
  rejected,
  content,
  once,
  acknowledged,
  resolved,
  asked,
  overdraft,
  legs,
  forward,
  'own-order': ownOrder,
  confirmation,
  work,
  conservation,
  reconciliation,
  settled,
} satisfies Record<string, LedgerLaw>

export type Law = keyof typeof lawBook
const lawEntries = Object.entries(lawBook) as [Law, LedgerLaw][]
const passes = passesOf(lawEntries)

const byLaw = <T>(of: (law: Law) => T): Record<Law, T> =>
  Object.fromEntries(lawEntries.map(([law]) => [law, of(law)])) as Record<Law, T>

/** Each law in one sentence, for people. */
export const laws: Readonly<Record<Law, string>> = byLaw((law) => lawBook[law].sentence)

export interface LedgerFindings {
  /** How many things were compared, so that "no violation" can be weighed, and how many were not as the law wants. */
  laws: Record<Law, { checks: number; violations: number }>
  /** The first ones of each law. */
  violations: Violation[]
  /** Keys of which it stays unknown what became of them. */
  unresolved: number
  /** Why, even without a violation, not all is known to be well. */
  undecided: string[]
  money: Money
}

/** Takes a history event by event; any order that keeps each process's own will do. */
export class LedgerCheck {
  readonly #terms: PaymentTerms
  readonly #charges = byLaw(() => new Charges())
  readonly #history: History

  constructor(terms: PaymentTerms) {
    this.#terms = terms
    const own = lawEntries.map(([law, rule]) => ({ rule, charge: this.#charges[law] }))
    const [answering, looking, totalling] = (['answered', 'looked', 'totalled'] as const).map((when) =>
      own.filter(({ rule }) => rule[when] !== undefined),
    ) as [typeof own, typeof own, typeof own]
    this.#history = new History({
      answered: (key, view, event) => {
        for (const { rule, charge } of answering) rule.answered?.(charge, terms, key, view, event)
      },
      looked: (confirmedAt, payout, event) => {
        for (const { rule, charge } of looking) rule.looked?.(charge, terms, confirmedAt, payout, event)
      },
      totalled: (totals, event) => {
        for (const { rule, charge } of totalling) rule.totalled?.(charge, totals, event)
      },
    })
  }

  add(event: PaymentEvent): void {
    this.#history.add(event)
  }

  /** What is found so far; without a snapshot only what clients saw by themselves can be judged. */
  findings(snapshot: FinalSnapshot | null): LedgerFindings {
    const charges = byLaw((law) => this.#charges[law].copy())
    const lastAt = Math.max(this.#terms.lastAt, this.#history.lastAt)
    const terms = { ...this.#terms, lastAt }
    const books = snapshot === null ? null : new Books(this.#history, snapshot, terms)
    if (books !== null) for (const pass of passes) run(pass, charges, books)
    const money = moneyOf(this.#history, books)
    return {
      laws: byLaw((law) => ({ checks: charges[law].checks, violations: charges[law].violations })),
      violations: lawEntries
        .flatMap(([law]) => charges[law].shown().map((shown): Violation => ({ law, ...shown })))
        .sort((a, b) => a.t - b.t),
      unresolved: money.payouts.unknown,
      undecided: this.#doubts(books, money),
      money,
    }
  }

  #doubts(books: Books | null, { payouts }: Money): string[] {
    const { events, misfits } = this.#history
    const doubts: string[] = []
    if (events === 0) doubts.push('the history is empty')
    if (misfits > 0)
      doubts.push(`the history is not whole: ${misfits} events do not fit to those before them`)
    if (payouts.unknown > 0)
      doubts.push(`of ${payouts.unknown} of ${payouts.asked} keys it stays unknown what became of them`)
    if (books === null) doubts.push('there is no final snapshot of ledger and chain')
    else {
      const lackMs = settleLackMs(books.snapshot, books.terms)
      const due = unaskedAccounts(books).filter(({ isDue }) => isDue).length
      const early = `in a snapshot taken ${lackMs} ms too early to call them late`
      if (lackMs > 0 && payouts.pending > 0) doubts.push(`${payouts.pending} payouts are pending ${early}`)
      if (lackMs > 0 && due > 0) doubts.push(`payouts of ${due} accounts are due ${early}`)
    }
    return doubts
  }
}

export function checkLedger(
  events: Iterable<PaymentEvent>,
  snapshot: FinalSnapshot | null,
  terms: PaymentTerms,
): LedgerFindings {
  const check = new LedgerCheck(terms)
  for (const event of events) check.add(event)
  return check.findings(snapshot)
}
