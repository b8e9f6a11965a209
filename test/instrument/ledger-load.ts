// Checks a history of a million events without a fault, made up as it goes, and prints what that took. Runs on its own,
// under a limit of memory; ledger-speed.long.test.ts starts it.
import { LedgerCheck } from '../../verdict/oracles/ledger/check.ts'
import type {
  FinalSnapshot,
  LedgerEarning,
  LedgerPayout,
  PaymentEvent,
  TransferSeen,
} from '../../verdict/oracles/ledger/payment-history.ts'

/** For each of them what P1 records on average: a task, a request, four looks at the ledger and one at the chain. */
const payouts = 80_000
const reads = ['accepted', 'sent', 'sent', 'confirmed'] as const
const workers = 1000
const begin = 1_700_000_000_000
const units = 1_000_000
const perUnit = 1000n
const feeBasisPoints = 250n
const gross = BigInt(units) * perUnit
const fee = (gross * feeBasisPoints) / 10_000n
const depth = 3

const check = new LedgerCheck({
  perUnit: String(perUnit),
  feeBasisPoints: Number(feeBasisPoints),
  depth,
  settleMs: 10_000,
  lastAt: begin,
})
const earnings: LedgerEarning[] = []
const rows: LedgerPayout[] = []
const transfers: TransferSeen[] = []

let waiting: PaymentEvent[] = []
let events = 0
let checkMs = 0
let cpuMs = 0
let heapBytes = 0
/** Time runs only while the history is checked, not while it is made. */
function timed<T>(work: () => T): T {
  const [started, before] = [performance.now(), process.cpuUsage()]
  const result = work()
  checkMs += performance.now() - started
  const { user, system } = process.cpuUsage(before)
  cpuMs += (user + system) / 1000
  return result
}

function hand(): void {
  timed(() => {
    for (const event of waiting) check.add(event)
  })
  events += waiting.length
  waiting = []
}

/** A text of its own, as each line of a file that is parsed brings its own. */
const fresh = (text: string): string => JSON.parse(JSON.stringify(text)) as string

function work(which: number): void {
  const account = `worker-${which % workers}`
  const [name, task] = [fresh(account), `task-${which}`]
  waiting.push({ type: 'work', outcome: 'ok', process: name, t: begin + which, task, account: name, units })
  earnings.push({
    task: fresh(task),
    account: fresh(account),
    units,
    gross: String(gross),
    fee: String(fee),
    net: String(gross - fee),
  })
}

function pay(which: number): void {
  const account = `worker-${which % workers}`
  const [id, tx, amount, key] = [
    `payout-${which}`,
    `tx-${'0'.repeat(32)}-${which}`,
    String(1000 + which),
    `key-${which}`,
  ]
  const payout = () => ({
    id: fresh(id),
    account: fresh(account),
    amount: fresh(amount),
    status: 'confirmed' as const,
    tx: fresh(tx),
    depth,
  })
  const transfer = () => ({
    mark: fresh(id),
    account: fresh(account),
    amount: fresh(amount),
    tx: fresh(tx),
    succeeded: true,
  })
  const base = (call: number) => ({
    process: fresh(account),
    call: which * 8 + call,
    t: begin + which * 8 + call,
  })
  const asked = { key: fresh(key), account: fresh(account), amount: fresh(amount) }
  const accepted = { ...payout(), status: 'accepted' as const, tx: null, depth: null }
  // One answer in ten is lost, and a final read finds out.
  const lost = which % 10 === 0
  waiting.push({ ...base(0), type: 'invoke', op: 'pay', ...asked })
  if (lost) waiting.push({ ...base(0), type: 'unknown', why: 'timeout' })
  else waiting.push({ ...base(0), type: 'ok', op: 'pay', payout: accepted })
  for (const [index, status] of reads.entries()) {
    const seen = status === 'confirmed' ? payout() : { ...payout(), status, tx: null, depth: null }
    waiting.push(
      { ...base(1 + index), type: 'invoke', op: 'read', key: fresh(key), ...(lost ? { final: true } : {}) },
      { ...base(1 + index), type: 'ok', op: 'read', payout: seen },
    )
  }
  waiting.push(
    { ...base(6), type: 'invoke', op: 'look', payout: fresh(id) },
    { ...base(6), type: 'ok', op: 'look', transfers: [transfer()] },
  )
  rows.push({ ...payout(), key: fresh(key), period: null })
  transfers.push(transfer())
}

for (let which = 0; which < payouts; which++) {
  work(which)
  pay(which)
  if (waiting.length > 4000) hand()
  if (which % 10_000 === 0) heapBytes = Math.max(heapBytes, process.memoryUsage().heapUsed)
}
hand()

function snapshotOf(): FinalSnapshot {
  const names = Array.from({ length: workers }, (_, which) => `worker-${which}`)
  const sums = new Map(names.map((name) => [name, { tasks: 0n, paid: 0n }]))
  for (const { account } of earnings) sums.get(account)!.tasks++
  for (const { account, amount } of rows) sums.get(account)!.paid += BigInt(amount)
  const totalsOf = ({ tasks, paid }: { tasks: bigint; paid: bigint }) => ({
    gross: String(tasks * gross),
    fee: String(tasks * fee),
    net: String(tasks * (gross - fee)),
    available: String(tasks * (gross - fee) - paid),
    pending: '0',
    paid: String(paid),
  })
  const all = [...sums.values()].reduce((a, b) => ({ tasks: a.tasks + b.tasks, paid: a.paid + b.paid }))
  const accounts = [...sums].map(([account, own]) => ({ account, ...totalsOf(own), threshold: null }))
  return {
    began: begin + 9_999_000,
    t: begin + 10_000_000,
    ledger: { earnings, payouts: rows, accounts, totals: totalsOf(all) },
    chain: { transfers },
  }
}

const snapshot = snapshotOf()
const [addMs, addCpuMs] = [checkMs, cpuMs]
const { laws, violations, unresolved, undecided } = timed(() => check.findings(snapshot))
heapBytes = Math.max(heapBytes, process.memoryUsage().heapUsed)
console.log(
  JSON.stringify({
    events,
    payouts,
    checkMs,
    closeMs: checkMs - addMs,
    cpuMs,
    closeCpuMs: cpuMs - addCpuMs,
    heapBytes,
    residentBytes: process.resourceUsage().maxRSS * 1024,
    violations: violations.length,
    unresolved,
    undecided,
    unchecked: Object.entries(laws)
      .filter(([, { checks }]) => checks === 0)
      .map(([law]) => law),
  }),
)
