// Checks that an answer has the fields that somebody needs.

type Kind = 'string' | 'number' | 'boolean' | 'object'

/**
 * Reads an object with all the fields wanted, each of its type; anything else is null. Made once per kind of answer
 * and a plain loop, because it is run for every request.
 */
export function fields<T>(wanted: Record<string, Kind>): (json: unknown) => T | null {
  const names = Object.keys(wanted)
  const kinds = Object.values(wanted)
  return (json) => {
    if (typeof json !== 'object' || json === null) return null
    for (let index = 0; index < names.length; index++) {
      const value = (json as Record<string, unknown>)[names[index]!]
      if (typeof value !== kinds[index] || value === null) return null
    }
    return json as T
  }
}
