// What a run says before it starts.
import { formatDuration } from '../../lib/plan/duration.ts'
import { ceilingOf, type Target } from '../../lib/input/target.ts'
import type { Variables } from '../../lib/input/variables.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import { coresFor, coresText } from './generator-need.ts'

/** Where a testbed will be, as far as it is known before it is started. */
export const testbedHere = { baseUrl: 'http://127.0.0.1', endpoints: {} }

/** The case, its size, and what its load cannot decide. */
export function announce(
  say: (line: string) => void,
  plan: Plan,
  variables: Variables,
  runId: string,
  target: Pick<Target, 'baseUrl' | 'endpoints'>,
): void {
  const total = Math.round(plan.driveSeconds)
  const time =
    plan.clock === 'virtual'
      ? `for at most ${total} s, in which ${formatDuration(plan.phases.at(-1)?.end ?? 0)} are simulated`
      : `for ${total} s`
  say(`${plan.case} (${plan.source}), profile ${plan.profile}, seed ${variables.SEED}, run ${runId}`)
  const ceiling = ceilingOf(target, plan.peakPerSecond, variables)
  say(
    `load: ${plan.peakLevel} ${plan.unit}, up to about ${plan.peakPerSecond} requests/s ${time}, for which k6 takes about ${coresText(coresFor(plan))} processors (ceiling ${ceiling}/s)`,
  )
  for (const { id, why } of plan.notClaimed) say(`not claimed: ${id} (${why})`)
}
