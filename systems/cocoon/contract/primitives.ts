// What the contract's schemas are made of. Each takes what the field means, so that none is without its meaning.
import { Type, type TSchema } from 'typebox'

interface Range {
  minimum?: number
  maximum?: number
}

const idForm = { minLength: 1, maxLength: 200 }
const timeForm = { format: 'date-time' }

export const id = (description: string) => Type.String({ ...idForm, description })
export const text = (description: string) => Type.String({ description })
export const whole = (description: string, range: Range = {}) => Type.Integer({ ...range, description })
export const flag = (description: string) => Type.Boolean({ description })
export const milliseconds = (description: string) => whole(description, { minimum: 0 })
export const time = (description: string) => Type.String({ ...timeForm, description })
export const listOf = <Item extends TSchema>(item: Item, description: string) =>
  Type.Array(item, { description })

const orNull = <Value extends TSchema>(value: Value, description: string) =>
  Type.Union([value, Type.Null()], { description })
export const idOrNull = (description: string) => orNull(Type.String(idForm), description)
export const timeOrNull = (description: string) => orNull(Type.String(timeForm), description)
export const textOrNull = (description: string) => orNull(Type.String(), description)
export const wholeOrNull = (description: string) => orNull(Type.Integer(), description)

/** One of these words, each with its own meaning. */
export const oneOf = <Word extends string>(meanings: Record<Word, string>, description: string) =>
  Type.Unsafe<Word>(
    Type.Union(
      Object.entries<string>(meanings).map(([word, meaning]) => Type.Literal(word, { description: meaning })),
      { description },
    ),
  )

export const run = () =>
  Type.String({
    maxLength: 100,
    description: 'The run that this belongs to, kept with it: a label by which what a run left is counted',
  })

/** Amounts are texts, since JSON numbers are not exact beyond 2^53. */
const amount = (pattern: string, description: string) =>
  Type.String({
    pattern,
    description: `${description}; whole nanoTON, as a decimal text without leading zeros`,
  })
export const nanoton = (description: string) => amount('^[0-9]{1,18}$', description)
export const positiveNanoton = (description: string) => amount('^[1-9][0-9]{0,17}$', description)
export const signedNanoton = (description: string) => amount('^-?[0-9]{1,18}$', description)

export const account = (description: string) =>
  Type.String({
    pattern: '^0:[0-9a-f]{64}$',
    description: `${description}: a raw address of the TON chain, work chain and account id`,
  })
