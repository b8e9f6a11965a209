// Limits of a script: what is written wrongly is refused, because it would be judged as something else.
import { errors as errorsOf, latency as latencyOf } from '../../thresholds/limits.ts'
import type { Rule } from '../../verdict/criterion.ts'

/** A script has one kind of time: it is judged from its first measurement to its last. */
const always = 'normal'

const isWithin = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most

const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value))

function checkNames(what: string, of: unknown): void {
  const names: unknown[] = Array.isArray(of) ? of : [of]
  const wrong = names.find((name) => typeof name !== 'string' || name === '')
  if (names.length === 0 || wrong !== undefined || names.includes(undefined))
    throw new Error(
      `${what}: expected a name or a list of names as of, got ${names.length === 0 ? 'an empty list' : shown(wrong)}; write the name that measure() is given`,
    )
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new Error(`${what}: expected each name once, got ${shown(twice)} twice in of; leave one out`)
}

/** "P95 < 300 ms": at most 5 % of what is measured as `of` fails or takes longer. `under` in ms. */
export function latency(limit: { p: number; under: number; of: string | string[] }): Rule {
  const { p, under, of } = limit
  // A share in place of a percentile, or what may be slow in place of what may not, would let nearly everything be slow.
  if (!isWithin(p, 50, 100) || p === 100)
    throw new Error(
      `latency: expected a percentile from 50 to less than 100, got p: ${shown(p)}; write P95 as p: 95`,
    )
  if (!isWithin(under, 1, Number.MAX_VALUE))
    throw new Error(
      `latency: expected milliseconds, from 1 on, got under: ${shown(under)}; write 0.3 seconds as ms(300)`,
    )
  checkNames('latency', of)
  return latencyOf({ p, under, of, in: always })
}

/** "Error rate < 1 %": at most that share of what is measured as `of` fails. `under` as a share, see percent(). */
export function errors(limit: { under: number; of: string | string[] }): Rule {
  const { under, of } = limit
  if (!isWithin(under, Number.MIN_VALUE, 0.5))
    throw new Error(
      `errors: expected a share over 0 and up to 0.5 of what may fail, got under: ${shown(under)}; write 1 % as percent(1). No number of samples can show that nothing ever fails`,
    )
  checkNames('errors', of)
  return errorsOf({ under, of, in: always })
}
