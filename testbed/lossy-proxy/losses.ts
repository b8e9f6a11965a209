// What a lossy network does to a stream of bytes, as whoever reads it sees it: nothing is missing in the end, but what was
// lost on the way comes late, and so does all that was sent after it.

/** Linux waits this long at least before it sends a segment again, and twice as long each further time. */
export const resendMs = 200
/** For a connection's first segment there is no experience to go by: RFC 6298 has a second. */
export const reconnectMs = 1000
/** What a segment holds on an Ethernet. */
const segmentBytes = 1448
/** Whoever has sent the same in vain so often gives up. */
const mostLosses = 15

/** How late a segment is that gets lost with this probability, each time it is sent; null: it never arrives. */
export function lateMs(share: number, firstMs: number, random: () => number): number | null {
  let late = 0
  for (let losses = 0; random() < share; losses++) {
    if (losses === mostLosses) return null
    late += firstMs * 2 ** losses
  }
  return late
}

/** The segments that bytes are sent in. */
export function* segments(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += segmentBytes)
    yield bytes.subarray(start, start + segmentBytes)
}
