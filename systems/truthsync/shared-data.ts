// What all virtual users share: the claims of a file, and its access pattern.
import type { SharedData } from '../../lib/drive/shared-data.ts'
import { pageLength, pageOf, rowOf } from './claims.ts'
import { claimsFile, readClaims } from './data/read-claims.ts'

/** The pattern in pages of the same length; what is left of it at the end is in none. */
export const pagesOf = (pattern: readonly number[]): string[] =>
  Array.from({ length: Math.max(1, Math.floor(pattern.length / pageLength)) }, (_, page) =>
    pageOf(pattern.slice(page * pageLength, (page + 1) * pageLength)),
  )

export const shared: SharedData = (given, read) => {
  const { file, size } = claimsFile(given)
  let claims: ReturnType<typeof readClaims> | undefined
  const all = () => (claims ??= readClaims(read(file), { file, size }))
  return {
    claims: () => all().claims.map(({ text, expected_verifiable: isFactual }) => rowOf({ text, isFactual })),
    pages: () => pagesOf(all().access_pattern),
  }
}
