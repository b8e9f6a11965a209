// What readers of answers check them with: that the fields are there that somebody needs. Of an answer that breaks the
// contract they say which field is wrong; of a good one nothing is kept.

type Kind = 'string' | 'number' | 'boolean' | 'object'

/** What the reader that gave up last said. */
let lastMisfit: string | null = null

/**
 * Says what is wrong with an answer, and is the null that its reader returns then.
 * @param expected what should be there, with its article
 */
export function misfit(field: string, expected: string, value: unknown): null {
  lastMisfit = `${field} is ${wordFor(value)} (${expected} is expected)`
  return null
}

/** What a reader said since this was asked last; null where none said anything. */
export function takeMisfit(): string | null {
  const said = lastMisfit
  lastMisfit = null
  return said
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
export function fields<T>(wanted: Record<string, Kind>, within?: string): (json: unknown) => T | null {
  const names = Object.keys(wanted)
  const kinds = Object.values(wanted)
  return (json) => {
    if (typeof json !== 'object' || json === null) return misfit(within ?? 'the answer', 'an object', json)
    for (let index = 0; index < names.length; index++) {
      const name = names[index]!
      const value = (json as Record<string, unknown>)[name]
      if (typeof value !== kinds[index] || value === null)
        return misfit(within === undefined ? name : `${within}.${name}`, withArticle(kinds[index]!), value)
    }
    return json as T
  }
}
