// Where a lossy proxy is told what to lose, and for whom: only who set a loss may change or end it.
import { Type, type Static } from 'typebox'
import fastify, { type FastifyBaseLogger } from 'fastify'
import type { LossyProxy } from './lossy-proxy.ts'

const By = Type.String({ minLength: 1, maxLength: 100 })
const Loss = Type.Object(
  { share: Type.Number({ minimum: 0, exclusiveMaximum: 1 }), by: By },
  { additionalProperties: false },
)
const Whose = Type.Object({ by: By }, { additionalProperties: false })

/** GET /loss tells the share of segments that are lost and for whom, POST sets it (409: it is somebody else's), DELETE ?by= ends it. */
export function controlOf(proxy: Pick<LossyProxy, 'share'>, log?: FastifyBaseLogger) {
  const app = fastify({
    disableRequestLogging: true,
    ...(log === undefined ? {} : { loggerInstance: log }),
  })
  let owner: string | null = null
  const loss = () => ({ share: proxy.share, by: owner })
  app.get('/loss', loss)
  app.post<{ Body: Static<typeof Loss> }>('/loss', { schema: { body: Loss } }, ({ body }, reply) => {
    if (owner !== null && owner !== body.by) return reply.code(409).send(loss())
    owner = body.by
    proxy.share = body.share
    return loss()
  })
  app.delete<{ Querystring: Static<typeof Whose> }>(
    '/loss',
    { schema: { querystring: Whose } },
    ({ query }) => {
      if (owner === query.by) {
        owner = null
        proxy.share = 0
      }
      return loss()
    },
  )
  return app
}
