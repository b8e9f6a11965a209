// The contract's schemas as the services serve and publish them: what each path answers, with headers and errors.
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifyInstance, FastifySchema } from 'fastify'
import * as api from '../../systems/cocoon/api.ts'
import { errorTable, type ErrorCode } from '../../systems/cocoon/api.ts'

const { errorTable: _table, ...named } = api
export type SchemaName = keyof typeof named

/** Requests with a field that the contract does not know are malformed; api.ts leaves that to the server. */
const requests: SchemaName[] = [
  'RegisterRequest',
  'PollRequest',
  'ResultRequest',
  'SubmitRequest',
  'HistoryRequest',
  'PayoutRequest',
]

export function addContractSchemas(app: FastifyInstance): void {
  for (const name of (Object.keys(named) as SchemaName[]).sort()) {
    const strict = requests.includes(name) ? { additionalProperties: false } : {}
    app.addSchema({ ...named[name], ...strict, $id: name })
  }
}

const reference = (name: SchemaName) => ({ $ref: `${name}#` })
const text = (description: string) => ({ type: 'string', description })

const correlationHeader = {
  'x-correlation-id': {
    ...text('The X-Correlation-ID of the request, or a new one; nothing is judged by it'),
    maxLength: 128,
  },
}
const retryHeader = {
  'retry-after': {
    type: 'integer',
    description:
      'Seconds to wait before the next attempt. With it a 503 is a refusal, without it a failure; 429 is always a refusal',
  },
}

/** Headers that each request of the suite has. */
export const anyRequest = {
  'x-correlation-id': text(
    'A new one for every request of the suite, which names it in reports: worth having in every log line',
  ),
}

interface Operation {
  id: string
  summary: string
  description?: string
  tag: 'workers' | 'tasks' | 'payouts' | 'pool' | 'testbed' | 'health'
  bearer?: 'enrol' | 'client' | 'worker'
  params?: Record<string, string>
  headers?: Record<string, unknown>
  requiredHeaders?: string[]
  body?: SchemaName
  /** Status to the name of the answer's schema, or null for an empty answer, and what it means. */
  answers: Record<number, [schema: SchemaName | null, meaning: string]>
  errors: ErrorCode[]
}

/** The Fastify schema of one operation; it validates the request, serialises the answer and becomes OpenAPI. */
export function operation(about: Operation): FastifySchema {
  const errors: ErrorCode[] = [...about.errors, 'not_ready', 'internal']
  if (about.body) errors.unshift('malformed_request')
  if (about.bearer) errors.unshift('unauthorized', 'forbidden')
  return {
    operationId: about.id,
    summary: about.summary,
    ...(about.description ? { description: about.description } : {}),
    tags: [about.tag],
    security: about.bearer ? [{ [`${about.bearer}Token`]: [] }] : [],
    ...(about.params ? { params: pathParameters(about.params) } : {}),
    headers: {
      type: 'object',
      properties: {
        ...about.headers,
        ...anyRequest,
      },
      required: about.requiredHeaders ?? [],
    },
    ...(about.body ? { body: reference(about.body) } : {}),
    response: { ...goodAnswers(about.answers), ...errorAnswers([...new Set(errors)]) },
  } as FastifySchema
}

function pathParameters(names: Record<string, string>) {
  const properties = Object.entries(names).map(([name, description]) => [
    name,
    { type: 'string', minLength: 1, maxLength: 200, description },
  ])
  return { type: 'object', properties: Object.fromEntries(properties), required: Object.keys(names) }
}

function goodAnswers(answers: Operation['answers']) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, [name, description]]) => [
      status,
      {
        description,
        headers: correlationHeader,
        ...(name ? { content: { 'application/json': { schema: reference(name) } } } : { type: 'null' }),
      },
    ]),
  )
}

function errorAnswers(codes: ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) {
    const { status } = errorTable[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [
      status,
      {
        description: of.map((code) => `${code}: ${errorTable[code].meaning}`).join('; '),
        headers: { ...correlationHeader, ...(status === 429 || status === 503 ? retryHeader : {}) },
        content: { 'application/json': { schema: reference('ErrorAnswer') } },
      },
    ]),
  )
}

/** The header that names a request which may be sent again. */
export const keyHeader = {
  'idempotency-key': {
    ...text(
      'Names what is asked for, however often the request is sent: with the same content it has one effect, and each answer ' +
        'shows it; with other content it is refused (409 key_reused), and nothing changes. The client chooses it, different from ' +
        'all others of any run, of letters, digits, dots, dashes and underscores. What was accepted is found by it alone',
    ),
    minLength: 1,
    maxLength: 200,
  },
}

/** What holds for all paths. */
const about = `The contract that a GPU pool has to keep so that Assay can judge it. What is said here, and at each path and field,
is all that the suite takes for granted of a pool.

**Answers.** JSON, complete within 10 s, and within wait_ms more where a poll is held. Redirects are not followed. A request is
answered with one of the statuses of its path; an answer without a field that the suite reads counts as failed.

**Refusals.** A pool that has no room answers 429, or 503 with a Retry-After header, soon, and has then not applied what was
asked. It may do so under more load than it can serve; under normal load a refusal counts as failed like any other error. Of a
request that got no answer, or another one of 500 and above, the suite takes it that it may have been applied; after another
status of 400 and above (but 408, 425 and 429) that it was not.

**Stored means stored.** What was answered with success is known from then on through every address of the pool, and outlives
the crash of any single part of it: registrations, tasks, results, payouts.

**Times** are of one clock of the pool, in UTC or with their zone.

**Metrics** are no part of the contract: nobody reads a /metrics of a pool that the suite did not start.

Every error has the shape ErrorAnswer; its codes are:

${Object.entries(errorTable)
  .map(
    ([code, { status, definite, meaning }]) =>
      `- \`${code}\` (${status}, ${definite ? 'certainly not applied' : 'may have been applied'}): ${meaning}`,
  )
  .join('\n')}`

/** The parts of the OpenAPI document that do not come from routes. */
const openapiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'GPU pool',
    version: '1.0.0',
    description: about,
  },
  tags: [
    { name: 'workers', description: 'GPU workers: join, wait for tasks, bring results, leave' },
    { name: 'tasks', description: 'Clients: submit tasks and follow them' },
    { name: 'payouts', description: 'What workers earned, and how it is paid to them' },
    { name: 'pool', description: 'The pool as a whole' },
    { name: 'testbed', description: 'Only in the testbed: a pool of your own need not have it' },
    { name: 'health', description: 'For balancers and people; no token' },
  ],
  components: {
    securitySchemes: {
      enrolToken: { type: 'http' as const, scheme: 'bearer', description: 'Lets a worker register' },
      clientToken: { type: 'http' as const, scheme: 'bearer', description: 'Lets a client submit and read' },
      workerToken: {
        type: 'http' as const,
        scheme: 'bearer',
        description: 'The token of one worker, from its registration',
      },
    },
  },
}

export const openapiOptions: FastifyDynamicSwaggerOptions = {
  openapi: openapiDocument,
  refResolver: {
    buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`),
  },
}
