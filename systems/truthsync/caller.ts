// Who has texts verified: callers at an open rate, alone or in batches, and users who come back again and again.
import type { Answer } from '../../lib/drive/actor.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import { claimAt, claimsAt, strange, type Claim } from './claims.ts'
import { allWeights, batchTexts, returning, smallBatch, weights } from './loads.ts'
import type { World } from './names.ts'
import { serviceOf, type Item, type Service } from './service.ts'

/** An arrival's draws of texts have their numbers from 0 on, so that what is drawn besides has numbers below. */
const [kindDraw, sizeDraw] = [-1, -2]

const missed = 'its answer was not in the cache'

/** What the answers to some texts show, of which so many were in the cache. */
function observe(
  world: World,
  kind: PhaseKind,
  claims: readonly Claim[],
  items: readonly Item[],
): { hits: number } {
  let hits = 0
  let odd = 0
  let what: string | null = null
  for (let index = 0; index < claims.length; index++) {
    const item = items[index]!
    const found = strange(claims[index]!, item)
    if (found !== null) {
      odd++
      what ??= `text ${index}: ${found}`
    }
    if ('isHit' in item && item.isHit) hits++
  }
  const n = claims.length
  world.observeMany('cached', kind, { n, bad: n - hits }, missed)
  world.observeMany('own-answer', kind, { n, bad: odd }, what ?? '')
  return { hits }
}

/** Texts that were sent and not answered: unless they were refused, the service may have verified them, and counted what it did. */
function lost(world: World, texts: number, { outcome }: Answer<unknown>): null {
  if (outcome !== 'refused') for (const name of ['cached', 'own-answer'] as const) world.unseen(name, texts)
  return null
}

/** The answers to one text; null where there is none. */
function verify(world: World, service: Service, access: number): { hits: number } | null {
  const { kind } = world.phase()
  const claim = claimAt(world, access)
  const answer = world.send('verify', service.verify(claim.text))
  return answer.value === null ? lost(world, 1, answer) : observe(world, kind, [claim], [answer.value])
}

/** As verify, of so many texts together. */
function batch(world: World, service: Service, access: number, count: number): { hits: number } | null {
  const { kind } = world.phase()
  const claims = claimsAt(world, access, Math.min(count, service.batchMost))
  const step = claims.length <= smallBatch ? 'batch-small' : 'batch-large'
  const answer = world.send(step, service.batch(claims.map(({ text }) => text)))
  return answer.value === null
    ? lost(world, claims.length, answer)
    : observe(world, kind, claims, answer.value)
}

/** One request, of the kind that the seed draws by the source's weights. */
export function caller(world: World): void {
  const service = serviceOf(world)
  const draw = world.random(world.place, world.index, kindDraw) * allWeights
  if (draw < weights.verify) verify(world, service, 0)
  else if (draw < weights.verify + weights.batch) {
    const { least, most } = batchTexts
    const size = world.random(world.place, world.index, sizeDraw)
    batch(world, service, 0, least + Math.floor(size * (most - least + 1)))
  } else if (draw < allWeights - weights.stats || service.stats === undefined)
    world.send('health', service.health())
  else world.send('stats', service.stats())
}

/** One text after the other, and now and then a batch, until the load is over. */
export function regular(world: World): void {
  const service = serviceOf(world)
  for (let access = 0; world.now() < world.data.driveSeconds; access++) {
    const { name } = world.phase()
    const isBatch = access % returning.batchEvery === returning.batchEvery - 1
    const count = isBatch ? returning.batchTexts : 1
    const seen = isBatch ? batch(world, service, access, count) : verify(world, service, access)
    if (seen !== null) {
      for (let text = 0; text < count; text++) world.tally('texts', name, 0)
      for (let hit = 0; hit < seen.hits; hit++) world.tally('hits', name, 0)
    }
    world.sleep(returning.everySeconds)
  }
}
