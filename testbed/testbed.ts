// What a reference system brings, so that it can be started, and so that it can be shown what breaks it. Its folder has a
// testbed.ts that exports one as `testbed`.
import type { Parts } from '../faults/parts.ts'
import type { IsolationSpec } from '../keeper/requests.ts'
import type { ServiceSpec } from '../keeper/service.ts'
import type { DisturbedPart, Means } from './service/isolation.ts'

export interface TestbedDefinition {
  /** What it starts, for people: "a store and a front". */
  about(options: Pick<TestbedOptions, 'history'>): string
  /** Prepares files, ports and tokens. Starts nothing. @throws Error for an unknown defect, or what is not there or in use */
  prepare(options: TestbedOptions): Promise<PreparedTestbed>
  /** By name. */
  defects: Readonly<Record<string, PlantedDefect>>
  /** The schema that it makes in a database of somebody's own; null where it uses none. */
  schema: string | null
  /** Programs that it runs besides Node, and k6's and the keeper's. */
  programs(): string[]
  /** Folders outside of `stateDir` that it will make there, so that they can be removed whatever happens. */
  foldersOutside(stateDir: string): string[]
  /** Cases in the middle of whose faults `prove` kills the runner, k6 and the keeper. */
  deathCases: string[]
}

export interface TestbedFolders {
  /** The programs of all testbeds, as the build made them: testbed/<system>/programs/<name>.ts is <system>/programs/<name>.js. */
  programsDir: string
  /** Its own folder below testbed/, with what is no module, such as migrations. Only to be read. */
  sourceDir: string
}

export interface TestbedOptions extends TestbedFolders {
  /** An empty folder of this run's; everything that the testbed writes lies below it. */
  stateDir: string
  /** Names of planted defects to switch on. */
  defects: string[]
  /** Port of the one address; a free one when left out. */
  port?: number
  /** A Postgres to use instead of the embedded one. A schema that an earlier testbed made in it is removed. */
  databaseUrl?: string
  /** With everything that a case needs which keeps a history. */
  history?: boolean
  /** The variables of the system that were given, by name; none when left out. */
  settings?: Readonly<Record<string, string>>
  /** Repeats the random choices of planted defects. */
  seed?: number
  /** What is going to be disturbed: it is started so that it can be. */
  disturbed?: DisturbedPart[]
  /** What faults can be made with; nothing when left out. */
  means?: Means
}

export interface PreparedTestbed {
  /** In start order. */
  services: ServiceSpec[]
  /** What targets/testbed.json holds; pids are added by whoever starts the services. */
  target: TestbedTarget
  /** Environment variables that the target's credentials name. */
  secrets: Record<string, string>
  /** Folders that dispose removes, so that whoever outlives the caller can do it instead. */
  folders: string[]
  dispose(): Promise<void>
  /** What faults need, by the names that the target's parts hold. Not for k6. */
  faultSecrets: Record<string, string>
  /** To be made before any service starts. */
  isolations: IsolationSpec[]
  /** To be done as soon as the service of that name is ready. */
  whenReady: Record<string, () => Promise<void>>
}

export interface TestbedTarget extends Parts {
  name: 'testbed'
  system: string
  baseUrl: string
  /** A testbed is there for one run. */
  alone: true
  credentials: Record<string, string>
  endpoints: Record<string, string>
  /** `cores`: how many processors it may use; all of the machine when left out. */
  services: { name: string; pid?: number; health: string; cores?: number }[]
}

/** A bug that can be planted: what `prove` has to know of it. Each system adds what its own bugs may do. */
export interface PlantedDefect {
  /** The criterion that must catch it, or several that each must; without the system's name. */
  criterion: string | string[]
  /** The case whose load shows it, where it is neither the baseline nor the shortest that judges the criterion. */
  under?: string
  /** What the criterion is to say of it, where that is not FAIL. */
  caughtAs?: 'UNDECIDED'
  /** The law that must name it; of a criterion with several laws. */
  law?: string
  /** What it does to the layer that injects faults. */
  faultLayer?: FaultLayerDefect
}

/** What a planted defect may do to the injection of faults. */
export interface FaultLayerDefect {
  /** A fault is said to be injected, and is not. */
  doesNothing?: boolean
  /** Another part of the same kind is hit. */
  hitsAnother?: boolean
  /** The end of a fault comes so many ms late; Infinity: never. */
  clearsLateMs?: number
}

/** @throws Error that lists the valid names when one of the names is not a defect's */
export function defectsNamed<Defect>(defects: Readonly<Record<string, Defect>>, names: string[]): Defect[] {
  return names.map((name) => {
    const defect = Object.hasOwn(defects, name) ? defects[name] : undefined
    if (defect !== undefined) return defect
    throw new Error(
      `No defect is called ${JSON.stringify(name)}. Valid names: ${Object.keys(defects).join(', ')}.`,
    )
  })
}
