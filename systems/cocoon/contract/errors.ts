// How the pool says no.

/**
 * Every error the pool answers: its HTTP status, whether it is certain that the request was not applied
 * (definite), and what it means. 429 and 503 carry Retry-After in seconds.
 */
export const errorTable = {
  malformed_request: {
    status: 400,
    definite: true,
    meaning: 'a field is missing, unknown or out of its range',
  },
  unauthorized: { status: 401, definite: true, meaning: 'no token, or one that is not known' },
  forbidden: { status: 403, definite: true, meaning: 'the token belongs to somebody else' },
  not_found: { status: 404, definite: true, meaning: 'no such path, worker, task or submission' },
  method_not_allowed: { status: 405, definite: true, meaning: 'the path exists, the method does not' },
  lease_lost: {
    status: 409,
    definite: true,
    meaning: 'the task was taken back after its lease had ended',
  },
  insufficient_funds: {
    status: 422,
    definite: true,
    meaning: 'the account has not earned so much that was not paid yet',
  },
  key_reused: { status: 409, definite: true, meaning: 'the Idempotency-Key was used with other content' },
  rate_limited: { status: 429, definite: true, meaning: 'this client sends too fast' },
  queue_full: {
    status: 503,
    definite: true,
    meaning: 'the bounded queue is full, or its wait is longer than the client allows',
  },
  not_ready: { status: 503, definite: true, meaning: 'the service cannot reach what it needs' },
  internal: {
    status: 500,
    definite: false,
    meaning: 'the pool failed; the request may or may not have been applied',
  },
} as const
export type ErrorCode = keyof typeof errorTable
