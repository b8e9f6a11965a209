// A fault: what is done to a part of the target, how it is known that it took effect, and that it is over.
import type { FaultSettings } from '../lib/plan/phase.ts'
import type { PartKind } from './parts.ts'

/** What a driver may need of the machine that it works on; capabilities.ts finds out whether it is there. */
export type Capability =
  | 'linux'
  | 'root'
  | 'toxiproxy'
  | 'control groups'
  | 'iptables'
  | 'ip'
  | 'network namespaces'
  | 'stress-ng'
  | 'prlimit'
  | 'libfaketime'
  | 'kubectl'

/**
 * How a part of a testbed is set up so that a fault can be done to it alone: a link through a proxy, a service in a control
 * group or a network or with a clock of its own, or one whose routes all lead through a proxy that loses packets.
 * testbed/service/ (isolation.ts, links.ts) makes it.
 */
export type IsolationKind = 'link' | 'group' | 'network' | 'clock' | 'lossy-links'

/** A fault as data alone, so that whoever finds it in a journal can end it. */
export interface FaultSpec<Part = object> {
  /** Unique in a run; in words. */
  id: string
  driver: string
  /** Its name in the target file, and what that says of it. */
  target: string
  part: Part
  settings: FaultSettings
  seconds: number
  /** Whether the part goes when the services of whoever injects do. */
  own?: boolean
  /** What the driver wants to find again when it ends it, such as the limit before. */
  before?: Record<string, string>
}

/** What one raw exchange with an address brought: how long until its first byte and its end, and how it ended. */
export interface Exchanged {
  /** Null when nothing came. */
  firstByteMs: number | null
  endMs: number
  bytes: number
  end: 'closed' | 'reset' | 'refused' | 'nothing'
}

/** What whoever looks at a target may use. */
export interface Observer {
  /** What an address answers; status 0 where nobody does. `date` is its clock as the answer's header says it, in Unix ms. */
  ask: (url: string) => Promise<{ status: number; text: string; date: number | null }>
  exchange: (address: string) => Promise<Exchanged>
  /** The pid of a keeper's service; null while it does not run. */
  pidOf: (service: string) => Promise<number | null>
  secret: (name: string) => string
}

/** What whoever injects and ends faults may use. */
export interface Actions {
  /**
   * A request with a JSON body. Rejects when nobody answers (NobodyListens where the connection is refused), or with another
   * status than 2xx and 404.
   */
  request: (
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    body?: unknown,
    token?: string,
  ) => Promise<{ status: number; json: unknown }>
  /** The keeper's services; null where there is no keeper, or after it died: then they are gone as well. */
  services: {
    kill: (name: string) => Promise<void>
    /** Starts it as it was; does nothing while it runs. Does not wait until it is well. */
    startAgain: (name: string) => Promise<void>
    pidOf: (name: string) => number | null
    /** Runs a program beside the services until it is stopped, in a control group if one is named. */
    start: (name: string, command: string, args: string[], cgroup?: string) => Promise<void>
    stop: (name: string) => Promise<void>
  } | null
  secret: (name: string) => string
}

/** The control address of whoever holds a fault refuses connections: the program is gone, and with it all that it held. */
export class NobodyListens extends Error {
  override readonly name = 'NobodyListens'
}

/** How secrets are looked up, of those that are known by these names. */
export const secretsOf =
  (values: Record<string, string | undefined>) =>
  (name: string): string => {
    const value = values[name]
    if (value === undefined) throw new Error(`the variable ${name} is not set`)
    return value
  }

/** One look at what a fault is to change, in the driver's own terms. */
export interface Probe<Reading> {
  /** What is looked at, for people: "round trip through the link". */
  what: string
  look: () => Promise<Reading>
  text: (reading: Reading) => string
  /**
   * Why the part is not as it has to be before the fault, in words that name the field of the target file; null where it is.
   * Such a part is left alone: of one that is broken, absent, or somewhere else nothing could be shown, and what it does
   * afterwards would be no failure of the system's. What only load brings about, such as a session, is missed only `underLoad`.
   */
  unwell: (reading: Reading, underLoad: boolean) => string | null
  /**
   * How many looks in a row have to show that it bites, where that is not the usual number: 1 for what nothing but the
   * fault can bring about, such as the end of a process, and for a look that is several already.
   */
  biteLooks?: number
  /** A reading is about the time since the look before it. */
  isSinceLast?: boolean
  bites: (before: Reading, now: Reading) => boolean
  /** Whether the fault still has an effect just before its end; left out: the same test as `bites`. Null: this check is skipped, because nothing can undo the fault early. */
  lasts?: ((before: Reading, now: Reading) => boolean) | null
  heals: (before: Reading, now: Reading) => boolean
}

/** One driver. Every function rejects, with what to do about it, when it could not do its work. */
// Each driver has its own kind of part and of reading; whoever holds several only passes them on.
// oxlint-disable-next-line typescript/no-explicit-any
export interface Driver<Part = any, Reading = any> {
  /** Which parts of a target it is for. */
  on: PartKind
  /** What it can do, by the name in a fault's setting `kind`, and what each needs of the machine. */
  kinds: Record<string, readonly Capability[]>
  /** What a testbed's part needs so that this kind can be done to it; null, or left out: nothing. */
  isolation?: (kind: string) => IsolationKind | null
  /** Another way, which needs nothing of the machine, to do the same to parts that are made for it. */
  otherwise?: { what: string; isolation?: IsolationKind; for: (part: Part) => boolean }
  /** @throws Error that says why it cannot do this to this part of the target. */
  check: (spec: FaultSpec<Part>) => void
  /** What has to be put back later, read before the fault is journalled. Rejects where it must not be done now; nothing is, then. */
  remember?: (spec: FaultSpec<Part>, actions: Actions) => Promise<Record<string, string>>
  inject: (spec: FaultSpec<Part>, actions: Actions) => Promise<void>
  /** Ends it, from the data alone: by any process, and as often as anybody likes. */
  clear: (spec: FaultSpec<Part>, actions: Actions) => Promise<void>
  /** How its effect is seen, by other means than those that make it. */
  probe: (spec: FaultSpec<Part>, observer: Observer) => Probe<Reading>
  /** What is left of it, in words; empty when nothing is. */
  residue: (spec: FaultSpec<Part>, actions: Actions) => Promise<string[]>
}

/**
 * A name by which what a fault makes is known, and by no other fault of any run. It goes into `before`, so that whoever ends
 * the fault removes only what is its own.
 */
export const ownName = (): string =>
  `assay-${Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0')}`

/** Why a part is not disturbed that is disturbed already: the end of one fault would end the other. */
export const disturbedAlready = (what: string): Error =>
  new Error(
    `${what} already, by another run or by one that died: wait for its end, or let make doctor end it`,
  )

/** What is wrong with an answer of a health address, which the field names; null where it is the 200 that was expected. */
export const wrongAnswer = (field: string, address: string, status: number): string | null =>
  status === 200
    ? null
    : `${field} (${address}) ${status === 0 ? 'does not answer' : `answers ${status}, and 200 was expected`}`

/** The number that a fault has under this name. @throws Error when it has none, or no number. */
export function amount({ id, settings }: FaultSpec, name: string): number {
  const value = settings[name]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new Error(`the fault "${id}" needs the number ${name}, and has ${JSON.stringify(value) ?? 'nothing'}`)
}

/** The kind of a fault, one of those that its driver knows. @throws Error that lists them. */
export function kindOf<Kind extends string>({ id, settings }: FaultSpec, kinds: Record<Kind, unknown>): Kind {
  const kind = settings['kind']
  if (typeof kind === 'string' && Object.hasOwn(kinds, kind)) return kind as Kind
  throw new Error(
    `the fault "${id}" is of the unknown kind "${kind}"; valid: ${Object.keys(kinds).join(', ')}`,
  )
}
