// What services of a testbed are isolated by, where a case disturbs them or their limits are to hold always: a control group, a
// network, a clock of their own.
import { randomBytes, randomInt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { IsolationKind } from '../../faults/fault.ts'
import type { ProcessPart } from '../../faults/parts.ts'
import type { IsolationSpec } from '../../keeper/requests.ts'
import type { ServiceSpec } from '../../keeper/service.ts'
import { LossyLinks } from './lossy-links.ts'

/** A part that a plan's fault is done to, and what it needs for that; the rest of the fault is nobody's business here. */
export interface DisturbedPart {
  target: string
  isolation: IsolationKind
}

type Network = Extract<IsolationSpec, { kind: 'network' }>

/** What there is on this machine to disturb with. */
export interface Means {
  /** Toxiproxy's program, and the library that bends clocks. */
  toxiproxy: string | null
  libfaketime: string | null
  /** Whether control groups can be made, for limits that hold whether or not anything is disturbed. */
  groups: boolean
}
export const noMeans: Means = { toxiproxy: null, libfaketime: null, groups: false }

/** What a service has that is in a group because it is disturbed: a core as a small container gets, memory as much as it needs. */
const usualLimits: Limits = { cores: 1, memoryBytes: 1024 * 2 ** 20 }

/** Networks of four addresses that 10.213.0.0/16 has room for. Runs begin anywhere among them. */
const blocks = 2 ** 14

/** Limits that hold for a service whether or not anything is done to it. */
export interface Limits {
  cores: number
  memoryBytes: number
}

export class Isolation {
  readonly specs: IsolationSpec[] = []
  readonly parts: Record<string, ProcessPart> = {}
  readonly #disturbed: DisturbedPart[]
  readonly #stateDir: string
  readonly #means: Means
  readonly #limits: Record<string, Limits>
  readonly #networks = new Map<string, Network>()
  readonly #lossy = new Map<string, LossyLinks>()
  readonly #id = randomBytes(4).toString('hex')
  #nextBlock = randomInt(blocks)

  /** @param limits by service, of those that have limits in every run */
  constructor(
    disturbed: DisturbedPart[],
    stateDir: string,
    means: Means,
    limits: Record<string, Limits> = {},
  ) {
    this.#limits = limits
    this.#disturbed = disturbed
    this.#stateDir = stateDir
    this.#means = means
  }

  /** Names of parts that need this. */
  targetsOf(isolation: IsolationKind): Set<string> {
    const disturbed = this.#disturbed.filter((part) => part.isolation === isolation)
    return new Set(disturbed.map(({ target }) => target))
  }

  /** The two addresses of the network that this service is to be alone in; null where it needs none. */
  network(service: string): Network | null {
    if (!this.targetsOf('network').has(service)) return null
    const known = this.#networks.get(service)
    if (known !== undefined) return known
    const network = this.#nextNetwork()
    this.specs.push(network)
    this.#networks.set(service, network)
    return network
  }

  /** Its number tells it from the run's other networks, the random id from those of other runs. */
  #nextNetwork(): Network {
    const number = this.#networks.size
    const inUse = Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).map(({ address }) => address),
    )
    for (let tried = 0; tried < blocks; tried += 1) {
      const block = this.#nextBlock
      this.#nextBlock = (block + 1) % blocks
      const address = (last: number): string => `10.213.${block >> 6}.${4 * (block & 63) + last}`
      // Of a network of another run the machine has the outer end.
      if (inUse.includes(address(1))) continue
      const name = `assay-${this.#id}-${number.toString(36)}`
      return { kind: 'network', name, outside: address(1), inside: address(2) }
    }
    throw new Error('no addresses below 10.213.0.0/16 are left for a network: end the other runs')
  }

  /** The address to use for a route to or from this service: another one where its routes lead through a proxy. */
  async routeTo(service: string, address: string): Promise<string> {
    if (!this.targetsOf('lossy-links').has(service)) return address
    const links = this.#lossy.get(service) ?? (await LossyLinks.of(service))
    this.#lossy.set(service, links)
    return links.routeTo(address)
  }

  /** Those that lose packets on these routes; `program` is their main module. */
  proxies(program: string): ServiceSpec[] {
    return [...this.#lossy.values()].map((links) => links.proxy(program))
  }

  /** The service as it is started where somebody disturbs it, and its entry among the target's processes. */
  async prepared(spec: ServiceSpec, health: string): Promise<ServiceSpec> {
    const part: ProcessPart = { service: spec.name, health }
    this.parts[spec.name] = part
    let prepared = spec
    const group = this.#groupOf(spec.name)
    if (group !== null) {
      part.cgroup = group
      prepared = { ...prepared, group }
    }
    const network = this.network(spec.name)
    if (network !== null) {
      part.network = network.name
      prepared = { ...prepared, network: network.name, env: { ...prepared.env, HOST: '0.0.0.0' } }
    }
    const segments = this.#lossy.get(spec.name)?.control
    if (segments !== undefined) part.segments = segments
    const { libfaketime } = this.#means
    if (this.targetsOf('clock').has(spec.name) && libfaketime !== null) {
      part.clock = join(this.#stateDir, `${spec.name}.clock`)
      await writeFile(part.clock, '+0.0\n')
      prepared = { ...prepared, env: { ...prepared.env, ...fakedTime(libfaketime, part.clock) } }
    }
    return prepared
  }

  #groupOf(service: string): string | null {
    const limits = this.#limits[service]
    const areHeld = limits !== undefined && this.#means.groups
    if (!this.targetsOf('group').has(service) && !areHeld) return null
    const name = `assay/${this.#id}/${service}`
    this.specs.push({ kind: 'group', name, ...(limits ?? usualLimits) })
    return name
  }
}

/** Its calendar alone: timers go on, because no machine's monotonic clock ever jumps. */
const fakedTime = (libfaketime: string, file: string): Record<string, string> => ({
  LD_PRELOAD: libfaketime,
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_CACHE_DURATION: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  DONT_FAKE_MONOTONIC: '1',
})
