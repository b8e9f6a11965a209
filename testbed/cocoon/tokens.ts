// Who may call what: each path takes one kind of bearer token.
import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { digest } from '../service/bearer.ts'
import { PoolError } from './errors.ts'
import type { WorkerTokens } from './workers.ts'

/** Refuses requests without the token that their path takes. `known` holds the one of each kind that is the same for all. */
export function checkTokens(
  app: FastifyInstance,
  known: { enrol?: string; client?: string },
  workerTokens?: WorkerTokens,
  /** Whether an unknown token is taken for a known one: a planted defect. */
  trustsAnybody = false,
): void {
  const digests = Object.entries(known).map(([kind, token]) => ({ kind, digest: digest(token) }))
  const kindOf = (token: string): string | undefined => {
    const given = digest(token)
    return digests.find((each) => timingSafeEqual(given, each.digest))?.kind
  }
  app.addHook('onRequest', async (request) => {
    const { bearer } = request.routeOptions.config
    if (!bearer) return
    const token = bearerToken(request)
    request.workerId = token.includes('.') ? (workerTokens?.workerOf(token) ?? null) : null
    const kind =
      request.workerId !== null ? 'worker' : (kindOf(token) ?? (trustsAnybody ? bearer : undefined))
    if (kind === undefined) throw new PoolError('unauthorized', 'the token is not known')
    if (kind !== bearer) throw new PoolError('forbidden', `this path takes a ${bearer} token`)
    const { worker_id: asked } = request.params as { worker_id?: string }
    if (asked !== undefined && asked !== request.workerId) throw new PoolError('forbidden')
  })
}

function bearerToken(request: FastifyRequest): string {
  const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (token) return token
  throw new PoolError('unauthorized', 'no bearer token in the Authorization header')
}
