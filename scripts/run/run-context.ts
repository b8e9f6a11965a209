// What the parts of one run share.
import type { startKeeper } from '../../keeper/client.ts'
import type { Parts } from '../../faults/parts.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import type { Target } from '../../lib/input/target.ts'
import type { Variables } from '../../lib/input/variables.ts'
import type { OracleDefinition } from '../../verdict/oracles/oracle.ts'
import type { EventLog } from '../evidence/events.ts'
import type { PassedOn } from './k6-environment.ts'
import type { Output } from './k6-outputs.ts'
import type { Testbed } from './testbed.ts'

export type Keeper = Awaited<ReturnType<typeof startKeeper>>

export interface RunContext {
  runId: string
  /** reports/<run-id>, absolute. */
  runDir: string
  plan: Plan
  variables: Variables
  target: Target
  /** What faults may be done to. */
  parts: Parts
  /** What it gets of the environment, and where it sends its measurements besides, are as `./assay` was called. */
  k6: { path: string; version: string; outputs: Output[]; passedOn: PassedOn }
  /** The system's oracles, by name. */
  oracles: Record<string, OracleDefinition>
  /** What was started for the run; null where the target is somebody else's. */
  testbed: Testbed | null
  /** Ends the run early when it says why; asked after every look at the events. Left out: whyHopeless. */
  stopWhen?: (log: EventLog, plan: Plan) => string | null
  /** Writes a line for people. */
  say: (line: string) => void
}
