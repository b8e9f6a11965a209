// Faults in pods, by xk6-disruptor: https://github.com/grafana/xk6-disruptor. The only file that names it, and it asks for
// it only where it is wanted, so that the same bundle runs on a k6 without it. Its calls last as long as the fault does, so
// one virtual user injects and another one looks.
import type { FaultSpec } from './fault.ts'
import type { Selector } from './parts.ts'
import { podFaultOf, type PodFault } from './pod-faults.ts'

interface RequestFault {
  port: number
  averageDelay?: string
  delayVariation?: string
  errorRate?: number
  exclude?: string
}
type HttpFault = RequestFault & { errorCode?: number }
type GrpcFault = RequestFault & { statusCode?: number }

interface Disruptor {
  targets: () => string[]
  injectHTTPFaults: (fault: HttpFault, duration: string) => void
  injectGrpcFaults: (fault: GrpcFault, duration: string) => void
  /** Not of a service. It drops all that comes in. */
  injectNetworkFaults?: (fault: { port?: number; protocol?: string }, duration: string) => void
  terminatePods: (fault: { count: number | string; timeout: string }) => void
}

interface Module {
  PodDisruptor: new (selector: object, options: object) => Disruptor
  ServiceDisruptor: new (service: string, namespace: string, options: object) => Disruptor
}

const isWanted = typeof __ENV !== 'undefined' && __ENV['DISRUPT'] === '1'
// k6 hands out modules only while a script is initialised, so this is asked for as soon as the file is evaluated.
const disruptor: Module | null = isWanted ? (require('k6/x/disruptor') as Module) : null

/** For its container to be started in each pod. */
const injectTimeout = '60s'
/** A pod gets its grace period before it is gone. */
const terminateTimeout = '60s'
/** What it says now and then of a network fault that did its work. */
const falseAlarm = 'context deadline exceeded'
/** What it says when its agent was told to end, as the keeper does when the fault's time is over: starting took some of it. */
const toldToEnd = 'received signal "terminated"'
const clocksApartMs = 1000

/** Durations are texts for it; a number is refused. */
const milliseconds = (ms: number): string => `${Math.round(ms)}ms`

/** Made in the code of a virtual user: one that was made before is dead there. */
function disruptorOf(part: Selector): Disruptor {
  if (disruptor === null) throw new Error('this needs a k6 with xk6-disruptor, such as bin/k6, and DISRUPT=1')
  const { namespace, labels, service } = part
  if (service !== undefined) return new disruptor.ServiceDisruptor(service, namespace, { injectTimeout })
  return new disruptor.PodDisruptor({ namespace, select: { labels: labels ?? {} } }, { injectTimeout })
}

/** Names of the pods that there are now. */
export function podsOf(part: Selector): string[] {
  try {
    return disruptorOf(part).targets()
  } catch (error) {
    // Between the end of the last one and the start of the next.
    if (/no pods found|no targets/i.test(String(error))) return []
    throw error
  }
}

/** Injects and blocks until the fault is over. @throws Error in the extension's words, with what to do. */
export function injectInPods(spec: FaultSpec<Selector>): void {
  const ends = Date.now() + spec.seconds * 1000 - clocksApartMs
  try {
    inject(spec)
  } catch (error) {
    if (Date.now() < ends || !String(error).includes(toldToEnd)) throw error
  }
}

function inject(spec: FaultSpec<Selector>): void {
  const fault = podFaultOf(spec)
  const duration = `${Math.round(spec.seconds)}s`
  const pods = disruptorOf(spec.part)
  switch (fault.kind) {
    case 'kill':
      return pods.terminatePods({ count: fault.count, timeout: terminateTimeout })
    case 'http': {
      const { errorShare, errorCode = internalError } = fault
      const code = errorShare === undefined ? {} : { errorCode }
      return pods.injectHTTPFaults({ ...requestFault(fault, spec.part), ...code }, duration)
    }
    case 'grpc': {
      const { errorShare, errorCode = unavailable } = fault
      const code = errorShare === undefined ? {} : { statusCode: errorCode }
      return pods.injectGrpcFaults({ ...requestFault(fault, spec.part), ...code }, duration)
    }
    case 'drop':
      return dropPackets(pods, spec, duration)
  }
}

/** What a request is answered where the fault does not say it: by HTTP's numbers, and by gRPC's. */
const [internalError, unavailable] = [500, 14]

function requestFault(
  { delayMs, jitterMs, errorShare }: Extract<PodFault, { kind: 'http' | 'grpc' }>,
  { port, exclude }: Selector,
): RequestFault {
  return {
    port: port ?? 80,
    ...(delayMs === undefined ? {} : { averageDelay: milliseconds(delayMs) }),
    ...(jitterMs === undefined ? {} : { delayVariation: milliseconds(jitterMs) }),
    ...(errorShare === undefined ? {} : { errorRate: errorShare }),
    ...(exclude === undefined ? {} : { exclude }),
  }
}

function dropPackets(pods: Disruptor, { part }: FaultSpec<Selector>, duration: string): void {
  if (pods.injectNetworkFaults === undefined)
    throw new Error('packets are dropped in pods chosen by labels, not in those behind a service')
  try {
    // With a port it wants to know the protocol, too.
    const { port } = part
    pods.injectNetworkFaults(port === undefined ? {} : { port, protocol: 'tcp' }, duration)
  } catch (error) {
    if (!String(error).includes(falseAlarm)) throw error
  }
}
