// How much memory k6 took, process by process: a long run is cut into epochs because k6 keeps every sample.

const bytesPerMegabyte = 1e6

/**
 * What it is by, and the highest of each epoch's or shard's life in the order of their start: ["k6 memory by epoch",
 * "210, 212, 209 MB"]. The shards of one epoch add up. Null where fewer than two processes were sampled.
 * @param peaks bytes by the keeper's name of each process, k6-<number>
 * @param shards processes that shared the load of one epoch
 */
export function k6MemoryText(
  peaks: ReadonlyMap<string, number>,
  shards: number,
): [name: string, figures: string] | null {
  const numbered = [...peaks].flatMap(([name, bytes]) => {
    const index = partNumber(name)
    return index === null ? [] : [{ index, bytes }]
  })
  if (numbered.length < 2) return null
  const epochOf = (index: number): number => Math.ceil(index / shards)
  const isOneEpoch = numbered.every(({ index }) => epochOf(index) === 1)
  const sums = new Map<number, number>()
  for (const { index, bytes } of numbered.toSorted((a, b) => a.index - b.index)) {
    const place = isOneEpoch ? index : epochOf(index)
    sums.set(place, (sums.get(place) ?? 0) + bytes)
  }
  const figures = [...sums.values()].map((bytes) => Math.round(bytes / bytesPerMegabyte))
  return [`k6 memory by ${isOneEpoch ? 'shard' : 'epoch'}`, `${figures.join(', ')} MB`]
}

/** The number of a k6 process that is one of several; null for every other service. */
export function partNumber(service: string): number | null {
  const [, digits] = /^k6-(\d+)$/.exec(service) ?? []
  return digits === undefined ? null : Number(digits)
}
