// Where in a list in order something begins.

/** The first index at which it has begun, which it then has at all later ones; `count` where it never does. */
export function firstIndex(count: number, hasBegun: (index: number) => boolean): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    if (hasBegun(middle)) high = middle
    else low = middle + 1
  }
  return low
}
