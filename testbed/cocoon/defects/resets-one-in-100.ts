// The balancer resets the connection of one request in a hundred, of those that a client may send again without a word: k6 does.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'load.errors-normal',
  // What came first on its connection is not repeated: the client would see an error, as of one-error-in-100.
  resets: ({ method, headers, socket }, random) =>
    (method === 'GET' || 'idempotency-key' in headers) && socket.bytesWritten > 0 && random() < 0.01,
} satisfies Defect
