// What the server that breaks connections does to a request: server and load both know it by the request's id.

/**
 * broken: read, and then the connection is reset. closing: the answer says that the connection ends with it. idle: answered, and
 * some time later the connection is closed as a server does that tires of waiting. late: answered late.
 */
export type Fate = 'broken' | 'closing' | 'idle' | 'late' | 'usual'

const shares: [fate: Fate, share: number][] = [
  ['broken', 0.06],
  ['closing', 0.03],
  ['idle', 0.03],
  ['late', 0.2],
]

/** A number in [0, 1) of the id alone (FNV-1a). */
function drawn(id: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}

export function fateOf(id: string): Fate {
  let left = drawn(id)
  for (const [fate, share] of shares) {
    left -= share
    if (left < 0) return fate
  }
  return 'usual'
}

/** Whoever has a connection that is closed when idle sends nothing on it for so long, which is much longer than it takes. */
export const idleSeconds = 0.3
