// One virtual user at work: finds out what it is, gets its world, and runs its actor. Evaluated by every virtual user.
import { sleep } from 'k6'
import exec from 'k6/execution'
import { lagLimitMs } from '../verdict/criterion.ts'
import type { PhaseKind } from '../verdict/criterion.ts'
import type { Actors, RunData, World } from './actor.ts'
import { call, tellBad } from './call.ts'
import type { Caller } from './call.ts'
import { bad, exceptions, finished, lag, lagOver, measures, seen } from './metrics.ts'
import { arrivalTime, arrivalsBy, arrivalsOf, probeName } from './plan-time.ts'
import { randomOf } from './random.ts'

/** The lag probe sleeps this long each time. */
const probeSeconds = 0.05

/** How late an arrival started. k6 starts an arrival at once or drops it, so it belongs to the latest due time. */
function startLagMs(segment: RunData['segments'][string]): number {
  const elapsed = (Date.now() - exec.scenario.startTime) / 1000
  // Both clocks are cut to whole milliseconds, so an arrival may seem to come before it is due.
  const due = Math.floor(arrivalsBy(segment, Math.min(elapsed + 0.001, segment.seconds)) + 1e-6)
  return Math.max(0, (elapsed - arrivalTime(segment, due)) * 1000)
}

/** The world of the virtual user that calls. `startTime` is null before and after the load, which belong to no phase. */
export function makeWorld(data: RunData, startTime: number | null, index: number, place: string): World {
  const segment = data.segments[place]
  const startMs = (startTime ?? Date.now()) - (segment?.start ?? 0) * 1000
  const now = (): number => (Date.now() - startMs) / 1000
  const phase = () => {
    if (startTime === null) return data.rest
    if (segment !== undefined) return data.phases.find(({ name }) => name === segment.phase) ?? data.rest
    const time = now()
    return data.phases.find(({ end }) => time < end) ?? data.rest
  }
  const caller: Caller = {
    data,
    name: `${place}-${index}`,
    phase,
    lagMs: segment === undefined ? 0 : startLagMs(segment),
    requests: 0,
  }
  const tell = (event: Record<string, unknown>): void => {
    if (data.record) console.info(JSON.stringify(event))
  }
  return {
    data,
    index,
    place,
    now,
    at: (seconds) => startMs + seconds * 1000,
    phase,
    random: (...name) => randomOf(data.seed, name.join('/')),
    send: (step, exchange) => call(caller, step, exchange),
    observe: (name, kind, what, detail) => observe(caller, name, kind, what, detail),
    measure: (of, kind, ms) => measures.add(ms, { of, kind }),
    tell,
    sleep,
  }
}

function observe(
  caller: Caller,
  of: string,
  kind: PhaseKind,
  what: string | null,
  detail: { ms?: number; correlationId?: string } = {},
): void {
  seen.add(1, { of, kind })
  const ms = detail.ms ?? 0
  const rules = caller.data.checks[kind]?.[of]
  if (rules === undefined) return
  const broken = rules
    .filter(([, overMs]) => what !== null || (overMs > 0 && ms >= overMs))
    .map(([key]) => key)
  if (broken.length === 0) return
  for (const rule of broken) bad.add(1, { rule })
  tellBad(caller, {
    step: of,
    status: 0,
    ms,
    correlationId: detail.correlationId ?? '',
    phase: kind,
    sentAt: Date.now(),
    detail: what ?? '',
    rules: broken,
  })
}

/** Sleeps and measures by how much longer it took, until the run is over: the generator's own pulse. */
function probe(world: World): void {
  const until = world.data.driveSeconds
  world.tell({ event: 'start', t0: world.at(0) })
  while (world.now() < until) {
    const before = Date.now()
    sleep(probeSeconds)
    const late = Math.max(0, Date.now() - before - probeSeconds * 1000)
    lag.add(late)
    if (late > lagLimitMs) lagOver.add(1)
  }
}

/** What k6 calls for every resident and every arrival. */
export function drive(data: RunData, actors: Actors): void {
  const place = exec.scenario.name
  const segment = data.segments[place]
  const index = exec.scenario.iterationInTest
  // Now and then k6 starts one more arrival at the very end of a stretch; nobody would follow it up.
  if (segment !== undefined && index >= arrivalsOf(segment)) return
  try {
    const world = makeWorld(data, exec.scenario.startTime, index, place)
    if (place === probeName) probe(world)
    else actors[segment?.actor ?? place]?.(world)
    if (segment === undefined) finished.add(1)
  } catch (error) {
    const words = (error as Error).stack ?? String(error)
    // k6's way to end a virtual user when the run is ended early.
    if (words.includes('context canceled')) return
    exceptions.add(1)
    console.error(`${place}: ${words}`)
  }
}
