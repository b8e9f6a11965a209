// What actors want to be read beside a verdict.
import { expect, test } from 'vitest'
import { EventLog } from '../../../../scripts/evidence/events.ts'
import { completeEvidence } from '../../../../scripts/evidence/evidence.ts'
import type { PhaseKind, Rule } from '../../../../verdict/criterion.ts'
import type { RunEvidence } from '../../../../verdict/evidence.ts'
import { counted } from '../../verdict/verdict-run.ts'
import { nothingBrought } from '../nothing-brought.ts'
import { planOf } from '../runner-plan.ts'

const rule: Rule = { judge: 'never', of: 'told', in: ['normal', 'peak'], floor: 1, what: 'it lies' }

/** What stands beside the rule when an actor said something of an observation in phases of a kind, and k6 something of the rule. */
function shownOf(of: string, kind: PhaseKind, byK6?: string): RunEvidence['shown'] {
  const plan = planOf([{ kind: 'normal', seconds: 10 }], {
    one: { text: 'test', source: 'test', rules: [rule] },
  })
  const log = new EventLog([])
  log.t0 = 0
  log.shown.set(of, new Map([[kind, 'half of them']]))
  const written = { ...counted(), byPhase: [], ...(byK6 === undefined ? {} : { shown: { one: byK6 } }) }
  return completeEvidence(written, plan, log, nothingBrought).shown
}

test('stands beside what is judged of it in those phases, after what k6 says', () => {
  expect(shownOf('told', 'normal')).toEqual({ one: 'half of them' })
  expect(shownOf('told', 'normal', 'P95 3 ms')).toEqual({ one: 'P95 3 ms; half of them' })
  expect(shownOf('told', 'recovery')).toBeUndefined()
  expect(shownOf('another', 'normal')).toBeUndefined()
})
