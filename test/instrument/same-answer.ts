// A server that answers without doing anything.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a test ends with, also when it failed. */
type AtEnd = (close: () => void | Promise<void>) => void

/** A server that gives the same answer to everything. */
export async function sameAnswer(
  atEnd: AtEnd,
  status: number,
  headers: Record<string, string> = {},
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(status, headers).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
