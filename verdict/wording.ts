// Numbers and limits in words. A limit's text is rendered from the rule that was evaluated, so that it cannot lie.
import type { Rule } from './criterion.ts'

/** So many digits that a bound next to its limit still differs from it. */
const digits = 4
const rounded = (value: number): number => Number(value.toPrecision(digits))

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
export const decimal = (value: number): string => String(rounded(value))
export const percentage = (share: number): string => `${rounded(share * 100)} %`
/** A number for a machine: without the noise of binary fractions. */
export const exact = (value: number): number => Number(value.toPrecision(6))

/** What a rule's values are counted in. */
export const unitOf: Record<Rule['judge'], string> = {
  share: '%',
  never: 'violations',
  gini: '',
  recovery: 's',
}

export function limitText(rule: Rule): string {
  switch (rule.judge) {
    case 'share':
      if (rule.overMs === undefined) return `failed < ${percentage(rule.limit)}`
      return `P${rounded((1 - rule.limit) * 100)} < ${rule.overMs} ms`
    case 'never':
      return `never: ${rule.what}`
    case 'gini':
      return `Gini < ${decimal(rule.under)}`
    case 'recovery':
      return `${rule.of} back to normal within ${decimal(rule.withinSeconds)} s`
  }
}

/** The limit as a number, in the unit of the rule. */
export function limitValue(rule: Rule): number {
  switch (rule.judge) {
    case 'share':
      return exact(rule.limit * 100)
    case 'never':
      return 0
    case 'gini':
      return rule.under
    case 'recovery':
      return rule.withinSeconds
  }
}

export const phaseText = (rule: Rule): string =>
  rule.judge === 'recovery' ? `after ${rule.after}` : rule.in.join(', ')
