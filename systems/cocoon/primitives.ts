// What the contract's schemas are made of.
import { Type } from 'typebox'

export const Id = Type.String({ minLength: 1, maxLength: 200 })
export const Milliseconds = Type.Integer({ minimum: 0 })
export const Time = Type.String({ format: 'date-time', description: 'UTC, with milliseconds' })
/** A label that every object of one run carries, so that leftovers can be found. */
export const Run = Type.String({ maxLength: 100 })

/** A raw address of the TON chain: work chain and account id. */
export const Account = Type.String({ pattern: '^0:[0-9a-f]{64}$' })
/** Integer nanoTON; a text, since JSON numbers are not exact beyond 2^53. */
export const Nanoton = Type.String({ pattern: '^[0-9]{1,18}$' })
