// The errors of the pool, with the codes of its contract.
import { errorTable, type ErrorCode } from '../../systems/cocoon/api.ts'
import { ServiceError, type ErrorDetails } from '../service/errors.ts'

export class PoolError extends ServiceError {
  constructor(code: ErrorCode, message?: string, more: ErrorDetails = {}) {
    super(code, errorTable[code].status, message ?? errorTable[code].meaning, more)
  }
}
