// A proxy that loses segments. Needs PORT for its control (control.ts), and ROUTES: port=host:port, separated by commas.
import { MalformedVariable, names, whole } from '../../service/environment.ts'
import { openLog, serve, start } from '../../service/program.ts'
import { controlOf } from '../control.ts'
import { LossyProxy, type Route } from '../lossy-proxy.ts'

const log = openLog('lossy-proxy')

function routeOf(text: string): Route {
  const [, port, host = '', upstream] = /^(\d+)=(\[.+\]|[^:]+):(\d+)$/.exec(text) ?? []
  if (port !== undefined && upstream !== undefined)
    return { port: Number(port), to: { host: host.replace(/^\[|\]$/g, ''), port: Number(upstream) } }
  throw new MalformedVariable(
    `The variable ROUTES must hold port=host:port, separated by commas; it holds "${text}".`,
  )
}

await start(log, async () => {
  const proxy = new LossyProxy()
  const app = controlOf(proxy, log)
  await proxy.open(names('ROUTES').map(routeOf))
  await serve(app, whole('PORT', 0, 1), {
    before: async () => proxy.close(),
    after: async () => undefined,
  })
})
