// Numbers and limits in words. A limit's text is rendered from the rule that was evaluated, so that it cannot lie.
import type { FailureClass, Rule, Side } from './criterion.ts'

/** So many digits that a bound next to its limit still differs from it. */
const digits = 4
const rounded = (value: number): number => Number(value.toPrecision(digits))

/** k6's JavaScript has no locales. */
export const whole = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
export const decimal = (value: number): string => String(rounded(value))
export const percentage = (share: number): string => `${rounded(share * 100)} %`
/** A number for a machine: without the noise of binary fractions. */
export const exact = (value: number): number => Number(value.toPrecision(6))

/** How many requests k6 repeated, as a sentence; none where it repeated none. */
export const repeatsText = (repeated: number): string[] =>
  repeated === 0
    ? []
    : [
        `k6 silently repeated at least ${whole(repeated)} requests whose connection was reset or closed; each counts as failed`,
      ]

/** What a rule's values are counted in. */
export const unitOf: Record<Rule['judge'], string> = {
  share: '%',
  never: 'violations',
  gini: '',
  recovery: 's',
  rate: 'per second',
  ratio: 'times',
  slower: 'times',
  falls: '%',
  mean: 'ms',
  law: 'violations',
  leak: 'MB/h',
  cost: 'times',
  agrees: '%',
  fault: 'what became of the faults',
  bounded: 'handles',
  busy: '%',
}

const sideText = (side: Side): string => (side.which === undefined ? side.in : `${side.which} of ${side.in}`)

function backText({ of, window, withinSeconds }: Extract<Rule, { judge: 'recovery' }>): string {
  const within = `within ${decimal(withinSeconds)} s`
  if (window === undefined) return `${of.join(', ')} back to normal ${within}`
  return `requests back to normal (${window.seconds} s with at most ${percentage(window.limit)} ${badText(window)}) ${within}`
}

/** What a bad request or observation of a share did. */
export const badText = ({
  overMs,
  only,
}: {
  overMs?: number | undefined
  only?: FailureClass | undefined
}): string => {
  if (overMs !== undefined) return `over ${overMs} ms or failed`
  if (only === undefined) return 'failed'
  return only === 'unanswered' ? 'got no answer' : `were answered ${only}`
}

/** Rates are compared as they are, or relative to the size of the load. */
export const perText = ({ per }: Extract<Rule, { judge: 'ratio' }>): string =>
  per === 'level' ? 'per second and unit of load' : 'per second'

/** What a rule calls a violation. */
export const violationText = ({ what, overMs }: { what: string; overMs?: number }): string =>
  overMs === undefined ? what : `${what} for ${decimal(overMs / 1000)} s or longer`

/** Of what is judged, where it is no answer and no observation of one actor. */
const joinedText = ({ of, oracle }: Extract<Rule, { judge: 'share' }>): string =>
  oracle === undefined ? '' : ` of ${of.join(', ')}`

const eachText = ({ eachStep }: Extract<Rule, { judge: 'share' }>): string =>
  eachStep ? ' in each step' : ''

export function limitText(rule: Rule): string {
  switch (rule.judge) {
    case 'share':
      if (rule.overMs === undefined)
        return `failed${joinedText(rule)} < ${percentage(rule.limit)}${eachText(rule)}`
      return `P${rounded((1 - rule.limit) * 100)}${joinedText(rule)} < ${rule.overMs} ms${eachText(rule)}`
    case 'never':
      return `never: ${violationText(rule)}${rule.least === undefined ? '' : ` (at least ${decimal(rule.least)})`}`
    case 'gini':
      return `Gini < ${decimal(rule.under)}`
    case 'recovery':
      return backText(rule)
    case 'rate':
      return `at least ${decimal(rule.least)} per second${rule.windowSeconds === undefined ? '' : ` in every ${decimal(rule.windowSeconds)} s`}`
    case 'ratio':
      return `${rule.of} ${perText(rule)} at least ${decimal(rule.least)} times that of ${sideText(rule.before)}`
    case 'slower':
      return `P${decimal(rule.p)} of ${rule.of} at most ${decimal(rule.most)} times that of ${sideText(rule.before)}`
    case 'falls':
      return `${rule.of} of ${rule.among} fall by at most ${percentage(rule.most)} from those of ${sideText(rule.before)}`
    case 'leak':
      return `memory grows at most ${decimal(rule.mbPerHour)} MB/h`
    case 'cost':
      return `CPU per piece of work at most ${decimal(1 + rule.within)} times that of the first quarter`
    case 'mean':
      return `mean < ${rule.under} ms`
    case 'law':
      return `never: ${rule.what}`
    case 'agrees':
      return `${rule.point} agrees with ${rule.of} (${rule.count}), ${percentage(rule.within)} apart at most`
    case 'fault':
      return rule.of === 'bite' ? 'every fault took effect' : `never: ${rule.what}`
    case 'bounded':
      return 'open files and connections do not grow'
    case 'busy':
      return `CPU of each service < ${percentage(rule.under)} of what it may use`
  }
}

/** The limit as a number, in the unit of the rule. */
export function limitValue(rule: Rule): number {
  switch (rule.judge) {
    case 'share':
      return exact(rule.limit * 100)
    case 'never':
    case 'law':
    case 'fault':
    case 'bounded':
      return 0
    case 'mean':
      return rule.under
    case 'gini':
      return rule.under
    case 'recovery':
      return rule.withinSeconds
    case 'rate':
    case 'ratio':
      return rule.least
    case 'slower':
      return rule.most
    case 'falls':
      return exact(rule.most * 100)
    case 'leak':
      return rule.mbPerHour
    case 'cost':
      return exact(1 + rule.within)
    case 'agrees':
      return exact(rule.within * 100)
    case 'busy':
      return exact(rule.under * 100)
  }
}

/** Where a rule looks: its phase kinds, or what it compares with what. */
export function phaseText(rule: Rule): string {
  if (rule.judge === 'recovery') return `after ${rule.after}`
  if (rule.judge === 'agrees') return 'the whole run'
  return 'now' in rule ? `${sideText(rule.now)} against ${sideText(rule.before)}` : rule.in.join(', ')
}
