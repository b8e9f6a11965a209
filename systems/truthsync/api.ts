// The contract of a claim-verification service: what one must offer so that Assay can judge it. What each field means stands in
// its schema, and so in openapi.json, which the testbed publishes. The k6 side imports only the types.
import { Type, type Static } from 'typebox'

export * from './contract-values.ts'

const whole = (description: string) => Type.Integer({ minimum: 0, description })
const number = (description: string) => Type.Number({ description })

export const VerifyRequest = Type.Object({
  text: Type.String({ description: 'What is to be verified, of 1 to 2,000 characters' }),
  metadata: Type.Optional(
    Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
      description: 'Of the caller; it changes nothing',
    }),
  ),
})
export type VerifyRequest = Static<typeof VerifyRequest>

export const Verification = Type.Object({
  claims: Type.Array(Type.String(), {
    description:
      'The sentences of the text that state a fact, in their order and as they are written; none where it has only opinions',
  }),
  confidence: Type.Number({
    minimum: 0,
    maximum: 1,
    description: 'How sure the service is of that: the same for the same text',
  }),
  cache_hit: Type.Boolean({
    description:
      'Whether the answer was in the cache, so that nothing was verified for it. The first answer to a text is never a hit',
  }),
  processing_time_us: Type.Number({
    minimum: 0,
    description: 'Microseconds of work on this text, without its wait in the queue; for people',
  }),
})
export type Verification = Static<typeof Verification>

export const ItemError = Type.Object({
  index: whole('Place of the item in the batch, from 0'),
  error: Type.Object(
    {
      code: Type.String({ description: 'unprocessable: the item is no text of 1 to 2,000 characters' }),
      message: Type.String({ description: 'What is wrong with it, for people' }),
    },
    { description: 'Why this item was not verified; the others were' },
  ),
})
export type ItemError = Static<typeof ItemError>

export const BatchAnswer = Type.Array(Type.Union([Verification, ItemError]), {
  description: 'An answer for each item, in the order of the items',
})
export type BatchAnswer = Static<typeof BatchAnswer>

export const Stats = Type.Object(
  {
    total_requests: whole('Requests to /verify and /verify/batch that were answered, whatever the answer'),
    accepted_claims: whole(
      'Texts that were accepted: all but those of requests that were refused or malformed',
    ),
    total_claims: whole('Texts that were verified, those of batches among them: cache_hits + cache_misses'),
    errors: whole(
      'Of total_requests: those that were answered with a status of 500 and above, but for refusals',
    ),
    refused: whole('Of total_requests: those that were refused with 429 or 503, because the queue was full'),
    cache_hits: whole('Texts whose answer was in the cache'),
    cache_misses: whole('Texts that had to be verified'),
    cache_hit_rate: number('cache_hits / total_claims; 0 before the first text'),
    cache_entries: whole('Answers in the cache now'),
    cache_evictions: whole('Answers that had to go because the cache was full'),
    cache_size: whole('CACHE_SIZE: most answers that the cache holds'),
    cache_ttl_seconds: whole('CACHE_TTL_SECONDS: for how long an answer may be given again'),
    batch_size: whole('BATCH_SIZE: most texts that are worked on in one go'),
    largest_batch: whole('Most texts that were worked on in one go so far; at most batch_size'),
    batch_queue_size: whole('Texts that wait to be verified: accepted_claims less total_claims'),
    queue_limit: whole('Most texts that may wait; what comes beyond it is refused'),
  },
  {
    description:
      'Figures of the service since its start, all of one moment. While a run goes on nobody else should use the service: ' +
      'whoever does is in these figures',
  },
)
export type Stats = Static<typeof Stats>

export const Health = Type.Object({
  status: Type.Literal('healthy', { description: 'The process serves' }),
  version: Type.String({ description: 'Of the service' }),
})
export type Health = Static<typeof Health>

export const Ready = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('not_ready')], {
    description: 'not_ready, with 503, while the queue is over nine tenths of its limit',
  }),
  batch_queue_size: whole('As in /stats'),
  defects: Type.Array(Type.String(), {
    description: 'Names of planted defects that are switched on; empty in an honest service',
  }),
})
export type Ready = Static<typeof Ready>

export const ErrorAnswer = Type.Object({
  error: Type.Object(
    {
      code: Type.String({
        description: 'malformed_request, unprocessable, busy, not_found, method_not_allowed, internal',
      }),
      message: Type.String({ description: 'What was wrong, for people' }),
      correlation_id: Type.String({ description: 'The id of the request, for people who look into logs' }),
      details: Type.Optional(Type.Unknown({ description: 'More of it, for people' })),
    },
    { description: 'Why the request was not done as asked' },
  ),
})
export type ErrorAnswer = Static<typeof ErrorAnswer>
