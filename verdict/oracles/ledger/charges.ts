// What was compared and what was found, law by law: counts are complete, the violations shown are the first few.
import type { ShownEvent } from '../oracle.ts'

export interface Shown {
  text: string
  events: ShownEvent[]
}

/** Where a law reports to. */
export interface Charge {
  /** So many things were compared. */
  checked(count?: number): void
  /** One was not as the law wants it. `subject` orders what happened at the same time; `show` is for those kept. */
  violated(t: number, subject: string, show: () => Shown): void
}

interface Kept {
  t: number
  subject: string
  show: () => Shown
}

const before = (a: Kept, b: Kept): boolean => a.t < b.t || (a.t === b.t && a.subject < b.subject)

/** Violations of one law that are shown. */
const shownPerLaw = 20

/** Time order, what lies in ledger and chain at the end. */
const inOrder = (events: ShownEvent[]): ShownEvent[] =>
  [...events].sort((a, b) => (a.t ?? Number.MAX_VALUE) - (b.t ?? Number.MAX_VALUE))

export class Charges implements Charge {
  checks = 0
  violations = 0
  #kept: Kept[] = []

  checked(count = 1): void {
    this.checks += count
  }

  violated(t: number, subject: string, show: () => Shown): void {
    this.violations++
    const next = { t, subject, show }
    const last = this.#kept.at(-1)
    if (this.#kept.length === shownPerLaw && last !== undefined && !before(next, last)) return
    let place = this.#kept.length
    while (place > 0 && before(next, this.#kept[place - 1]!)) place--
    this.#kept.splice(place, 0, next)
    if (this.#kept.length > shownPerLaw) this.#kept.pop()
  }

  copy(): Charges {
    const copy = new Charges()
    copy.checks = this.checks
    copy.violations = this.violations
    copy.#kept = [...this.#kept]
    return copy
  }

  shown(): (Shown & { t: number })[] {
    return this.#kept.map(({ t, show }) => {
      const { text, events } = show()
      return { t, text, events: inOrder(events) }
    })
  }
}
