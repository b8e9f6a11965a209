// How long the scenarios of somebody's script were to last, and how many iterations they were to make, by its options.

export interface Scenario {
  executor: string
  startTime?: string | null
  duration?: string | null
  stages?: { duration: string; target: number }[] | null
  startRate?: number | null
  timeUnit?: string | null
  startVUs?: number | null
  vus?: number | null
  iterations?: number | null
}

const unitsMs: Record<string, number> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
}

/** Of "1m0.5s", as k6 writes it. */
function msOf(text: string | null | undefined): number {
  const parts = (text ?? '').matchAll(/([\d.]+)(d|h|ms|m|s|us|µs|ns)/g)
  return [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * unitsMs[unit!]!, 0)
}

interface Stage {
  from: number
  to: number
  ms: number
}

function stagesOf(first: number, { stages }: Scenario): Stage[] {
  let from = first
  return (stages ?? []).map(({ duration, target }) => {
    const stage = { from, to: target, ms: msOf(duration) }
    from = target
    return stage
  })
}

/** k6 ends a scenario when no virtual user is left, and none is to come. */
function ofUsers(stages: Stage[]): number {
  let passedMs = 0
  let lastMs = 0
  for (const { from, to, ms } of stages) {
    passedMs += ms
    if (from > 0 || to > 0) lastMs = passedMs
  }
  return lastMs
}

/** k6 ends a ramp of arrivals with the last whole one before its end; one that falls on the end may not come. */
function ofArrivals(stages: Stage[], unitMs: number): number {
  const areas = stages.map(({ from, to, ms }) => ((from + to) / 2) * (ms / unitMs))
  // Two sums of the same may differ in their last digits.
  const whole = Math.ceil(areas.reduce((sum, area) => sum + area, 0) - 1e-9)
  let left = whole - 1
  let passedMs = 0
  let lastMs = 0
  for (const [index, { from, to, ms }] of stages.entries()) {
    if (left <= 0) break
    const area = areas[index]!
    lastMs = passedMs + (left >= area ? ms : timeTo(left, { from, to, ms }, unitMs))
    passedMs += ms
    left -= area
  }
  return lastMs
}

/** After how many ms a stage has brought so many arrivals. */
function timeTo(arrivals: number, { from, to, ms }: Stage, unitMs: number): number {
  const wanted = arrivals * unitMs
  if (from === to) return wanted / from
  const slope = (to - from) / ms
  return (Math.sqrt(Math.max(0, from * from + 2 * slope * wanted)) - from) / slope
}

function lengthMs(scenario: Scenario): number {
  switch (scenario.executor) {
    case 'ramping-vus':
      return ofUsers(stagesOf(scenario.startVUs ?? 1, scenario))
    case 'ramping-arrival-rate':
      return ofArrivals(stagesOf(scenario.startRate ?? 0, scenario), msOf(scenario.timeUnit ?? '1s'))
    default:
      return msOf(scenario.duration)
  }
}

function iterationsOf({ executor, vus, iterations }: Scenario): number {
  if (executor === 'per-vu-iterations') return (vus ?? 1) * (iterations ?? 1)
  return executor === 'shared-iterations' ? (iterations ?? 1) : 0
}

/** What a run that goes to its end lasts and makes at the least. Setup and teardown come on top. */
export function leastOf(scenarios: Record<string, Scenario>): { ms: number; iterations: number } {
  const all = Object.values(scenarios)
  return {
    ms: Math.max(
      0,
      ...all.map((scenario) => {
        const ms = lengthMs(scenario)
        // What ends by its iterations, or lasts for ever, says nothing of time.
        return ms > 0 ? msOf(scenario.startTime) + ms : 0
      }),
    ),
    iterations: all.reduce((sum, scenario) => sum + iterationsOf(scenario), 0),
  }
}
