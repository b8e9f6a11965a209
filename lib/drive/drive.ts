// One virtual user at work: finds out what it is, gets its world, and runs its actor. Evaluated by every virtual user.
import { sleep } from 'k6'
import exec from 'k6/execution'
import { lagLimitMs } from '../../verdict/criterion.ts'
import { probeName, startingMs } from '../plan/plan-time.ts'
import type { Actors, RunData, World } from './actor.ts'
import { arrivalsIn } from './arrivals.ts'
import { beganAt, fineMs } from './fine-clock.ts'
import { exceptions, finished, lag, lagFine, lagOver, started } from './metrics.ts'
import { ownData } from './own-data.ts'
import { DrivenWorld, makeWorld } from './world.ts'

/** The lag probe sleeps this long each time. */
const probeSeconds = 0.05

/** Jobs are there by then. */
const jobsBegunSeconds = 2

/** Whether the load is over: by the plan or, where that waits for jobs, when nobody else is at work in this process. */
function isOver(world: DrivenWorld): boolean {
  const { clock, driveSeconds } = world.data
  const now = world.now()
  if (now >= driveSeconds) return true
  return clock === 'virtual' && now > jobsBegunSeconds && exec.instance.vusActive <= 1
}

/** Sleeps and measures by how much longer it took, until the load is over: the generator's own pulse. */
function probe(world: DrivenWorld): void {
  world.tell({ event: 'start', t0: world.at(-world.data.epochStart) })
  const fine = world.data.fineLagsMs.map((mostMs) => ({ mostMs, tags: { over: String(mostMs) } }))
  while (!isOver(world)) {
    const before = fineMs()
    sleep(probeSeconds)
    const late = Math.max(0, fineMs() - before - probeSeconds * 1000)
    lag.add(late)
    if (late > lagLimitMs) lagOver.add(1)
    for (const { mostMs, tags } of fine) if (late > mostMs) lagFine.add(1, tags)
  }
}

/** The data as this virtual user's own: k6 hands over the same in every iteration. */
let own: RunData | undefined

/** k6 makes this object anew for everyone who asks; its properties are those of the moment in which they are read. */
let scenario: typeof exec.scenario | undefined

/** Where this virtual user serves arrivals, and how; it serves one stretch after the other. */
let arrivalsPlace = ''
let arrive = (_index: number): void => undefined

/** What k6 calls for every resident and every arrival. `known` gives a system's actors, when one of them is needed. */
export function drive(given: RunData, known: (system: string) => Pick<Actors, 'actors'>): void {
  scenario ??= exec.scenario
  const place = scenario.name
  const index = scenario.iterationInTest
  try {
    if (place === arrivalsPlace) return arrive(index)
    const data = (own ??= ownData(given))
    const segment = data.segments[place]
    const { actors } = known(data.system)
    if (segment === undefined) return live(data, place, index, actors)
    const { startTime } = scenario
    const world = new DrivenWorld(data, startTime, index, place)
    const actor = actors[segment.actor] as (world: World) => void
    const beganMs = beganAt(scenario, startingMs(segment))
    const { shards } = data
    arrive = arrivalsIn(segment, world, { prefix: `${data.run}-${place}-`, beganMs, shards }, actor)
    arrivalsPlace = place
    arrive(index)
  } catch (error) {
    const words = (error as Error).stack ?? String(error)
    // k6's way to end a virtual user when the run is ended early.
    if (words.includes('context canceled')) return
    exceptions.add(1)
    console.error(`${place}: ${words}`)
  }
}

function live(data: RunData, place: string, index: number, actors: Actors['actors']): void {
  const world = makeWorld(data, scenario!.startTime, index, place)
  started.add(1)
  if (place === probeName) probe(world)
  else actors[place]!(world as never)
  world.end()
  finished.add(1)
}
