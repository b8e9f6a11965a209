// The first questions to those who pay. Evaluated only where somebody is paid.
import type { Exchange } from '../../../lib/drive/actor.ts'
import type { StepName } from '../../../lib/plan/vocabulary.ts'
import { sent } from '../chain.ts'
import { poolOf } from '../membership.ts'
import type { LedgerView } from '../pool.ts'
import type { Names, World } from '../names.ts'

/** Asks ledger and chain once each. */
export function firstQuestions(
  world: World,
  ask: <T>(step: StepName<Names>, exchange: Exchange<unknown>) => T | null,
): void {
  const payments = poolOf(world).payments?.()
  if (payments === undefined) return
  const ledger = ask<LedgerView>('ledger', payments.ledger(world.data.run))
  if (ledger !== null) ask('look', sent(ledger.treasury, 1))
}
