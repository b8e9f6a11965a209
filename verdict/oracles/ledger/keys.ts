// What is known of a key, and of a task: what was asked and said, and what the ledger holds for it.
import { inTimeOrder, listOf, withOne } from './lists.ts'
import type { Few } from './lists.ts'
import type { LedgerEarning, LedgerPayout, PayoutSeen, PayoutStatus, Work } from './payment-history.ts'

/** One content under a key, and what was said to the attempts with it. */
export interface Asked {
  account: string
  amount: string
  t: number
  process: string
  attempts: number
  rejected: number
  accepted: boolean
  /** An ok that showed another content than this. */
  mistaken: Answer | null
}

/** A payout as it was first shown under its key with this id and this content. */
export interface Answer {
  payout: PayoutSeen
  t: number
  process: string
}

/** What one process knows of a key. */
export interface View {
  process: string
  last: PayoutSeen
  /** The furthest status that it was told. */
  status: PayoutStatus
  t: number
}

export const sameContent = (
  a: { account: string; amount: string },
  b: { account: string; amount: string },
): boolean => a === b || (a.amount === b.amount && a.account === b.account)

export class Key {
  #asked: Few<Asked> = null
  #answers: Few<Answer> = null
  #views: Few<View> = null
  #rows: Few<LedgerPayout> = null
  /** The latest final read that said, to a process that had not been told otherwise, that the key is not known. */
  absent: { askedAt: number; t: number; process: string } | null = null
  /** Requests for it without an outcome yet, and when the latest of all was sent or answered. */
  openRequests = 0
  requestedAt = -Infinity
  /** A final read was answered. */
  finallyRead = false
  /** Once the ledger lies open: whether a law found the key at fault. */
  faulty = false

  constructor(readonly key: string) {}

  get asked(): readonly Asked[] {
    return listOf(this.#asked)
  }

  get answers(): readonly Answer[] {
    return listOf(this.#answers)
  }

  get views(): readonly View[] {
    return listOf(this.#views)
  }

  /** Once the ledger lies open: its payouts with this key. */
  get rows(): readonly LedgerPayout[] {
    return listOf(this.#rows)
  }

  /** The final read that found nothing, unless a request came after it or was still under way: that may have been done. */
  get absentForGood(): { t: number; process: string } | null {
    const { absent, openRequests, requestedAt } = this
    return absent !== null && openRequests === 0 && absent.askedAt >= requestedAt ? absent : null
  }

  addAsked(one: Asked): void {
    this.#asked = withOne(this.#asked, one)
  }

  addAnswer(one: Answer): void {
    this.#answers = withOne(this.#answers, one)
  }

  addView(one: View): void {
    this.#views = withOne(this.#views, one)
  }

  addRow(one: LedgerPayout): void {
    this.#rows = withOne(this.#rows, one)
  }

  askedWith(content: { account: string; amount: string }): Asked | undefined {
    for (const one of this.asked) if (sameContent(one, content)) return one
    return undefined
  }

  viewOf(process: string): View | undefined {
    for (const one of this.views) if (one.process === process) return one
    return undefined
  }

  answerWith(payout: PayoutSeen): Answer | undefined {
    for (const one of this.answers)
      if (one.payout.id === payout.id && sameContent(one.payout, payout)) return one
    return undefined
  }

  layOpen(): void {
    this.#asked = inTimeOrder(this.#asked)
    this.#answers = inTimeOrder(this.#answers)
    this.#views = inTimeOrder(this.#views)
    this.#rows = null
    this.faulty = false
  }
}

export class Task {
  #claims: Few<Work>
  #earned: Few<LedgerEarning> = null

  constructor(claim: Work) {
    this.#claims = claim
  }

  /** Those who say that they completed it: one, unless more than one worker had it. */
  get claims(): readonly Work[] {
    return listOf(this.#claims)
  }

  /** Once the ledger lies open: what was paid for it. */
  get earned(): readonly LedgerEarning[] {
    return listOf(this.#earned)
  }

  addClaim(one: Work): void {
    this.#claims = withOne(this.#claims, one)
  }

  addEarned(one: LedgerEarning): void {
    this.#earned = withOne(this.#earned, one)
  }

  layOpen(): void {
    this.#claims = inTimeOrder(this.#claims)
    this.#earned = null
  }
}
