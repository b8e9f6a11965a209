// A claim-verification service in the kit's terms. The default adapter speaks the contract of api.ts; your own service brings
// another one.
import { adapterOf } from '../../lib/adapter.ts'
import type { Exchange } from '../../lib/drive/actor.ts'
import { adapter } from './adapter.ts'
import type { World } from './names.ts'

/** What came of one text. */
export interface Verified {
  /** The first claim that was found in it; null where there is none. */
  first: string | null
  /** How many claims were found. */
  claims: number
  confidence: number
  /** Whether the answer came from the cache. */
  isHit: boolean
}

/** An item of a batch that was not verified, in the service's words. */
export interface ItemRefused {
  index: number
  why: string
}
export type Item = Verified | ItemRefused
export const isRefused = (item: Item): item is ItemRefused => 'why' in item

/** Figures since the service began. What is undefined this service does not tell. */
export interface Figures {
  /** A batch is one request, whatever it holds. */
  requests?: number | undefined
  /** Texts, each item of a batch by itself, whatever the service calls them. */
  claims?: number | undefined
  errors?: number | undefined
  refused?: number | undefined
  hits?: number | undefined
  misses?: number | undefined
  evictions?: number | undefined
}

export interface ServiceView extends Figures {
  /** As a share. */
  hitRate?: number | undefined
  entries?: number | undefined
  /** Texts that were accepted, and those of them that wait to be verified; so many may wait. */
  accepted?: number | undefined
  queue?: number | undefined
  queueLimit?: number | undefined
  cacheSize?: number | undefined
  ttlSeconds?: number | undefined
  batchSize?: number | undefined
  largestBatch?: number | undefined
}

/** What /metrics says: figures, and the median of the work on a text that was in the cache, and on one that was not, in microseconds. */
export interface Metrics extends Figures {
  hitRate?: number | undefined
  hitMedianUs?: number | undefined
  missMedianUs?: number | undefined
}

/** What a service promises besides verifying. What is left out is not promised, and not judged. */
export interface Service {
  verify(text: unknown): Exchange<Verified>
  /** At most `batchMost` texts. */
  batch(texts: readonly unknown[]): Exchange<Item[]>
  /** Infinity where there is no limit. */
  batchMost: number
  health(): Exchange<true>
  stats?(): Exchange<ServiceView>
  metrics?(): Exchange<Metrics>
  /** Whether its answers say which sentences state a fact, so that they can be held against the text. */
  tellsClaims: boolean
  /** Whether one bad item of a batch leaves the others as they are. */
  sparesOthers: boolean
}

export type ServiceAdapter = () => Service

/** Made once by each virtual user: every arrival asks for it, and the target stays the same. */
let service: Service | undefined

/** The service of this run's target, by its own adapter where it has one. */
export function serviceOf({ data: { target } }: World): Service {
  if (service !== undefined) return service
  const make = target.adapter === null ? adapter : adapterOf<ServiceAdapter>(target.adapter, 'truthsync')
  return (service = make())
}
