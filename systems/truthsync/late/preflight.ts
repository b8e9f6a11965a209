// Before the load: one request of each kind, what the service can report, and checks of what it promises. After it: its figures
// once more, for what is held against them.
import type { Preflight } from '../../../lib/drive/actor.ts'
import { firstRequests, type RestsOn } from '../../../lib/drive/first-requests.ts'
import type { ObservationName } from '../../../lib/plan/vocabulary.ts'
import type { Names, World } from '../names.ts'
import { serviceOf, type Service } from '../service.ts'
import { Checks } from './checks.ts'
import { comparable, figureNames, untold, ways, type Seen } from './untold.ts'

const ofTexts = ['cached', 'own-answer', 'hit-theory', 'speedup'] as const satisfies ObservationName<Names>[]

const restsOn: RestsOn<Names> = { verify: ofTexts }

export function preflight(world: World): Preflight {
  const service = serviceOf(world)
  const requests = firstRequests<Names>(world, restsOn)
  const { ask, found } = requests
  const text = `The bridge of ${world.name} is 120 metres long.`
  ask('verify', service.verify(text))
  if (!found().reached) return found()
  for (const step of ['batch-small', 'batch-large'] as const) ask(step, service.batch([text, text]))
  ask('health', service.health())
  const checks = new Checks(world, service, requests)
  if (world.data.withChecks) checks.make()
  if (service.stats !== undefined) ask('stats', service.stats())
  if (service.metrics !== undefined) ask('metrics', service.metrics())
  const seen = figuresOf(world, service)
  const { wrong = {} } = found()
  return found(untold({ service, seen, alone: world.data.target.alone, wrong }))
}

/** The figures of one moment in which nobody else asks for anything, told as points. */
function figuresOf(world: World, service: Service): Seen {
  const seen: Seen = {
    stats: service.stats === undefined ? null : world.send('figures', service.stats()).value,
    metrics: service.metrics === undefined ? null : world.send('metrics', service.metrics()).value,
  }
  for (const way of ways)
    for (const figure of figureNames) {
      const value = seen[way]?.[figure]
      if (value !== undefined) world.point(`${way}-${figure}`, value)
    }
  return seen
}

/** What both ways of asking say of the same figure is the same: nothing happens between the two. */
function differences({ stats, metrics }: Seen): string[] {
  if (stats === null || metrics === null) return []
  return comparable(stats, metrics).flatMap((figure) => {
    const [one, other] = [stats[figure], metrics[figure]]
    return one === other ? [] : [`${figure}: ${one} by /stats, ${other} by /metrics`]
  })
}

/** In which phase kind of the plan what is seen in the end is judged. */
function judgedKind({ data }: World) {
  const kinds = data.phases.map(({ kind }) => kind)
  return (['normal', 'peak', 'recovery'] as const).find((kind) => kinds.includes(kind)) ?? 'normal'
}

/** Texts of this run are answered or given up when all have left. */
export function leftovers(world: World): string[] {
  const service = serviceOf(world)
  const seen = figuresOf(world, service)
  const kind = judgedKind(world)
  const odd = differences(seen)
  if (seen.stats !== null && seen.metrics !== null && comparable(seen.stats, seen.metrics).length > 0)
    world.observe('same-figures', kind, odd.length === 0 ? null : odd.join('; '))
  const { hitMedianUs, missMedianUs } = seen.metrics ?? {}
  if (hitMedianUs !== undefined && missMedianUs !== undefined)
    world.observe('speedup', kind, null, { value: missMedianUs / hitMedianUs })
  const { queue } = seen.stats ?? {}
  if (queue === undefined) return ['the service does not say how many texts wait to be verified']
  return queue > 0 ? [`${queue} texts are still waiting to be verified`] : []
}
