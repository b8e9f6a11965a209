// One shape for every error of a reference service, and the errors that all of them have.

/** The errors that do not depend on what a service is for. */
const commonErrors = {
  malformed_request: [400, 'a field is missing, unknown or out of its range'],
  not_found: [404, 'no such path'],
  method_not_allowed: [405, 'the path exists, the method does not'],
  not_ready: [503, 'the service cannot reach what it needs'],
  internal: [500, 'the service failed; the request may or may not have been applied'],
} as const satisfies Record<string, readonly [status: number, meaning: string]>
type CommonCode = keyof typeof commonErrors

export interface ErrorDetails {
  details?: unknown
  /** Seconds; sent as Retry-After. */
  retryAfterSeconds?: number
}

export class ServiceError extends Error {
  readonly details: unknown
  readonly retryAfterSeconds: number | undefined

  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    more: ErrorDetails = {},
  ) {
    super(message)
    this.details = more.details
    this.retryAfterSeconds = more.retryAfterSeconds
  }
}

export function commonError(code: CommonCode, message?: string, more: ErrorDetails = {}): ServiceError {
  const [status, meaning] = commonErrors[code]
  return new ServiceError(code, status, message ?? meaning, more)
}

export const errorAnswer = ({ code, message, details }: ServiceError, correlationId: string) => ({
  error: {
    code,
    message,
    correlation_id: correlationId,
    ...(details === undefined ? {} : { details }),
  },
})

// Node's and the driver's words for "there is no connection", all raised before a statement was sent.
const notConnected = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', '57P03', '53300']

/**
 * Turns whatever went wrong into an error with a code. Only what certainly happened before anything was applied becomes
 * not_ready; everything unknown is internal.
 */
export function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error
  const { code, message, statusCode, validation } = error as {
    code?: string
    message?: string
    statusCode?: number
    validation?: unknown
  }
  if (validation !== undefined) return commonError('malformed_request', message, { details: validation })
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return commonError('malformed_request', message)
  if ((code && notConnected.includes(code)) || message?.startsWith('timeout exceeded when trying to connect'))
    return commonError('not_ready', 'the database cannot be reached', { retryAfterSeconds: 1 })
  return commonError('internal')
}
