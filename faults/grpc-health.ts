// Whether a gRPC server is well, by the health service that gRPC has a standard for:
// https://github.com/grpc/grpc/blob/master/doc/health-checking.md. Asked for only where pods are disrupted.
import type { Client } from 'k6/net/grpc'

type Grpc = typeof import('k6/net/grpc').default

const isWanted = typeof __ENV !== 'undefined' && __ENV['DISRUPT'] === '1'
// k6 hands out modules only while a script is initialised, so this is asked for as soon as the file is evaluated.
const grpc: Grpc | null = isWanted ? (require('k6/net/grpc') as Grpc) : null

export const grpcScheme = 'grpc://'
const check = 'grpc.health.v1.Health/Check'
const timeout = '3s'

/** One for each virtual user and address. */
const clients: Record<string, Client> = {}

/**
 * The server tells its methods once, while it is well: it has to serve reflection. The connection opens itself again.
 * @throws Error when it cannot be reached.
 */
function clientOf(address: string, { Client: GrpcClient }: Grpc): Client {
  const known = clients[address]
  if (known !== undefined) return known
  const client = new GrpcClient()
  client.connect(address.slice(grpcScheme.length), { plaintext: true, reflect: true, timeout })
  return (clients[address] = client)
}

/** 200 for a server that is well, else its gRPC status; 0: none. `ms` is how long it took. */
export function grpcHealth(address: string): { status: number; ms: number } {
  if (grpc === null) throw new Error('gRPC servers are looked at only where pods are disrupted: DISRUPT=1')
  const began = Date.now()
  try {
    const { status } = clientOf(address, grpc).invoke(check, {}, { timeout })
    return { status: status === grpc.StatusOK ? 200 : Number(status), ms: Date.now() - began }
  } catch {
    return { status: 0, ms: Date.now() - began }
  }
}
