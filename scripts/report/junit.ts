// junit.xml: one test case per criterion, so that a pipeline shows which promise broke.
import type { CriterionVerdict, Verdict } from '../../verdict/verdict.ts'
import { bounds, detailOf } from './criteria.ts'
import { printable } from './text.ts'

/** XML whose unknown parts are escaped already. Only `element` makes it. */
class Xml {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
  '\u2028': '&#8232;',
}
/** Without CDATA, which a text may end; and some parsers take U+2028 for a line break. */
const escaped = (text: string): string =>
  printable(text).replace(/[&<>\u2028]/g, (character) => entities[character]!)
/** A line break in an attribute would be read as a blank. */
const quoted = (text: string): string =>
  printable(text).replace(/[&<>"\n\t\u2028]/g, (character) => entities[character]!)

function element(
  name: string,
  attributes: Record<string, string | number>,
  content: Xml[] | string = [],
): Xml {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${quoted(String(value))}"`)
  const inner =
    typeof content === 'string' ? escaped(content) : content.map(({ text }) => `\n${text}`).join('')
  return new Xml(
    inner === ''
      ? `<${name}${words.join('')}/>`
      : `<${name}${words.join('')}>${inner}${typeof content === 'string' ? '' : '\n'}</${name}>`,
  )
}

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
        `  ${new Date(one.t).toISOString()} ${one.step} ${one.status} ${one.ms} ms ${one.correlationId} ${detailOf(one)}`,
      )
    }
    lines.push(`repeat:   ${witness.repeat}`)
  }
  return lines.join('\n')
}

/** FAIL is a failure; UNDECIDED and INVALID are errors; nothing is ever skipped. */
const red = (status: Verdict['verdict'], message: string, detail = ''): Xml =>
  element(status === 'FAIL' ? 'failure' : 'error', { message, type: status }, detail)

const output = (text: string): Xml => element('system-out', {}, text)

/** The run as a whole is red by itself only when no criterion shows why: a run that claimed nothing has no other case. */
function wholeCase(verdict: Verdict): Xml[] {
  const unclaimed = verdict.not_claimed.map(({ id, why }) => `not claimed: ${id}: ${why}`)
  const isShown = verdict.verdict === 'PASS' || verdict.criteria.some((one) => one.status === verdict.verdict)
  return [
    ...(isShown ? [] : [red(verdict.verdict, [verdict.line, ...verdict.reasons].join('; '))]),
    output([verdict.line, ...verdict.reasons, ...unclaimed].join('\n')),
  ]
}

function criterionCase(criterion: CriterionVerdict): Xml {
  const { status, observed, limit, reason } = criterion
  return status === 'PASS'
    ? output(story(criterion))
    : red(status, `${observed}, limit ${limit}: ${reason}`, story(criterion))
}

/**
 * What was not claimed stands in the suite's properties and in the output of the case that stands for the run as a whole, not
 * as a case of its own.
 */
export function junitReport(verdict: Verdict): string {
  const classname = `assay.${verdict.case.replaceAll('/', '.')}`
  const facts = {
    run: verdict.run,
    profile: verdict.profile,
    seed: verdict.seed,
    target: verdict.target,
    repeat: verdict.repeat,
  }
  const unclaimed = verdict.not_claimed.map(({ id, why }) => [`not claimed: ${id}`, why] as const)
  const properties = [...Object.entries(facts), ...unclaimed].map(([name, value]) =>
    element('property', { name, value }),
  )
  const whole = wholeCase(verdict)
  const cases = [
    element('testcase', { name: 'the run as a whole', classname, time: verdict.seconds }, whole),
    ...verdict.criteria.map((one) =>
      element('testcase', { name: `${one.id}: ${one.text}`, classname }, [criterionCase(one)]),
    ),
  ]
  const isRed = verdict.verdict !== 'PASS' && whole.length > 1
  const statuses = [...verdict.criteria.map(({ status }) => status), ...(isRed ? [verdict.verdict] : [])]
  const failures = statuses.filter((status) => status === 'FAIL').length
  const errors = statuses.filter((status) => status !== 'FAIL' && status !== 'PASS').length
  const counts = { tests: cases.length, failures, errors, skipped: 0 }
  const suite = element(
    'testsuite',
    {
      name: classname,
      timestamp: verdict.started.replace(/(\.\d+)?Z$/, ''),
      time: verdict.seconds,
      ...counts,
    },
    [element('properties', {}, properties), ...cases],
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', counts, [suite]).text}\n`
}
