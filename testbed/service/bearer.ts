// Whether a request carries a bearer token, compared without telling by the time it takes how much of it was right.
import { createHash, timingSafeEqual } from 'node:crypto'

/** Digests are of one length, whatever they are of: that is what a comparison in constant time needs. */
export const digest = (value: string) => createHash('sha256').update(value).digest()

/** Answers a function for the header Authorization. */
export function bearerCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(`Bearer ${token}`)
  return (authorization) => timingSafeEqual(digest(authorization ?? ''), expected)
}
