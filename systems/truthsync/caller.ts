// Who has texts verified: callers at an open rate, alone or in batches, and users who come back again and again.
import type { PhaseKind } from '../../verdict/criterion.ts'
import { claimAt, claimsAt, strange, type Claim } from './claims.ts'
import { batchTexts, regularEverySeconds, smallBatch, weights } from './loads.ts'
import type { World } from './names.ts'
import { serviceOf, type Item, type Service } from './service.ts'

/** An arrival's draws of texts have their numbers from 0 on, so that what is drawn besides has numbers below. */
const [kindDraw, sizeDraw] = [-1, -2]

const missed = 'its answer was not in the cache'

/** What the answers to some texts show. */
function observe(world: World, kind: PhaseKind, claims: readonly Claim[], items: readonly Item[]): void {
  let misses = 0
  let odd = 0
  let what: string | null = null
  for (let index = 0; index < claims.length; index++) {
    const item = items[index]!
    const found = strange(claims[index]!, item)
    if (found !== null) {
      odd++
      what ??= `text ${index}: ${found}`
    }
    if (!('isHit' in item) || !item.isHit) misses++
  }
  const n = claims.length
  world.observeMany('cached', kind, { n, bad: misses }, missed)
  world.observeMany('own-answer', kind, { n, bad: odd }, what ?? '')
}

function verify(world: World, service: Service, access: number): void {
  const { kind } = world.phase()
  const claim = claimAt(world, access)
  const { value } = world.send('verify', service.verify(claim.text))
  if (value !== null) observe(world, kind, [claim], [value])
}

function batch(world: World, service: Service): void {
  const { kind } = world.phase()
  const { least, most } = batchTexts
  const draw = world.random(world.place, world.index, sizeDraw)
  const count = Math.min(least + Math.floor(draw * (most - least + 1)), service.batchMost)
  const claims = claimsAt(world, 0, count)
  const step = count <= smallBatch ? 'batch-small' : 'batch-large'
  const { value } = world.send(step, service.batch(claims.map(({ text }) => text)))
  if (value !== null) observe(world, kind, claims, value)
}

/** One request, of the kind that the seed draws by the source's weights. */
export function caller(world: World): void {
  const service = serviceOf(world)
  const sum = weights.verify + weights.batch + weights.health + weights.stats
  const draw = world.random(world.place, world.index, kindDraw) * sum
  if (draw < weights.verify) return verify(world, service, 0)
  if (draw < weights.verify + weights.batch) return batch(world, service)
  if (draw < sum - weights.stats || service.stats === undefined) world.send('health', service.health())
  else world.send('stats', service.stats())
}

/** One text after the other, until the load is over. */
export function regular(world: World): void {
  const service = serviceOf(world)
  for (let access = 0; world.now() < world.data.driveSeconds; access++) {
    verify(world, service, access)
    world.sleep(regularEverySeconds)
  }
}
