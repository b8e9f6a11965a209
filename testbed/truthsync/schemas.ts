// The contract's schemas as the service serves and publishes them: what each path takes and answers.
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifyInstance, FastifySchema } from 'fastify'
import * as api from '../../systems/truthsync/api.ts'
import { batchItems, textLength } from '../../systems/truthsync/api.ts'

const named = {
  VerifyRequest: {
    ...api.VerifyRequest,
    properties: {
      ...api.VerifyRequest.properties,
      text: { ...api.VerifyRequest.properties.text, minLength: textLength.least, maxLength: textLength.most },
    },
  },
  Verification: api.Verification,
  ItemError: api.ItemError,
  BatchAnswer: api.BatchAnswer,
  Stats: api.Stats,
  Health: api.Health,
  Ready: api.Ready,
  ErrorAnswer: api.ErrorAnswer,
}
type Name = keyof typeof named

export function addContractSchemas(app: FastifyInstance): void {
  for (const [name, schema] of Object.entries(named)) app.addSchema({ ...schema, $id: name })
}

const answer = (name: Name, description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: `${name}#` } } },
})
const retryHeader = {
  'retry-after': {
    type: 'integer',
    description: 'Seconds to wait before the next attempt. With it a 503 is a refusal, without it a failure',
  },
}
const busy = { ...answer('ErrorAnswer', 'busy: too many texts wait'), headers: retryHeader }
const failed = answer('ErrorAnswer', 'internal: the service failed')
const malformed = answer('ErrorAnswer', 'malformed_request: the body is no JSON')

export const operations = {
  verify: {
    operationId: 'verify',
    summary: 'Verifies one text',
    body: { $ref: 'VerifyRequest#' },
    response: {
      200: answer('Verification', 'What came of it'),
      400: malformed,
      422: answer('ErrorAnswer', 'unprocessable: no text of 1 to 2,000 characters'),
      500: failed,
      503: busy,
    },
  },
  batch: {
    operationId: 'verifyBatch',
    summary: 'Verifies several texts, each as if it came alone',
    description:
      'The answers are in the order of the items. An item that cannot be verified has an error in its place, and changes nothing ' +
      'of the others.',
    body: {
      type: 'array',
      minItems: batchItems.least,
      maxItems: batchItems.most,
      // Each item is looked at by itself, so that a bad one spoils no other.
      items: { description: 'As VerifyRequest' },
    },
    response: {
      200: answer('BatchAnswer', 'What came of each'),
      400: malformed,
      422: answer('ErrorAnswer', 'unprocessable: no list of 1 to 1,000 items'),
      500: failed,
      503: busy,
    },
  },
  health: {
    operationId: 'health',
    summary: 'Whether the process serves',
    response: { 200: answer('Health', 'It does') },
  },
  ready: {
    operationId: 'ready',
    summary: 'Whether the service can take more, and which defects are planted in it',
    response: { 200: answer('Ready', 'It can'), 503: answer('Ready', 'Its queue is nearly full') },
  },
  stats: {
    operationId: 'stats',
    summary: 'Its figures',
    response: { 200: answer('Stats', 'All of one moment') },
  },
} satisfies Record<string, FastifySchema & { operationId: string; summary: string; description?: string }>

const about = `The contract that a claim-verification service has to keep so that Assay can judge it. What is said here, and at each
path and field, is all that the suite takes for granted.

**Answers.** JSON, complete within 10 s. Redirects are not followed. A request is answered with one of the statuses of its path;
an answer without a field that the suite reads counts as failed.

**Refusals.** A service that has no room answers 429, or 503 with a Retry-After header, soon. Where it does so under a load that it
was promised to serve, that counts as failed.

**Metrics.** /metrics is Prometheus' text format. Its counters are those of /stats, of the same moment.`

export const openapiOptions: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: { title: 'A claim-verification service', version: '1', description: about },
  },
  refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `def-${i}`) },
}
