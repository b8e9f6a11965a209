// How k6 runs what a plan has: residents, arrivals, and the faults that it injects itself.
import { faultScenario, leadSeconds } from './fault-series.ts'
import type { Target } from '../input/target.ts'
import type { Variables } from '../input/variables.ts'
import { arrivalGraceSeconds, arrivalsPerUnit, startingMs } from '../plan/plan-time.ts'
import type { Plan, PlannedFault, Segment } from '../plan/plan.ts'

/** One iteration is a resident's whole life, so that a run ends as soon as all have left. */
export const resident = (vus: number, seconds: number) => ({
  executor: 'per-vu-iterations' as const,
  exec: 'drive',
  vus,
  iterations: 1,
  maxDuration: `${Math.ceil(seconds + 30)}s`,
  gracefulStop: '5s',
})

/** It is over when it has simulated all; k6 ends it where it takes longer than it may. */
export const job = (atMostSeconds: number) => ({
  ...resident(1, 0),
  maxDuration: `${Math.ceil(atMostSeconds)}s`,
  gracefulStop: '0s',
})

/** A fault may take as long to show and to be over as anybody waits for it: a pod takes its time. */
const faultMarginSeconds = 180

/** One virtual user injects and looks; where the injection blocks, another one looks. */
const lifeOf = (fault: PlannedFault, virtualUsers: number) => ({
  ...resident(virtualUsers, fault.seconds + faultMarginSeconds),
  exec: 'disturb',
  startTime: `${Math.round((fault.start - leadSeconds(fault)) * 1000)}ms`,
})

/**
 * Faults that k6 injects, by the names of their scenarios: those in pods, and all others where no keeper does. Faults that
 * actors commit are left to them; a plan that a job simulates has no others, and their times are simulated.
 */
export function faultScenarios(
  { faults }: Pick<Plan, 'faults'>,
  { selectors }: Pick<Target, 'selectors'>,
  { RECORD, ALLOW_FAULTS }: Pick<Variables, 'RECORD' | 'ALLOW_FAULTS'>,
): [string, ReturnType<typeof lifeOf>][] {
  return faults.flatMap((fault, index): [string, ReturnType<typeof lifeOf>][] => {
    const inPods = ALLOW_FAULTS === true && selectors[fault.target] !== undefined
    if (fault.byActors !== undefined || (RECORD === true && !inPods)) return []
    return [[faultScenario(index), lifeOf(fault, inPods ? 2 : 1)]]
  })
}

export function arrivals(segment: Segment) {
  const { from, to, start, virtualUsers, actor, phase, kind } = segment
  const shared = {
    exec: 'drive',
    startTime: `${Math.round(start * 1000)}ms`,
    preAllocatedVUs: virtualUsers.ready,
    maxVUs: virtualUsers.most,
    gracefulStop: `${arrivalGraceSeconds}s`,
    tags: { actor, phase, kind },
  }
  // A long time unit keeps three decimals of the rate.
  const duration = `${startingMs(segment)}ms`
  if (from === to) {
    return {
      executor: 'constant-arrival-rate' as const,
      ...shared,
      rate: arrivalsPerUnit(from),
      timeUnit: '1000s',
      duration,
    }
  }
  return {
    executor: 'ramping-arrival-rate' as const,
    ...shared,
    startRate: arrivalsPerUnit(from),
    timeUnit: '1000s',
    stages: [{ target: arrivalsPerUnit(to), duration }],
  }
}
