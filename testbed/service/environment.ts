// The environment variables of the testbed's services, read once at start. A malformed one ends the program.

export class MalformedVariable extends Error {}

/** @throws MalformedVariable when the variable is missing or empty. */
export function text(name: string): string {
  const value = process.env[name]
  if (value) return value
  throw new MalformedVariable(`The variable ${name} is missing. Set it to a text that is not empty.`)
}

/** A whole number of at least `least`; `otherwise` when the variable is not set. */
export function whole(name: string, otherwise: number, least = 0): number {
  const value = process.env[name]
  if (value === undefined) return otherwise
  const number = Number(value)
  if (/^\d{1,15}$/.test(value) && number >= least) return number
  throw new MalformedVariable(
    `The variable ${name} must be a whole number of at least ${least}, but it is ${JSON.stringify(value)}.`,
  )
}

/** Names separated by commas; none when the variable is not set or empty. */
export function names(name: string): string[] {
  return (process.env[name] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
