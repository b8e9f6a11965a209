// What became of a machine's processors while a run was judged, as evidence.

/** What became of the processors in some stretches of time. */
export interface MachineUse {
  seconds: number
  /** Core-seconds that neither the run nor idling had: those of other programs, and those that the host withheld. */
  taken: number
  /** Core-seconds of each service: at work, and ready to work without a core, which is counted by thread. */
  services: Record<string, { ran: number; waited: number }>
}
/** The machine while load and latency were judged. */
export interface MachineEvidence {
  cores: number
  /** Stretches of a few seconds, and how many of them were starved: a service waited for cores that others had. */
  stretches: number
  starvedStretches: number
  all: MachineUse
  starved: MachineUse
  /** Why this is shown and not judged; null where it is judged. */
  unjudged: string | null
}
