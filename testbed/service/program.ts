// How every Node service of the testbed writes its log, serves and ends.
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { pino, type DestinationStream } from 'pino'
import { MalformedVariable } from './environment.ts'

/** Longer than any client keeps an idle connection, so that it is never the server that closes one under a request. */
export const keepAliveMs = 120_000

/** One JSON line for each message, with the time in ISO form; on standard output where nothing else is given. */
export function openLog(
  name: string,
  destination: DestinationStream = pino.destination({ fd: 1, sync: false }),
): FastifyBaseLogger {
  const options = { level: process.env['LOG_LEVEL'] ?? 'info', base: { service: name, pid: process.pid } }
  return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, destination)
}

/** Serves on loopback until SIGTERM or SIGINT; then `before` ends what requests wait for, `after` what they used. */
export async function serve(
  app: FastifyInstance,
  port: number,
  { before, after }: { before: () => Promise<void>; after: () => Promise<void> },
): Promise<void> {
  const host = process.env['HOST'] ?? '127.0.0.1'
  await app.listen({ port, host, backlog: 4096, listenTextResolver: (address) => `listening on ${address}` })
  let ending = false
  const end = async (signal: string) => {
    if (ending) return
    ending = true
    app.log.info({ signal }, 'ending')
    try {
      await before()
      await app.close()
      await after()
    } catch (error) {
      app.log.warn({ reason: (error as Error).message }, 'not everything could be closed')
    }
    process.exit(0)
  }
  process.on('SIGTERM', (signal) => void end(signal))
  process.on('SIGINT', (signal) => void end(signal))
}

/** Runs a service's main function; what goes wrong at start is one line and exit code 1 (64 for a variable). */
export async function start(log: FastifyBaseLogger, main: () => Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    log.fatal({ err: error }, (error as Error).message)
    process.exitCode = error instanceof MalformedVariable ? 64 : 1
    setImmediate(() => process.exit())
  }
}
