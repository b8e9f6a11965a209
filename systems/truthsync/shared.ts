// What all virtual users share: the claims of a file, and its access pattern.
import type { SharedData } from '../../lib/drive/shared-data.ts'
import { rowOf } from './claims.ts'
import { claimsFile, readClaims } from './data/read-claims.ts'

export const shared: SharedData = (given, read) => {
  const { file, size } = claimsFile(given)
  let claims: ReturnType<typeof readClaims> | undefined
  const all = () => (claims ??= readClaims(read(file), { file, size }))
  return {
    claims: () => all().claims.map(({ text, expected_verifiable: isFactual }) => rowOf({ text, isFactual })),
    pattern: () => all().access_pattern,
  }
}
