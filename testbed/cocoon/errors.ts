// One shape for every error of the pool.
import { errorTable, type ErrorAnswer, type ErrorCode } from '../../systems/cocoon/api.ts'

export class PoolError extends Error {
  readonly code: ErrorCode
  readonly details: unknown
  /** Seconds; sent as Retry-After. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    message?: string,
    more: { details?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(message ?? errorTable[code].meaning)
    this.code = code
    this.details = more.details
    this.retryAfterSeconds = more.retryAfterSeconds
  }

  get status(): number {
    return errorTable[this.code].status
  }
}

export function errorAnswer(error: PoolError, correlationId: string): ErrorAnswer {
  return {
    error: {
      code: error.code,
      message: error.message,
      correlation_id: correlationId,
      ...(error.details === undefined ? {} : { details: error.details }),
    },
  }
}

// Node's and the driver's words for "there is no connection", all raised before a statement was sent.
const notConnected = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', '57P03', '53300']

/**
 * Turns whatever went wrong into an error of the table. Only what certainly happened before anything was applied
 * becomes not_ready; everything unknown is internal.
 */
export function asPoolError(error: unknown): PoolError {
  if (error instanceof PoolError) return error
  const { code, message, statusCode, validation } = error as {
    code?: string
    message?: string
    statusCode?: number
    validation?: unknown
  }
  if (validation !== undefined) return new PoolError('malformed_request', message, { details: validation })
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new PoolError('malformed_request', message)
  if ((code && notConnected.includes(code)) || message?.startsWith('timeout exceeded when trying to connect'))
    return new PoolError('not_ready', 'the database cannot be reached', { retryAfterSeconds: 1 })
  return new PoolError('internal')
}
