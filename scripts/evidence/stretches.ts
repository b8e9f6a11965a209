// The stretches of a run that a rule judges each by itself.
import type { Rule } from '../../verdict/criterion.ts'
import type { Counts, PhaseRow, PhaseSpan, Rate } from '../../verdict/evidence.ts'
import type { EventLog } from './events.ts'

/**
 * The stretches of a rate that lie wholly in a judged phase, but for the last one of each: whoever counted in it may have told
 * nothing any more. In one of which nobody told anything nothing came.
 */
export function windowsOf(
  { windowSeconds }: Extract<Rule, { judge: 'rate' }>,
  key: string,
  judged: PhaseSpan[],
  { answers }: EventLog,
): Pick<Rate, 'windows'> {
  if (windowSeconds === undefined) return {}
  const windows: Record<string, number> = {}
  for (const { start, end } of judged) {
    const last = end / 1000 - 2 * windowSeconds
    for (
      let from = Math.ceil(start / 1000 / windowSeconds) * windowSeconds;
      from <= last;
      from += windowSeconds
    )
      windows[from] = answers.get(key)?.get(from) ?? 0
  }
  return { windows }
}

/** Of a rule that holds in each step: which these are. */
export function stepsIn(rule: Rule, judged: PhaseSpan[], rows: PhaseRow[]): Pick<Counts, 'steps'> {
  if (rule.judge !== 'share' || rule.eachStep !== true) return {}
  const levelOf = (name: string): number => rows.find(({ phase }) => phase === name)?.level ?? 0
  return { steps: judged.map(({ name, start, end }) => ({ level: levelOf(name), start, end })) }
}
