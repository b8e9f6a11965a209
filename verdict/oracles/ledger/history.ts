// A history of payments, event by event, folded into what the laws need: it grows with keys and tasks, not with events.
import { Key, sameContent, Task } from './keys.ts'
import type { View } from './keys.ts'
import type {
  Invocation,
  Miss,
  PaymentEvent,
  PayoutSeen,
  PayoutStatus,
  Success,
  Totals,
  TransferSeen,
  Work,
} from './payment-history.ts'

/** What is told of events whose order within their process matters, before the history takes them in. */
export interface Watch {
  answered(key: Key, view: View | undefined, event: Success & { op: 'pay' | 'read' }): void
  looked(confirmedAt: number | undefined, payout: string, event: Success & { op: 'look' }): void
  totalled(totals: Totals, event: Success): void
}

interface Open {
  invocation: Invocation
  /** Of a payout asked for or asked about. */
  key: Key | null
}

interface Process {
  /** The one text of its name that is kept. */
  name: string
  /** What it is doing, and what it was doing before of which no outcome has come. */
  open: Open | null
  left: Map<number, Open>
  /** Payouts that it was told are confirmed, and when it was told so first. */
  confirmed: Map<string, number>
}

const rank: Record<PayoutStatus, number> = { accepted: 0, sent: 1, confirmed: 2, failed: 2 }
/** Whether a payout that was once at `from` may later be at `to`. */
export const isForward = (from: PayoutStatus, to: PayoutStatus): boolean =>
  from === to || rank[to] > rank[from]

const succeeded = (transfers: TransferSeen[], mark: string): TransferSeen[] =>
  transfers.filter((transfer) => transfer.succeeded && transfer.mark === mark)

export class History {
  readonly keys = new Map<string, Key>()
  readonly work = new Map<string, Task>()
  /** Marks that somebody saw on more than one transfer that succeeded. */
  readonly doubledMarks = new Map<string, { t: number; process: string; transfers: TransferSeen[] }>()
  events = 0
  /** Events that do not fit to those before them: the history is not whole. */
  misfits = 0
  /** When the latest request for a payout was sent or answered, or the latest work was done. */
  lastAt = -Infinity
  readonly #processes = new Map<string, Process>()
  readonly #watch: Watch

  constructor(watch: Watch) {
    this.#watch = watch
  }

  add(event: PaymentEvent): void {
    this.events++
    if (event.type === 'work') return this.#worked(event)
    if (event.type === 'invoke') return this.#invoked(event)
    const process = this.#process(event.process)
    const open = this.#close(process, event.call)
    if (open?.invocation.op === 'pay' && open.key !== null) {
      open.key.openRequests--
      this.#requested(open.key, event.t)
    }
    if (open === undefined || (event.type === 'ok' && event.op !== open.invocation.op)) this.misfits++
    else if (event.type === 'ok') this.#succeeded(process, open, event)
    else this.#missed(open, event)
  }

  #open({ left, open }: Process, call: number): Open | undefined {
    return open?.invocation.call === call ? open : left.get(call)
  }

  #close(process: Process, call: number): Open | undefined {
    const open = this.#open(process, call)
    if (open === process.open) process.open = null
    else process.left.delete(call)
    return open
  }

  /**
   * For a ledger to be laid beside it. What came in the order of a merge is put in that of time, so that the former does
   * not show in what is told.
   */
  layOpen(): Key[] {
    const keys = [...this.keys.values()]
    for (const key of keys) key.layOpen()
    for (const task of this.work.values()) task.layOpen()
    return keys
  }

  #requested(key: Key, t: number): void {
    key.requestedAt = Math.max(key.requestedAt, t)
    this.lastAt = Math.max(this.lastAt, t)
  }

  #worked(event: Work): void {
    this.lastAt = Math.max(this.lastAt, event.t)
    const task = this.work.get(event.task)
    if (task === undefined) this.work.set(event.task, new Task(event))
    else task.addClaim(event)
  }

  #process(name: string): Process {
    let process = this.#processes.get(name)
    if (process === undefined)
      this.#processes.set(name, (process = { name, open: null, left: new Map(), confirmed: new Map() }))
    return process
  }

  #key(name: string): Key {
    let key = this.keys.get(name)
    if (key === undefined) {
      key = new Key(name)
      this.keys.set(name, key)
    }
    return key
  }

  #invoked(event: Invocation): void {
    const process = this.#process(event.process)
    if (this.#open(process, event.call) !== undefined) this.misfits++
    else if (process.open !== null) process.left.set(process.open.invocation.call, process.open)
    const key = event.op === 'pay' || event.op === 'read' ? this.#key(event.key) : null
    process.open = { invocation: event, key }
    if (event.op !== 'pay' || key === null) return
    key.openRequests++
    this.#requested(key, event.t)
    this.#asked(key, event, process.name)
  }

  #asked(key: Key, event: Invocation & { op: 'pay' }, process: string): void {
    const { account, amount, t } = event
    const same = key.askedWith(event)
    if (same === undefined)
      key.addAsked({
        account,
        amount,
        t,
        process,
        attempts: 1,
        rejected: 0,
        accepted: false,
        mistaken: null,
      })
    else {
      same.attempts++
      if (t < same.t) Object.assign(same, { t, process })
    }
  }

  #missed({ invocation, key }: Open, event: Miss): void {
    if (key === null || invocation.op !== 'pay' || event.type !== 'rejected') return
    const asked = key.askedWith(invocation)
    if (asked !== undefined) asked.rejected++
  }

  #succeeded(process: Process, { invocation, key }: Open, event: Success): void {
    if (event.op === 'totals') return this.#watch.totalled(event.totals, event)
    if (event.op === 'look') {
      if (invocation.op === 'look') this.#looked(process, invocation.payout, event)
      return
    }
    if (key === null) return
    const view = key.viewOf(event.process)
    this.#watch.answered(key, view, event)
    if (invocation.op === 'read' && invocation.final === true) {
      key.finallyRead = true
      if (event.payout === null && view === undefined && !(key.absent !== null && key.absent.t >= event.t))
        key.absent = { askedAt: invocation.t, t: event.t, process: process.name }
    }
    if (event.payout === null) return
    if (invocation.op === 'pay') this.#accepted(key, invocation, process.name, event.t, event.payout)
    const { id, status } = event.payout
    if (status === 'confirmed' && !process.confirmed.has(id)) process.confirmed.set(id, event.t)
    this.#saw(key, view, process.name, event.t, event.payout)
  }

  #accepted(
    key: Key,
    invocation: { account: string; amount: string },
    process: string,
    t: number,
    payout: PayoutSeen,
  ): void {
    const asked = key.askedWith(invocation)
    if (asked === undefined) return
    if (sameContent(payout, invocation)) asked.accepted = true
    else if (asked.mistaken === null || t < asked.mistaken.t) asked.mistaken = { payout, t, process }
  }

  #saw(key: Key, view: View | undefined, process: string, t: number, payout: PayoutSeen): void {
    const same = key.answerWith(payout)
    if (same === undefined) key.addAnswer({ payout, t, process })
    else if (t < same.t) Object.assign(same, { payout, t, process })
    if (view === undefined) key.addView({ process, last: payout, status: payout.status, t })
    else {
      view.last = payout
      view.t = t
      if (isForward(view.status, payout.status)) view.status = payout.status
    }
  }

  #looked(process: Process, payout: string, event: Success & { op: 'look' }): void {
    this.#watch.looked(process.confirmed.get(payout), payout, event)
    const transfers = succeeded(event.transfers, payout)
    const before = this.doubledMarks.get(payout)
    if (transfers.length > 1 && !(before !== undefined && before.t <= event.t))
      this.doubledMarks.set(payout, { t: event.t, process: event.process, transfers })
  }
}
