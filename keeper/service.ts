// What the keeper starts: one process, how it becomes ready, how it is ended.

/** How the keeper learns that a service is ready: an address that answers 200, or a port that accepts. */
export type Readiness = { url: string } | { host: string; port: number }

export interface ServiceSpec {
  /** Unique within one keeper; names the log file services/<name>.log. */
  name: string
  /** Absolute path of the program, and its arguments. Never a shell line. */
  command: string
  args: string[]
  /** The whole environment of the process, besides PATH, HOME and the keeper's mark (ASSAY_KEEPER). */
  env: Record<string, string>
  /** Names in env whose values are secrets: never journalled, logged or reported. */
  secrets?: string[]
  cwd?: string
  /** User to run as, where the program refuses to be root. */
  uid?: number
  gid?: number
  /** How much it gives way to others where cores are short, with all that it starts: 0 (default) not at all, 19 the most. */
  niceness?: number
  ready?: Readiness
  /** Longest wait for readiness. */
  readyTimeoutMs?: number
  /** First signal of an orderly end; SIGKILL to the process group follows after stopTimeoutMs. */
  stopSignal?: 'SIGTERM' | 'SIGINT'
  stopTimeoutMs?: number
  /** The control group and the network that it runs in; isolations that were made before it. */
  group?: string
  network?: string
  /** Prometheus text from which the sampler copies the gauge database_connections. */
  metricsUrl?: string
}

/** One line of services/resources.ndjson: what one service used, once a second. */
export interface ResourceSample {
  /** Unix time in milliseconds. */
  t: number
  service: string
  /** Cores busy since the last sample, children included. */
  cpu: number
  /**
   * Seconds per second, added up over all threads, in which the service was ready to run and had no core. Left out
   * where the kernel does not count it.
   */
  cpuWait?: number
  /** Seconds per second in which its control group had used up its share, so that it waited for that and not for a core. */
  throttled?: number
  /** Memory of its processes' own, which is what a leak takes. */
  privateBytes: number
  /** The same, and the largest share of what they have in common. */
  rssBytes: number
  /** Read from and written to storage since the service's start; a page cache hit is neither. */
  diskReadBytes: number
  diskWriteBytes: number
  openFiles: number
  databaseConnections?: number
}

/** One line of services/machine.ndjson: what became of the processors that the run may use, once a second. */
export interface MachineSample {
  /** Unix time in milliseconds. */
  t: number
  /** Processors that the run may use. */
  cores: number
  /** Processors at work since the last sample, for any process. Time for interrupts is left out. */
  busy: number
  /** Processors that this machine wanted and its host gave to another one. */
  stolen: number
  /** Processors at work for the run: the runner, the keeper, and all that they started. */
  own: number
  /** Seconds per second in which a control group around the run had used up its share. */
  throttled: number
  /** Whether the processors' time roughly adds up to the clock's; where it does not, the figures are not this machine's. */
  plausible: boolean
}

/** How a process ended: one of the two is null. */
export interface Exit {
  code: number | null
  signal: string | null
}

/** How the end of one service went: by its own stop signal in time, by SIGKILL, over before, or not even by SIGKILL. */
export interface Ending extends Exit {
  name: string
  how: 'stopped' | 'killed' | 'already over' | 'survived'
}

/** One service as the keeper sees it now. `exit` is null while it lives. */
export interface ServiceStatus {
  name: string
  pid: number
  state: 'starting' | 'ready' | 'stopping' | 'over'
  exit: Exit | null
}
