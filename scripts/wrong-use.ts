/** Wrong use, or a machine that lacks something: the command prints the message alone, without a stack, and exits 64. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}

/** What it makes; any error of it is wrong use. */
export function orWrongUse<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new WrongUse((error as Error).message)
  }
}
