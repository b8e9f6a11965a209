// Facts that no rule is judged by: what a source's expectations are held against. They are part of the evidence of a run.

/** Bytes that k6 sent and received over its connections, those of headers and of TLS among them. */
export interface Network {
  sentBytes: number
  receivedBytes: number
}

/** What became of a value that was told several times, maybe by several processes; the times are Unix ms. */
export interface Values {
  firstAt: number
  first: number
  lastAt: number
  last: number
  least: number
  most: number
}

/** What all services together used in phases of some kinds. */
export interface ServiceUse {
  /** Processors that were busy on average, and how many the services may use; null where nobody knows how many these are. */
  processors: number
  allowed: number | null
  /** The highest sum of their resident memory. */
  memoryBytes: number
}

/** Of everything only what an expectation of the case asks for. */
export interface Figures {
  /** Values of the target by their point, and values of observations by their name. */
  points: Record<string, Values>
  observations: Record<string, Values>
  /** By kinds of phases, see kindsKey(). */
  services: Record<string, ServiceUse>
}

/** What evidence holds of it. */
export interface WithFigures {
  /** Left out where k6 did not say it, or one of several processes did not. */
  network?: Network
  /** Left out where no expectation asks for any. */
  figures?: Figures
}

/** The key of kinds of phases that are looked at together. */
export const kindsKey = (kinds: readonly string[]): string => kinds.toSorted().join()

/** The bytes of two processes, where both know theirs. */
export function networkSum(a: WithFigures, b: WithFigures): Pick<WithFigures, 'network'> {
  if (a.network === undefined || b.network === undefined) return {}
  return {
    network: {
      sentBytes: a.network.sentBytes + b.network.sentBytes,
      receivedBytes: a.network.receivedBytes + b.network.receivedBytes,
    },
  }
}
