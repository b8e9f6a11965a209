// Lists that nearly always hold one, of which there are several for each of hundreds of thousands of keys: the one is
// kept by itself, and a list is made of it when it is looked at.

export const none: readonly never[] = []

export type Few<T extends object> = T | readonly T[] | null

const isList = <T extends object>(few: T | readonly T[]): few is readonly T[] => Array.isArray(few)

export function listOf<T extends object>(few: Few<T>): readonly T[] {
  if (few === null) return none
  return isList(few) ? few : [few]
}

export const withOne = <T extends object>(few: Few<T>, one: T): Few<T> =>
  few === null ? one : [...listOf(few), one]

export function addTo<T>(map: Map<string, readonly T[]>, name: string, one: T): void {
  const all = map.get(name)
  map.set(name, all === undefined ? [one] : [...all, one])
}

const byTime = (a: { t: number }, b: { t: number }): number => a.t - b.t

export const inTimeOrder = <T extends { t: number }>(few: Few<T>): Few<T> =>
  few !== null && isList(few) ? few.toSorted(byTime) : few
