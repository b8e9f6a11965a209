// What hit rate is to be expected of a cache, for accesses as the shared pattern has them.
import type { SharedRows } from '../../../lib/drive/shared-data.ts'
import { expectedHitRate, type AccessClass } from '../data/expected-hit-rate.ts'
import { classesOf } from '../data/access-classes.ts'
import { idsIn } from '../claims.ts'
import type { World } from '../names.ts'

/** Made once: a look at each access takes its time. */
let classes: AccessClass[] | undefined

function patternOf(pages: SharedRows): number[] {
  const pattern: number[] = []
  for (let place = 0; place < pages.length; place++) pattern.push(...idsIn(pages.at(place)))
  return pattern
}

/** As a share. `ttlAccesses`: for how many accesses of all texts together an answer stays. */
export function expectedHitRateIn(world: World, cache: { cacheSize: number; ttlAccesses: number }): number {
  classes ??= classesOf(patternOf(world.rows('pages')))
  return expectedHitRate({ weights: classes, ...cache })
}
