/** Wrong use, or a machine that lacks something: the command prints the message alone, without a stack, and exits 64. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}
