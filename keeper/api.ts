// The keeper's door: HTTP on loopback, a token, a closed list of actions.
import { timingSafeEqual } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import {
  FaultRequest,
  FolderRequest,
  IsolationSpec,
  NamedFault,
  NamedService,
  SampleRequest,
  ServiceRequest,
  SignalRequest,
} from './requests.ts'
import type { Faults } from './faults.ts'
import { KeeperError, keeperErrors, reasonOf, type KeeperErrorCode } from './keeper-error.ts'
import type { Services } from './services.ts'
import type { Ending } from './service.ts'

/** An output that nobody reads is dropped beyond this, line by line: it must not grow in the keeper's memory. */
const longestBacklogBytes = 1024 * 1024

export interface ApiOptions {
  token: string
  services: Services
  faults: Faults
  makeIsolation: (isolation: IsolationSpec) => Promise<void>
  /** Renews the runner's lease; returns what is left of it in ms. */
  renew: () => number
  sample: (name: string, pid: number) => void
  /** Journals a folder that is removed at the end. */
  removeAtEnd: (path: string) => void
  /** Stops everything, removes the state; the keeper exits once the answer is sent. */
  end: () => Promise<{ endings: Ending[]; left: string[] }>
}

/**
 * POST /lease · POST /services · GET /services · POST /services/{name}/stop · POST /services/{name}/signal ·
 * GET /services/{name}/exit (held until it ends) · GET /services/{name}/output (lines, until it ends) ·
 * POST /samples · POST /folders · POST /isolations · POST /faults · POST /faults/clear · POST /faults/residue · POST /end.
 */
export function keeperApi(options: ApiOptions): FastifyInstance {
  const { token, services, faults, renew, sample, removeAtEnd, makeIsolation, end } = options
  const app = fastify({
    // Nothing is converted or left out silently: a request is as it should be, or refused.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true } },
    forceCloseConnections: true,
    requestTimeout: 0,
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.addHook('onRequest', async (request) => {
    if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
      throw new KeeperError(
        'unauthorized',
        'the request carries no token of this keeper: expected the header Authorization: Bearer <token>',
      )
    }
  })
  app.setNotFoundHandler((request) => {
    throw new KeeperError('not_found', `the keeper has no action ${request.method} ${request.url}`)
  })
  app.setErrorHandler((thrown: FastifyError | KeeperError, _request, reply) => {
    const code = codeOf(thrown)
    return reply.code(keeperErrors[code]).send({ error: { code, message: reasonOf(thrown) } })
  })

  app.post('/lease', () => ({ leftMs: renew() }))
  app.post('/services', { schema: { body: ServiceRequest } }, async (request, reply) => {
    const child = await services.start(request.body)
    return reply.code(201).send(child.status())
  })
  app.get('/services', () => services.status())
  app.post('/services/:name/stop', { schema: { params: NamedService } }, ({ params }) =>
    services.get(params.name).stop(),
  )
  app.post(
    '/services/:name/signal',
    { schema: { params: NamedService, body: SignalRequest } },
    ({ params, body }) => {
      services.get(params.name).signal(body.signal)
      return {}
    },
  )
  app.get(
    '/services/:name/exit',
    { schema: { params: NamedService } },
    ({ params }) => services.get(params.name).ended,
  )
  app.get('/services/:name/output', { schema: { params: NamedService } }, ({ params }, reply) => {
    return reply.type('text/plain; charset=utf-8').send(outputOf(services, params.name))
  })
  app.post('/samples', { schema: { body: SampleRequest } }, ({ body }) => {
    sample(body.name, body.pid)
    return {}
  })
  app.post('/folders', { schema: { body: FolderRequest } }, ({ body }) => {
    removeAtEnd(body.path)
    return {}
  })
  app.post('/isolations', { schema: { body: IsolationSpec } }, async ({ body }) => {
    await makeIsolation(body)
    return {}
  })
  // Ids of faults hold blanks and more, so they come in the body.
  app.post('/faults', { schema: { body: FaultRequest } }, async ({ body }) => {
    await faults.inject(body)
    return {}
  })
  app.post('/faults/clear', { schema: { body: NamedFault } }, async ({ body }) => {
    await faults.clear(body.id)
    return {}
  })
  app.post('/faults/residue', { schema: { body: NamedFault } }, ({ body }) => faults.residue(body.id))
  app.post('/end', () => end())
  return app
}

function outputOf(services: Services, name: string): PassThrough {
  const child = services.get(name)
  const stream = new PassThrough()
  const stop = child.listen((line) => {
    if (stream.writableLength < longestBacklogBytes) stream.write(`${line}\n`)
  })
  stream.once('close', stop)
  void child.ended.then(() => stream.end())
  return stream
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function codeOf(thrown: FastifyError | KeeperError): KeeperErrorCode {
  if (thrown instanceof KeeperError) return thrown.code
  const status = thrown.statusCode ?? 500
  return status >= 400 && status < 500 ? 'malformed_request' : 'internal'
}
