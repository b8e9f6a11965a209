// What the keeper refuses or fails at, with a code that a caller can act on.

/** Code to HTTP status. The keeper answers `{ error: { code, message } }`; the client throws it again. */
export const keeperErrors = {
  malformed_request: 400,
  unauthorized: 401,
  not_allowed: 403,
  not_found: 404,
  name_in_use: 409,
  ending: 409,
  port_in_use: 409,
  start_failed: 422,
  died_at_start: 422,
  not_ready: 422,
  target_in_use: 409,
  fault_failed: 422,
  journal_failed: 507,
  internal: 500,
  /** Given by the client alone: the keeper is gone, or never came. */
  keeper_lost: 0,
  keeper_not_started: 0,
} as const
export type KeeperErrorCode = keyof typeof keeperErrors

export class KeeperError extends Error {
  override name = 'KeeperError'
  readonly code: KeeperErrorCode

  constructor(code: KeeperErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** The text of anything thrown, for a message that quotes it. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The system's short word for a failure (ENOSPC, ECONNREFUSED), or null where there is none. */
export function systemCode(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return null
  return typeof thrown.code === 'string' ? thrown.code : null
}
