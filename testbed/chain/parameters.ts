// The parameters of an API call: from JSON, or from a query where everything is text.
import { Address, Cell } from '@ton/core'

export type Parameters = Record<string, unknown>

/** An error that the caller is told; `code` is the HTTP status too. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message)
  }
}

function malformed(name: string, expected: string, given: unknown): ApiError {
  return new ApiError(422, `the parameter ${name} must be ${expected}, but it is ${JSON.stringify(given)}`)
}

/** Raw (0:hex) or friendly. */
export function address(from: Parameters, name = 'address'): Address {
  const given = from[name]
  try {
    return Address.parse(String(given))
  } catch {
    throw malformed(name, 'an address', given)
  }
}

/** A whole number, as a number or as text; `otherwise` when it is left out. */
export function integer(from: Parameters, name: string, otherwise?: bigint): bigint {
  const given = from[name] ?? otherwise
  const isWhole = typeof given === 'bigint' || /^-?\d{1,20}$/.test(String(given))
  if (!isWhole) throw malformed(name, 'a whole number', given)
  return BigInt(given as bigint | number | string)
}

/** @throws ApiError also when it is outside `least` to `most`. */
export function size(
  from: Parameters,
  name: string,
  otherwise: number,
  { least, most }: { least: number; most: number },
): number {
  const value = integer(from, name, BigInt(otherwise))
  if (value < least || value > most) throw malformed(name, `from ${least} to ${most}`, from[name])
  return Number(value)
}

/** The root of a BOC in base64; undefined where it is left out or empty. */
export function optionalCell(from: Parameters, name: string): Cell | undefined {
  const given = from[name] ?? ''
  if (given === '') return undefined
  try {
    return Cell.fromBase64(String(given))
  } catch (error) {
    throw new ApiError(422, `the parameter ${name} is no bag of cells in base64: ${(error as Error).message}`)
  }
}

export function cell(from: Parameters, name: string): Cell {
  const given = optionalCell(from, name)
  if (given === undefined) throw malformed(name, 'a bag of cells in base64', from[name])
  return given
}
