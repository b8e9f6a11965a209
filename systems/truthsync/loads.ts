// Who comes, and the source's closed users as the rate and the mix that they would offer to a fast service.
import type { Settings } from '../../lib/input/settings.ts'
import type { Names, ServiceLoad } from './names.ts'
import type { Yields } from '../../lib/plan/vocabulary.ts'

/** The source's weights of what a user does next. */
export const weights = { verify: 100, batch: 10, health: 1, stats: 1 } as const
export const allWeights = weights.verify + weights.batch + weights.health + weights.stats
/** Texts of a batch, of which each number is as likely: the source's. */
export const batchTexts = { least: 10, most: 100 } as const
/** The most texts of a small batch. */
export const smallBatch = 54
const batchSizes = batchTexts.most - batchTexts.least + 1
const meanBatch = (batchTexts.least + batchTexts.most) / 2

/** The rate at the top of a profile, or RATE in its place. */
export const atRate =
  ({ RATE }: Settings) =>
  (ofProfile: number): number =>
    RATE === undefined ? ofProfile : Number(RATE)

const share = (weight: number): number => weight / allWeights
const ofBatches = (from: number, to: number): number => (share(weights.batch) * (to - from + 1)) / batchSizes
/** Of one request, on average. */
const texts = share(weights.verify) + share(weights.batch) * meanBatch

const each: Yields<Names> = {
  verify: share(weights.verify),
  'batch-small': ofBatches(batchTexts.least, smallBatch),
  'batch-large': ofBatches(smallBatch + 1, batchTexts.most),
  health: share(weights.health),
  stats: share(weights.stats),
  cached: texts,
  'own-answer': texts,
}

/** Requests at an open rate, which is the level: each a text, a batch, or a look at the service's health or figures. */
export const caller: ServiceLoad = {
  actor: 'caller',
  arrivals: 'level',
  work: true,
  // A request is given up after this long.
  holdSeconds: 10,
  yields: each,
  requests: 1,
  opensWith: ['verify'],
}

/** How often users come who come back again and again, and how often it is with a batch of how many texts. */
export const returning = { everySeconds: 0.2, batchEvery: 5, batchTexts: 50 } as const
/** Requests of one of them a second, which take some ms each. */
const returnsPerSecond = 0.96 / returning.everySeconds
const [singles, batches] = [1 - 1 / returning.batchEvery, 1 / returning.batchEvery].map(
  (part) => part * returnsPerSecond,
) as [number, number]
const textsPerSecond = singles + batches * returning.batchTexts

/** What they see can be compared over hours. */
export const regular: ServiceLoad = {
  actor: 'regular',
  residents: 2,
  yieldsPerSecond: {
    verify: singles,
    'batch-small': batches,
    cached: textsPerSecond,
    'own-answer': textsPerSecond,
    texts: textsPerSecond,
    hits: 0.8 * textsPerSecond,
  },
}

/** Watches the service's own figures once a second. */
export const auditor: ServiceLoad = {
  actor: 'auditor',
  residents: 1,
  yieldsPerSecond: { figures: 1, 'batch-size': 0.9, 'queue-account': 0.9 },
  // One of each phase of normal load, and in the end.
  yieldsEach: { 'hit-theory': 1, speedup: 1, 'same-figures': 1 },
}
