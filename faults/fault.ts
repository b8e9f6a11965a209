// A fault: what is done to a target, how it is known that it took effect, and that it is over.

/** What a fault may use: the keeper's hands for processes, and plain requests. */
export interface Means {
  /** Ends a service at once, as a crash would. */
  kill: (service: string) => Promise<void>
  /** Starts it again; resolves when it is ready. */
  restart: (service: string) => Promise<void>
  /** The address that says whether a service is well. */
  healthOf: (service: string) => string
  /** How to make the weather of the testbed's chain; null where it is not the testbed's. */
  chain: { url: string; token: string } | null
}

/** One driver. Every function rejects when it could not do its work. */
export interface Fault {
  inject: (means: Means, target: string, seconds: number) => Promise<void>
  /** Whether the effect shows, seen from outside and not by what injected it. */
  bit: (means: Means, target: string) => Promise<boolean>
  /** Ends it. Doing it twice does no harm. */
  clear: (means: Means, target: string) => Promise<void>
  /** Whether all is as before. */
  healed: (means: Means, target: string) => Promise<boolean>
}

const answerMs = 1000

/** The status of an address, or 0 where nobody answers. */
export async function statusOf(url: string, init: RequestInit = {}): Promise<number> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(answerMs) }).then(
    ({ status }) => status,
    () => 0,
  )
}
