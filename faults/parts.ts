// What a target file says that faults may be done to. Nothing that it does not name is ever touched.
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { checkName } from '../verdict/names.ts'

const closed = { additionalProperties: false }
const Url = Type.String({ pattern: '^[a-z]+://' })
/** The name of a variable that holds a secret, never the secret. */
const VariableName = Type.String({ pattern: '^[A-Z][A-Z0-9_]*$' })
const AbsolutePath = Type.String({ pattern: '^/' })

/** A connection that goes through a proxy of Toxiproxy's. */
export const Link = Type.Object(
  {
    /** Toxiproxy's control address, and the proxy's name there. */
    control: Url,
    proxy: Type.String({ minLength: 1 }),
    /**
     * The same thing asked through the proxy and around it: an http:// address is asked for its answer, a
     * postgres://host:port for whether it speaks TLS.
     */
    through: Url,
    around: Url,
    /** It is between parts of the target, and no request of the load goes through it. */
    internal: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type Link = Static<typeof Link>

/** A process of the target on this machine. */
export const ProcessPart = Type.Object(
  {
    /** The keeper's name of it, where the keeper started it and so can start it again; else the file that holds its pid. */
    service: Type.Optional(Type.String()),
    pidFile: Type.Optional(AbsolutePath),
    /** A text that its command line holds; without one it is known by listening on the port of `health`. */
    command: Type.Optional(Type.String({ minLength: 1 })),
    /** Answers 200 while it is well. */
    health: Url,
    /** The control group that it is alone in, below each mounted hierarchy. */
    cgroup: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9/.-]*$' })),
    /** The file that libfaketime reads its clock's offset from. */
    clock: Type.Optional(AbsolutePath),
    /** The network namespace that it is alone in. */
    network: Type.Optional(Type.String({ pattern: '^assay-[a-z0-9-]+$' })),
    /** The control address of the testbed's lossy proxy, where all routes to and from it lead through one. */
    segments: Type.Optional(Url),
    /** The folder of a small file system of its own. */
    disk: Type.Optional(AbsolutePath),
  },
  closed,
)
export type ProcessPart = Static<typeof ProcessPart>

/** A database of the target. */
export const DatabasePart = Type.Object(
  {
    /** The variable that holds its address. */
    url: VariableName,
    /** What the application_name of those sessions begins with that a fault may end. */
    sessions: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
  },
  closed,
)
export type DatabasePart = Static<typeof DatabasePart>

/** A chain whose weather can be made, and the variable that holds the token for it. */
export const ChainPart = Type.Object({ control: Url, token: VariableName }, closed)
export type ChainPart = Static<typeof ChainPart>

/** Pods of a Kubernetes cluster: those with the labels, or those behind the service. */
export const Selector = Type.Object(
  {
    namespace: Type.String({ minLength: 1 }),
    labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    service: Type.Optional(Type.String({ minLength: 1 })),
    /** The port that they declare, which faults in their requests need. */
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    /** Paths, or services of gRPC, that faults in requests leave alone, comma-separated: those of the pods' own probes. */
    exclude: Type.Optional(Type.String()),
    /** False: these pods have networks of their own. */
    hostNetwork: Type.Optional(Type.Boolean()),
    /**
     * Answers 200 while they serve; none of the excluded paths. grpc://host:port is asked for its health by gRPC, and has to
     * serve reflection.
     */
    health: Url,
  },
  closed,
)
export type Selector = Static<typeof Selector>

/** Names of the variables that a part says hold its secrets. No other text of a part is the name of one. */
export const secretsNamedBy = (part: object): string[] =>
  Object.entries(part).flatMap(([field, name]) =>
    field === 'url' || field === 'token' ? [String(name)] : [],
  )

const named = <Part extends ReturnType<typeof Type.Object>>(part: Part) =>
  Type.Optional(Type.Record(Type.String(), part))

const Parts = Type.Object({
  links: named(Link),
  processes: named(ProcessPart),
  databases: named(DatabasePart),
  chains: named(ChainPart),
  selectors: named(Selector),
})
export type Parts = {
  links: Record<string, Link>
  processes: Record<string, ProcessPart>
  databases: Record<string, DatabasePart>
  chains: Record<string, ChainPart>
  selectors: Record<string, Selector>
}
export type PartKind = keyof Parts

/** The parts that a target names. @throws Error that names the field, or the part's name, which is wrong. */
export function partsOf(target: object): Parts {
  if (!Value.Check(Parts, target)) {
    const [first] = [...Value.Errors(Parts, target)]
    const why = first?.message === 'schema is false' ? 'is not known' : first?.message
    throw new Error(`${first?.instancePath ?? ''} ${why ?? 'is not as expected'}`)
  }
  const { links = {}, processes = {}, databases = {}, chains = {}, selectors = {} } = target as Partial<Parts>
  const parts = { links, processes, databases, chains, selectors }
  for (const [kind, named] of Object.entries(parts))
    for (const name of Object.keys(named)) checkName(`part among the ${kind}`, name)
  return parts
}
