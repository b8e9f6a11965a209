// Before the load: one request of each kind, what the service can report, and checks of what it promises. After it: its figures
// once more, for what is held against them.
import type { Preflight } from '../../../lib/drive/actor.ts'
import { firstRequests, type RestsOn } from '../../../lib/drive/first-requests.ts'
import type { ObservationName, PointName } from '../../../lib/plan/vocabulary.ts'
import type { Names, World } from '../names.ts'
import { serviceOf, type Figures, type Metrics, type Service, type ServiceView } from '../service.ts'
import { Checks } from './checks.ts'

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
  const missing: string[] = []
  if (service.stats === undefined) missing.push('hit-theory', 'batch-size', ...pointsOf('stats'))
  else ask('stats', service.stats())
  if (service.metrics === undefined) missing.push('speedup', 'same-figures', ...pointsOf('metrics'))
  else ask('metrics', service.metrics())
  if (!service.tellsClaims) missing.push('own-answer')
  const seen = figuresOf(world, service)
  missing.push(...unknownIn(seen))
  return found(missing)
}

/** Figures that both ways of asking have. */
const figures = ['requests', 'claims', 'errors', 'hits'] as const
type Way = 'stats' | 'metrics'

const pointsOf = (way: Way): PointName<Names>[] => figures.map((figure) => `${way}-${figure}` as const)

interface Seen {
  stats: ServiceView | null
  metrics: Metrics | null
}

/** The figures of one moment in which nobody else asks for anything, told as points. */
function figuresOf(world: World, service: Service): Seen {
  const seen: Seen = {
    stats: service.stats === undefined ? null : world.send('figures', service.stats()).value,
    metrics: service.metrics === undefined ? null : world.send('metrics', service.metrics()).value,
  }
  for (const way of ['stats', 'metrics'] as const)
    for (const figure of figures) {
      const value = seen[way]?.[figure]
      if (value !== undefined) world.point(`${way}-${figure}`, value)
    }
  return seen
}

/** Points that an answer should have told, and did not. */
const unknownIn = (seen: Seen): string[] =>
  (['stats', 'metrics'] as const).flatMap((way) => {
    const own = seen[way]
    if (own === null) return []
    return figures.filter((figure) => own[figure] === undefined).map((figure) => `${way}-${figure}`)
  })

/** What both ways of asking say of the same figure is the same: nothing happens between the two. */
function differences({ stats, metrics }: Seen): string[] {
  if (stats === null || metrics === null) return []
  const all = ['requests', 'claims', 'errors', 'refused', 'hits', 'misses', 'evictions'] as const
  return all.flatMap((figure: keyof Figures) => {
    const [one, other] = [stats[figure], metrics[figure]]
    if (one === undefined || other === undefined || one === other) return []
    return [`${figure}: ${one} by /stats, ${other} by /metrics`]
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
  if (seen.stats !== null && seen.metrics !== null)
    world.observe('same-figures', kind, odd.length === 0 ? null : odd.join('; '))
  const { hitMeanUs, missMeanUs } = seen.metrics ?? {}
  if (hitMeanUs !== undefined && missMeanUs !== undefined)
    world.observe('speedup', kind, null, { value: missMeanUs / hitMeanUs })
  const queue = seen.stats?.queue ?? 0
  return queue > 0 ? [`${queue} texts are still waiting to be verified`] : []
}
