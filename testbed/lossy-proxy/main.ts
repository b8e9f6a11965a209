// A proxy that loses segments. Needs PORT for its control, and WAYS: port=host:port, separated by commas. GET /loss tells the
// share of segments that are lost, POST /loss with {"share": 0.3} sets it, DELETE /loss ends it.
import { Type, type Static } from 'typebox'
import fastify from 'fastify'
import { MalformedVariable, names, whole } from '../environment.ts'
import { openLog, serve, start } from '../service.ts'
import { LossyProxy, type Way } from './lossy-proxy.ts'

const log = openLog('lossy-proxy')

const Loss = Type.Object(
  { share: Type.Number({ minimum: 0, exclusiveMaximum: 1 }) },
  { additionalProperties: false },
)

function wayOf(text: string): Way {
  const [, port, host = '', upstream] = /^(\d+)=(\[.+\]|[^:]+):(\d+)$/.exec(text) ?? []
  if (port !== undefined && upstream !== undefined)
    return { port: Number(port), to: { host: host.replace(/^\[|\]$/g, ''), port: Number(upstream) } }
  throw new MalformedVariable(
    `The variable WAYS must hold port=host:port, separated by commas; it holds "${text}".`,
  )
}

await start(log, async () => {
  const proxy = new LossyProxy()
  const app = fastify({ loggerInstance: log, disableRequestLogging: true })
  const loss = () => ({ share: proxy.share })
  app.get('/loss', loss)
  app.post<{ Body: Static<typeof Loss> }>('/loss', { schema: { body: Loss } }, ({ body }) => {
    proxy.share = body.share
    return loss()
  })
  app.delete('/loss', () => {
    proxy.share = 0
    return loss()
  })
  await proxy.open(names('WAYS').map(wayOf))
  await serve(app, whole('PORT', 0, 1), {
    before: async () => proxy.close(),
    after: async () => undefined,
  })
})
