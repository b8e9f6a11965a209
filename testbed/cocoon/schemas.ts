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
  'x-correlation-id': { ...text('The X-Correlation-ID of the request, or a new one'), maxLength: 128 },
}
const retryHeader = {
  'retry-after': { type: 'integer', description: 'Seconds to wait before the next attempt' },
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
        'x-correlation-id': text('Carried through every service, echoed in the answer and in every log line'),
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
    ...text('Names this request, however often it is sent; chosen by the client'),
    minLength: 1,
    maxLength: 200,
  },
}

/** The parts of the OpenAPI document that do not come from routes. */
const openapiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'GPU pool',
    version: '1.0.0',
    description:
      'The contract that a GPU pool has to keep so that Assay can judge it. ' +
      'Times are UTC of one clock. Every error has the shape ErrorAnswer; its codes are:\n\n' +
      Object.entries(errorTable)
        .map(([code, { status, definite, meaning }]) => {
          return `- \`${code}\` (${status}, ${definite ? 'certainly not applied' : 'may have been applied'}): ${meaning}`
        })
        .join('\n'),
  },
  tags: [
    { name: 'workers', description: 'GPU workers: join, wait for tasks, bring results, leave' },
    { name: 'tasks', description: 'Clients: submit tasks and follow them' },
    { name: 'payouts', description: 'What workers earned, and how it is paid to them' },
    { name: 'pool', description: 'The pool as a whole' },
    { name: 'testbed', description: 'Only in the testbed: a pool of your own has none of it' },
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
