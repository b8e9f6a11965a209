// Holds the history of a run's payments against the laws of the ledger.
import { createReadStream } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Plan } from '../lib/plan.ts'
import { LedgerCheck, type LedgerFindings } from '../verdict/oracles/ledger/check.ts'
import type { PaymentEvent } from '../verdict/oracles/ledger/payment-history.ts'
import type { FaultVerdict } from '../verdict/verdict.ts'
import type { EventLog } from './events.ts'

export const historyFile = (runDir: string): string => path.join(runDir, 'history.ndjson')

/** Everything accepted has to have ended so long after the last request and the last fault. */
const settleMs = 20_000

/** Writes down what was told since the last call. */
export async function keepHistory(log: EventLog, runDir: string): Promise<void> {
  const lines = log.takeHistory()
  if (lines.length > 0) await appendFile(historyFile(runDir), `${lines.join('\n')}\n`)
}

/** What the oracle says; null where the plan keeps no history, or nothing was told that it could judge by. */
export async function judgePayments(
  plan: Plan,
  log: EventLog,
  runDir: string,
  faults: FaultVerdict[],
): Promise<LedgerFindings | null> {
  const { terms } = log.snapshot
  if (!plan.history || terms === null || log.t0 === null) return null
  const lastAt = Math.max(log.t0 + plan.driveSeconds * 1000, ...faults.map(({ end }) => end))
  const check = new LedgerCheck({ ...terms, settleMs, lastAt })
  // Line by line: the history of a day is too long for one text.
  const lines = createInterface({ input: createReadStream(historyFile(runDir)), crlfDelay: Infinity })
  for await (const line of lines) if (line !== '') check.add(JSON.parse(line) as PaymentEvent)
  return check.findings(log.snapshot.whole())
}
