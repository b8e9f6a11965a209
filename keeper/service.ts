// What the keeper starts: one process, how it becomes ready, how it is ended.

/** How the keeper learns that a service is ready: an address that answers 200, or a port that accepts. */
export type Readiness = { url: string } | { host: string; port: number }

export interface ServiceSpec {
  /** Unique within one keeper; names the log file services/<name>.log. */
  name: string
  /** Absolute path of the program, and its arguments. Never a shell line. */
  command: string
  args: string[]
  /** The whole environment of the process, besides PATH and HOME. */
  env: Record<string, string>
  /** Names in env whose values are secrets: never journalled, logged or reported. */
  secrets?: string[]
  cwd?: string
  /** User to run as, where the program refuses to be root. */
  uid?: number
  gid?: number
  ready?: Readiness
  /** Longest wait for readiness. */
  readyTimeoutMs?: number
  /** First signal of an orderly end; SIGKILL to the process group follows after stopTimeoutMs. */
  stopSignal?: 'SIGTERM' | 'SIGINT'
  stopTimeoutMs?: number
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
  rssBytes: number
  diskReadBytes: number
  diskWriteBytes: number
  openFiles: number
  databaseConnections?: number
}
