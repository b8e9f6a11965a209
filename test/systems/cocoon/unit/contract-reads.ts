// What the suite sends to a pool and reads of its answers, found out by doing it: each request of an adapter is sent through the
// kit to a server that is made of the contract, whose answers note every field that is looked at.
import type { Exchange } from '../../../../lib/drive/actor.ts'
import type { Payments, Pool } from '../../../../systems/cocoon/pool.ts'

export interface Schema {
  $ref?: string
  type?: string
  description?: string
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  enum?: string[]
  format?: string
  pattern?: string
  examples?: unknown[]
}
type Content = Record<string, { schema: Schema }>
interface Parameter {
  name: string
  in: string
  description?: string
}
export interface Operation {
  description?: string
  summary?: string
  parameters?: Parameter[]
  security: Record<string, unknown>[]
  requestBody?: { content: Content }
  responses: Record<
    string,
    { description?: string; headers?: Record<string, { description?: string }>; content?: Content }
  >
}
export interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, { description?: string }> }
}

/** One thing that is sent or read: where it stands in the contract, as the keys that lead there. */
export interface Use {
  /** For people: the request, and what of it. */
  what: string
  at: string[]
}

export interface Sent {
  method: string
  url: string
  body: string | null
  headers: Record<string, string>
}
export interface Response {
  status: number
  /** JSON that notes what is read of it, or a text. */
  body: unknown
  headers: Record<string, string>
}
/** Sends an exchange by the kit, answers with `response`, and hands over what was sent. */
export type Send = (exchange: Exchange<unknown>, response: Response) => { sent: Sent; value: unknown }

/** The same for all requests: what matters is which fields there are, and not what they hold. */
const member = { workerId: 'w', token: 't', heartbeatSeconds: 1 }
const task = { key: 'k', clientId: 'c', memoryMb: 1, priority: 1, prompt: 'p', run: 'r' }
const newWorker = { name: 'n', gpuModel: 'g', memoryMb: 1, run: 'r', account: 'a' }

type Arguments<Requests> = {
  [Name in keyof Required<Requests>]: Required<Requests>[Name] extends (...given: infer Given) => unknown
    ? Given[]
    : never
}
const poolArguments: Omit<Arguments<Pool>, 'payments' | 'checks'> = {
  register: [[{ ...newWorker, thresholdNanoton: 1 }], [{ ...newWorker, thresholdNanoton: null }]],
  heartbeat: [[member]],
  poll: [[member, 1]],
  result: [[member, { taskId: '1', leaseId: '1' }, 'o']],
  leave: [[member]],
  submit: [[{ ...task, maxWaitMs: 1 }], [{ ...task, maxWaitMs: null, again: true }]],
  status: [['k']],
  dashboard: [[]],
  stats: [[]],
  grow: [[1]],
  leftovers: [['r']],
}
const paymentArguments: Arguments<Payments> = {
  pay: [
    [{ key: 'k', account: 'a', amount: '1', run: 'r' }, [200, 201]],
    [{ key: 'k', account: 'a', amount: '1', run: 'r' }, [200, 201, 409]],
    [{ key: 'k', account: 'a', amount: '1', run: 'r' }, [200, 201, 422]],
  ],
  payout: [['k']],
  ledger: [['r']],
  statement: [['a', { earning: '0', payout: '0' }]],
}

/** Every request of an adapter, whatever it has: one that this file has no arguments for is an error. */
export function exchangesOf(pool: Pool): Exchange<unknown>[] {
  const of = (requests: object, given: Record<string, unknown[][]>): Exchange<unknown>[] =>
    Object.entries(requests as Record<string, (...each: unknown[]) => Exchange<unknown>>).flatMap(
      ([name, make]) => {
        if (given[name] === undefined) throw new Error(`there are no arguments to try ${name} with`)
        return given[name].flatMap((each) => make(...each))
      },
    )
  const { payments, checks, ...others } = pool
  // Checks read more of a record than the load does.
  const checked = { ...pool.submit(...poolArguments.submit[0]!), read: checks!().record }
  return [...of(others, poolArguments), checked, ...of(payments!(), paymentArguments)]
}

const jsonType = 'application/json'
const refusals = [429, 503]

/** All that these requests send, and that is read of their answers. */
export function usesOf(document: Document, exchanges: Exchange<unknown>[], send: Send): Use[] {
  return exchanges.flatMap((exchange) => {
    const found = operationOf(document, exchange)
    const asked = `${exchange.method} ${exchange.path}`
    if (found === undefined) return [{ what: asked, at: ['paths', exchange.path] }]
    const { at, operation } = found
    const uses: Use[] = [{ what: asked, at }]
    for (const status of [...exchange.expect, ...refusals]) {
      const here = [...at, 'responses', String(status)]
      const isExpected = exchange.expect.includes(status)
      if (!isExpected && operation.responses[status] === undefined) continue
      uses.push({ what: `${asked} answered ${status}`, at: here })
      const schema = schemaOf(operation.responses[status]?.content)
      let isRead = false
      for (const sample of isExpected && schema !== undefined ? samplesOf(document, schema) : [null]) {
        const read = new Set<string>()
        const headersRead = new Set<string>()
        const { sent, value } = send(exchange, {
          status,
          body: noting(sample, read),
          headers: noting({ 'Retry-After': '1' }, headersRead) as Record<string, string>,
        })
        // Whatever is handed on as it is counts as read.
        JSON.stringify(value)
        isRead ||= value !== null
        uses.push(
          ...sentUses(found, sent),
          ...[...read].map((field) => ({
            what: `${asked} answered ${status}: ${field}`,
            at: [...here, 'content', jsonType, 'schema', ...field.split('.')],
          })),
          ...[...headersRead].map((name) => ({
            what: `${asked} answered ${status}: ${name}`,
            at: [...here, 'headers', name.toLowerCase()],
          })),
        )
      }
      if (isExpected && !isRead) throw new Error(`no sample of ${asked} answered ${status} was read`)
    }
    return uses
  })
}

interface Found {
  at: string[]
  operation: Operation
}

/** The operation of a request, by its path without a query. */
function operationOf({ paths }: Document, { method, path }: Exchange<unknown>): Found | undefined {
  const asked = path.split('?')[0]!
  for (const [template, operations] of Object.entries(paths)) {
    const operation = operations[method.toLowerCase()]
    if (operation !== undefined && new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(asked))
      return { at: ['paths', template, method.toLowerCase()], operation }
  }
  return undefined
}

/** What a request carries: fields of its body, headers, tokens, parts of its path, its query. */
function sentUses({ at, operation }: Found, { url, body, headers }: Sent): Use[] {
  const asked = `${at[2]} ${at[1]}`
  const parameter = (place: string, name: string): Use => ({
    what: `${asked}: ${name} in ${place}`,
    at: [...at, 'parameters', `${place} ${name.toLowerCase()}`],
  })
  const ofHeaders = Object.keys(headers).flatMap((name) => {
    if (name === 'Content-Type') return []
    if (name !== 'Authorization') return [parameter('header', name)]
    return operation.security
      .flatMap((scheme) => Object.keys(scheme))
      .map((scheme) => ({ what: `${asked}: ${scheme}`, at: ['components', 'securitySchemes', scheme] }))
  })
  const ofPath = [...at[1]!.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameter('path', name!))
  const ofQuery = [...new URL(url).searchParams.keys()].map((name) => parameter('query', name))
  const fields = body === null ? [] : Object.keys(JSON.parse(body) as object)
  const ofBody = fields.map((field) => ({
    what: `${asked}: ${field} in its body`,
    at: [...at, 'requestBody', 'content', jsonType, 'schema', field],
  }))
  return [...ofHeaders, ...ofPath, ...ofQuery, ...ofBody]
}

const schemaOf = (content: Content | undefined): Schema | undefined => Object.values(content ?? {})[0]?.schema

const resolved = (document: Document, schema: Schema): Schema =>
  schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1)!]!

/** Answers of a schema: one with all fields, one with null wherever that may be, one for each word of a field that has words. */
function samplesOf(document: Document, reference: Schema): unknown[] {
  const schema = resolved(document, reference)
  const words = Object.entries(schema.properties ?? {}).flatMap(([name, { anyOf = [] }]) =>
    anyOf.flatMap((one) => (one.enum ?? []).map((word) => ({ [name]: word }))),
  )
  const whole = sampleOf(document, schema, false)
  return [
    whole,
    sampleOf(document, schema, true),
    ...words.map((word) => ({ ...(whole as object), ...word })),
  ]
}

function sampleOf(document: Document, reference: Schema, nulls: boolean): unknown {
  const schema = resolved(document, reference)
  const { type, anyOf, properties = {}, items, examples } = schema
  if (examples !== undefined) return examples[0]
  if (schema.enum !== undefined) return schema.enum[0]
  if (anyOf !== undefined) {
    const other = anyOf.find((one) => (one.type === 'null') === nulls) ?? anyOf[0]!
    return sampleOf(document, other, nulls)
  }
  if (type === 'object')
    return Object.fromEntries(
      Object.entries(properties).map(([name, one]) => [name, sampleOf(document, one, nulls)]),
    )
  if (type === 'array') return [sampleOf(document, items!, nulls)]
  if (type === 'integer' || type === 'number') return 1
  if (type === 'boolean') return true
  if (type === 'null') return null
  if (schema.format === 'date-time') return '2030-01-31T12:00:00.000Z'
  return schema.pattern === undefined ? 'a text' : '1'
}

/** The same value, which notes the fields that are looked at; of a list, those of its items. */
function noting(value: unknown, read: Set<string>, within = ''): unknown {
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(value, {
    // Of what is not there, too.
    get(target, name, receiver) {
      const found: unknown = Reflect.get(target, name, receiver)
      if (typeof name === 'symbol' || name === 'toJSON') return found
      if (Array.isArray(target)) return /^\d+$/.test(name) ? noting(found, read, `${within}[].`) : found
      read.add(within + name)
      return noting(found, read, Array.isArray(found) ? within + name : `${within}${name}.`)
    },
  })
}

/** What is used without a description: what of which request. */
export const undescribed = (document: Document, uses: Use[]): string[] => [
  ...new Set(uses.filter(({ at }) => !descriptionAt(document, at)?.description).map(({ what }) => what)),
]

/** What stands at these keys; parameters are found by place and name, fields of schemas by their names. */
export function descriptionAt(document: Document, at: string[]): { description?: string } | undefined {
  let here: unknown = document
  let isSchema = false
  for (const key of at) {
    if (here === undefined || here === null) return undefined
    if (isSchema) here = fieldOf(document, here as Schema, key)
    else if (Array.isArray(here)) here = (here as Parameter[]).find((one) => `${one.in} ${one.name}` === key)
    else here = (here as Record<string, unknown>)[key]
    isSchema ||= key === 'schema'
  }
  return here as { description?: string } | undefined
}

function fieldOf(document: Document, schema: Schema, key: string): Schema | undefined {
  const [name, item] = key.split('[]')
  const field = resolved(document, schema).properties?.[name!]
  return field === undefined || item === undefined ? field : resolved(document, field.items!)
}
