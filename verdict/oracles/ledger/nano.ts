// Amounts of money: integer nanoTON, as decimal texts outside and as bigints inside.

const whole = /^-?\d+$/

export function nano(text: string): bigint {
  // BigInt would take an empty text for 0, and a hexadecimal one for a number.
  if (!whole.test(text))
    throw new Error(
      `amount "${text}": expected whole nanoTON as a decimal text; look at whoever recorded the history`,
    )
  return BigInt(text)
}

const [zeroCode, minusCode] = [48, 45]
/** So many characters make a whole number that a double holds exactly. */
const mostExact = 15

/** The amount as a number; NaN where that might not be exact, and where the text is no amount: nano() knows. */
export function exactNano(text: string): number {
  const begin = text.charCodeAt(0) === minusCode ? 1 : 0
  if (text.length === begin || text.length > mostExact) return Number.NaN
  let amount = 0
  for (let place = begin; place < text.length; place++) {
    const digit = text.charCodeAt(place) - zeroCode
    if (digit < 0 || digit > 9) return Number.NaN
    amount = amount * 10 + digit
  }
  return begin === 0 ? amount : -amount
}

/** Beyond it, another amount of `mostExact` digits might take a number to where it is no longer exact. */
const mostNear = 2 ** 52

/** A sum of amounts, exact however large. Most of it is added up in a number: a bigint for each amount takes far longer. */
export class Sum {
  #near = 0
  #far = 0n

  add(text: string): void {
    const amount = exactNano(text)
    if (Number.isNaN(amount)) this.#far += nano(text)
    else this.addExact(amount)
  }

  /** What exactNano() made of an amount. */
  addExact(amount: number): void {
    this.#near += amount
    if (this.#near < mostNear && this.#near > -mostNear) return
    this.#far += BigInt(this.#near)
    this.#near = 0
  }

  get total(): bigint {
    return this.#far + BigInt(this.#near)
  }
}

/** A count of parts, so many to a nanoTON, as a decimal text: 12345 parts of 10,000 are 1.2345. */
export function partsText(parts: bigint, perNano: bigint): string {
  const digits = String(perNano).length - 1
  const rest = String(parts % perNano).padStart(digits, '0')
  return `${parts / perNano}.${rest}`
}
