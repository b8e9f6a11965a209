// What readers of answers check them with: that the fields are there that somebody needs. An answer that breaks the contract
// makes them throw, and the error says which field is wrong.

type Kind = 'string' | 'number' | 'boolean' | 'object'

const misfitName = 'Misfit'

/**
 * Says that an answer breaks the contract.
 * @param expected what should be there, with its article
 * @throws Error always
 */
export function misfit(field: string, expected: string, value: unknown): never {
  const error = new Error(`${field} is ${wordFor(value)} (${expected} is expected)`)
  error.name = misfitName
  throw error
}

/** Why a reader did not take an answer. By the error's name: each closure of a bundle has classes of its own. */
export function misfitIn(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error)
  return error instanceof Error && error.name === misfitName ? words : `its reader failed: ${words}`
}

/** The kind of a value and not the value itself, which may be a token. */
function wordFor(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (value === '') return 'empty'
  return Array.isArray(value) ? 'a list' : withArticle(typeof value)
}

const withArticle = (kind: string): string => (kind === 'object' ? 'an object' : `a ${kind}`)

/**
 * Reads an object with all the fields wanted, each of its type; anything else is a misfit. Made once per kind of answer
 * and a plain loop, because it is run for every request.
 * @param within the field of the answer that is read, where it is not the whole of it
 */
export function fields<T>(wanted: Record<string, Kind>, within?: string): (json: unknown) => T {
  const names = Object.keys(wanted)
  const kinds = Object.values(wanted)
  return (json) => {
    if (typeof json !== 'object' || json === null) misfit(within ?? 'the answer', 'an object', json)
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!
      const value = (json as Record<string, unknown>)[name]
      if (typeof value !== kinds[index] || value === null)
        misfit(within === undefined ? name : `${within}.${name}`, withArticle(kinds[index]!), value)
    }
    return json as T
  }
}
