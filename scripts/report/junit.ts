// junit.xml: one test case per criterion, so that a pipeline shows which promise broke.
import junit from 'junit-report-builder'
import type { CriterionVerdict, Verdict } from '../../verdict/verdict.ts'
import { bounds } from './criteria.ts'
import { printable } from './text.ts'

const className = (verdict: Verdict): string => printable(`assay.${verdict.case.replaceAll('/', '.')}`)

function story(criterion: CriterionVerdict): string {
  const lines = [
    `${criterion.status}: ${criterion.reason}`,
    `promise:  ${criterion.text} (${criterion.source})`,
    `observed: ${criterion.observed}`,
    `limit:    ${criterion.limit}`,
    `samples:  ${criterion.samples}${criterion.needed > 0 ? ` of ${criterion.needed} needed` : ''}`,
    `bounds:   ${bounds(criterion)}`,
    `phase:    ${criterion.phase}`,
  ]
  const { witness } = criterion
  if (witness !== null) {
    lines.push(`first:    ${new Date(witness.first).toISOString()}`)
    for (const one of witness.operations.slice(0, 10)) {
      lines.push(
        `  ${new Date(one.t).toISOString()} ${one.step} ${one.status} ${one.ms} ms ${one.correlationId} ${one.detail ?? ''}`,
      )
    }
    lines.push(`repeat:   ${witness.repeat}`)
  }
  return printable(lines.join('\n'))
}

/**
 * FAIL is a failure; UNDECIDED and INVALID are errors; nothing is ever skipped. What was not claimed stands in the
 * suite's properties and in the output of the case that stands for the run as a whole, not as a case of its own.
 */
export function junitReport(verdict: Verdict): string {
  const builder = junit.newBuilder()
  const suite = builder
    .testSuite()
    .name(className(verdict))
    .timestamp(new Date(verdict.started))
    .time(verdict.seconds)
  const facts = {
    run: verdict.run,
    profile: verdict.profile,
    seed: verdict.seed,
    target: verdict.target,
    repeat: verdict.repeat,
  }
  for (const [name, value] of Object.entries(facts)) suite.property(name, printable(String(value)))
  for (const { id, why } of verdict.not_claimed)
    suite.property(printable(`not claimed: ${id}`), printable(why))

  // The run as a whole is red by itself only when no criterion shows why: a run that claimed nothing has no other case.
  const whole = suite
    .testCase()
    .className(className(verdict))
    .name('the run as a whole')
    .time(verdict.seconds)
  const unclaimed = verdict.not_claimed.map(({ id, why }) => `not claimed: ${id}: ${why}`)
  whole.standardOutput(printable([verdict.line, ...verdict.reasons, ...unclaimed].join('\n')))
  if (verdict.verdict !== 'PASS' && !verdict.criteria.some((one) => one.status === verdict.verdict)) {
    const message = printable([verdict.line, ...verdict.reasons].join('; '))
    if (verdict.verdict === 'FAIL') whole.failure(message, 'FAIL')
    else whole.error(message, verdict.verdict)
  }
  for (const criterion of verdict.criteria) {
    const one = suite
      .testCase()
      .className(className(verdict))
      .name(printable(`${criterion.id}: ${criterion.text}`))
    const message = printable(`${criterion.observed}, limit ${criterion.limit}: ${criterion.reason}`)
    if (criterion.status === 'FAIL') one.failure(message, 'FAIL').stacktrace(story(criterion))
    else if (criterion.status === 'PASS') one.standardOutput(story(criterion))
    else one.error(message, criterion.status, story(criterion))
  }
  return builder.build()
}
