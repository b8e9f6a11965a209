// What the keeper's API takes. Anything else is refused by name.
import { Type, type Static } from 'typebox'

const Text = Type.String({ maxLength: 100_000, pattern: '^[^\\u0000]*$' })
/** Names become file names. */
const Name = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,60}$' })
const AbsolutePath = Type.String({ maxLength: 4096, pattern: '^/[^\\u0000]*$' })
const Milliseconds = Type.Integer({ minimum: 0, maximum: 3_600_000 })
const Pid = Type.Integer({ minimum: 1 })
const closed = { additionalProperties: false }

/** Names of ours alone, so that nothing of the machine's is taken for one. */
const GroupName = Type.String({ pattern: '^assay/[a-z0-9-]{1,60}/[a-z0-9-]{1,60}$' })
/** Its interface is named after it, and the system takes no longer names. */
const NetworkName = Type.String({ pattern: '^assay-[a-z0-9-]{1,13}$' })
const Address = Type.String({ pattern: '^10\\.213\\.\\d{1,3}\\.\\d{1,3}$' })

export const ServiceRequest = Type.Object(
  {
    name: Name,
    command: AbsolutePath,
    args: Type.Array(Text, { maxItems: 1000 }),
    env: Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), Text),
    secrets: Type.Optional(Type.Array(Text)),
    cwd: Type.Optional(AbsolutePath),
    uid: Type.Optional(Type.Integer({ minimum: 0 })),
    gid: Type.Optional(Type.Integer({ minimum: 0 })),
    niceness: Type.Optional(Type.Integer({ minimum: 0, maximum: 19 })),
    ready: Type.Optional(
      Type.Union([
        Type.Object({ url: Type.String({ pattern: '^https?://' }) }, closed),
        Type.Object(
          { host: Type.String({ minLength: 1 }), port: Type.Integer({ minimum: 1, maximum: 65_535 }) },
          closed,
        ),
      ]),
    ),
    readyTimeoutMs: Type.Optional(Milliseconds),
    stopSignal: Type.Optional(Type.Union([Type.Literal('SIGTERM'), Type.Literal('SIGINT')])),
    stopTimeoutMs: Type.Optional(Milliseconds),
    metricsUrl: Type.Optional(Type.String({ pattern: '^https?://' })),
    group: Type.Optional(GroupName),
    network: Type.Optional(NetworkName),
  },
  closed,
)

/** The closed list of signals that a service can be sent. */
const serviceSignals = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const
export type ServiceSignal = (typeof serviceSignals)[number]

export const SignalRequest = Type.Object({ signal: Type.Enum([...serviceSignals]) }, closed)
export const SampleRequest = Type.Object({ name: Name, pid: Pid }, closed)
export const FolderRequest = Type.Object({ path: AbsolutePath }, closed)
/** What isolates a service: see keeper/isolations.ts. */
export const IsolationSpec = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('group'),
      name: GroupName,
      cores: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1024 })),
      memoryBytes: Type.Optional(Type.Integer({ minimum: 1 })),
    },
    closed,
  ),
  Type.Object(
    { kind: Type.Literal('network'), name: NetworkName, outside: Address, inside: Address },
    closed,
  ),
  Type.Object(
    { kind: Type.Literal('disk'), folder: AbsolutePath, bytes: Type.Integer({ minimum: 1 }) },
    closed,
  ),
])
export type IsolationSpec = Static<typeof IsolationSpec>

/** A fault as data (faults/fault.ts); its driver says what its part and settings must hold. */
export const faultFields = {
  id: Type.String({ minLength: 1, maxLength: 200 }),
  driver: Name,
  target: Type.String({ minLength: 1, maxLength: 200 }),
  part: Type.Record(Type.String(), Type.Unknown()),
  settings: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
  seconds: Type.Number({ exclusiveMinimum: 0, maximum: 86_400 }),
  /** Whether the part is one of this keeper's own services, or theirs: then it is gone when they are. */
  own: Type.Boolean(),
}
export const FaultRequest = Type.Object(
  {
    ...faultFields,
    /** Values by the names that the part holds; kept in memory only. */
    secrets: Type.Record(Type.String(), Text),
  },
  closed,
)
export type FaultRequest = Static<typeof FaultRequest>
export const NamedFault = Type.Object({ id: faultFields.id }, closed)
export const NamedService = Type.Object({ name: Name }, closed)

/** What a keeper is started with: one JSON text in its environment, the token beside it. */
export const KeeperSettings = Type.Object(
  {
    id: Name,
    keepersRoot: AbsolutePath,
    runDir: AbsolutePath,
    allow: Type.Array(AbsolutePath),
    leaseMs: Type.Integer({ minimum: 500, maximum: 600_000 }),
    logLimitBytes: Type.Integer({ minimum: 1000 }),
  },
  closed,
)
export type KeeperSettings = Static<typeof KeeperSettings>

export const settingsVariable = 'ASSAY_KEEPER_SETTINGS'
export const tokenVariable = 'ASSAY_KEEPER_TOKEN'

/** What the keeper says on its standard output once it listens, and answers to `end`. */
export interface KeeperReady {
  port: number
  /** What it cleared of keepers that had died. */
  cleared: string[]
}
