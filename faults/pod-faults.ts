// What a fault becomes where its part of the target is pods: the same thing, done by what works in pods.
import { amount, wrongAnswer, type FaultSpec } from './fault.ts'
import type { Selector } from './parts.ts'

export type PodFault =
  | { kind: 'kill'; count: number | string }
  | {
      kind: 'http' | 'grpc'
      delayMs?: number
      jitterMs?: number
      errorShare?: number
      errorCode?: number
    }
  | { kind: 'drop' }

/** Those that put an agent into the pod, which does one thing at a time. */
export const needsAgent = ({ kind }: PodFault): boolean => kind !== 'kill'

/** @throws Error for what cannot be done to pods, or not to these. */
export function podFaultOf(spec: FaultSpec<Selector>): PodFault {
  const { id, driver, settings, part, seconds } = spec
  const { kind } = settings
  const fault = translated(spec)
  if (fault === null) throw new Error(`the fault "${id}" (${driver} ${kind}) cannot be done to pods`)
  if (needsAgent(fault) && seconds < 1) throw new Error(`the fault "${id}" is shorter than a second`)
  if (fault.kind === 'http' || fault.kind === 'grpc') checkRequests(fault, spec)
  if (fault.kind === 'grpc' && part.service !== undefined)
    throw new Error('gRPC faults go to pods chosen by labels: a service would have to have their very port')
  // Nothing stops the extension from cutting off a whole node.
  if (fault.kind === 'drop' && part.hostNetwork !== false)
    throw new Error(
      `the target file does not say "hostNetwork": false of ${spec.target}: in pods on the host's network packets of the whole node would be dropped`,
    )
  return fault
}

/** What its agent would refuse only once it is in the pod, where it then stays. */
function checkRequests(
  { kind, delayMs = 0, jitterMs = 0, errorShare = 0 }: Extract<PodFault, { kind: 'http' | 'grpc' }>,
  { id, target, part }: FaultSpec<Selector>,
): void {
  if (part.port === undefined)
    throw new Error(`the target file names no port of ${target}, one that its pods declare`)
  if (delayMs <= 0 && errorShare <= 0) throw new Error(`the fault "${id}" neither delays nor fails requests`)
  if (jitterMs > delayMs)
    throw new Error(`the fault "${id}" has more jitterMs (${jitterMs}) than delayMs (${delayMs})`)
  if (errorShare < 0 || errorShare > 1)
    throw new Error(`the fault "${id}" has the errorShare ${errorShare}; it goes from 0 to 1`)
  if ((kind === 'grpc') !== part.health.startsWith('grpc:'))
    throw new Error(
      `the fault "${id}" is done to ${kind} requests, which the health of ${target} in the target file (${part.health}) is none of`,
    )
}

function translated(spec: FaultSpec<Selector>): PodFault | null {
  const { driver, settings } = spec
  const optional = (name: string): number | undefined =>
    settings[name] === undefined ? undefined : amount(spec, name)
  switch (`${driver} ${settings['kind']}`) {
    case 'process kill':
      return { kind: 'kill', count: settings['count'] ?? '100%' }
    case 'toxiproxy latency':
      return { kind: 'http', delayMs: amount(spec, 'latencyMs'), jitterMs: amount(spec, 'jitterMs') }
    case 'toxiproxy partition':
    case 'pods drop':
      return { kind: 'drop' }
    case 'pods http':
    case 'pods grpc': {
      const numbers = {
        delayMs: optional('delayMs'),
        jitterMs: optional('jitterMs'),
        errorShare: optional('errorShare'),
        errorCode: optional('errorCode'),
      }
      const given = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined))
      return { kind: settings['kind'] as 'http' | 'grpc', ...given }
    }
    default:
      return null
  }
}

/** What was seen of pods. */
export interface PodReading {
  names: string[]
  status: number
  ms: number
}

/** Why nothing may be done to pods of which this was seen; null where they are well. */
export const unwellPods = (
  target: string,
  { health }: Selector,
  { names, status }: PodReading,
): string | null =>
  names.length === 0
    ? `there is no pod that selectors.${target} names`
    : wrongAnswer(`selectors.${target}.health`, health, status)

const noticedMs = 15
const delayShare = 0.3

/** Whether the second look shows the fault, after the first one. */
export function bitesPods(fault: PodFault, before: PodReading, now: PodReading): boolean {
  switch (fault.kind) {
    case 'kill':
      return before.names.some((name) => !now.names.includes(name))
    case 'drop':
      return before.status === 200 && now.status === 0
    case 'http':
    case 'grpc': {
      if (fault.delayMs !== undefined && now.status !== 0) {
        const least = Math.max(noticedMs, delayShare * (fault.delayMs - (fault.jitterMs ?? 0)))
        if (now.ms - before.ms >= least) return true
      }
      return fault.errorShare !== undefined && before.status === 200 && now.status !== 200
    }
  }
}

/** Whether all is as it was: as many pods as before, and their answers as good and as quick. */
export const healsPods = (fault: PodFault, before: PodReading, now: PodReading): boolean =>
  now.status === 200 &&
  now.names.length >= before.names.length &&
  (fault.kind === 'kill' || !bitesPods(fault, before, now))

export const podsText = ({ names, status, ms }: PodReading): string =>
  `${names.length === 0 ? 'no pod' : names.join(' ')}, ${status === 0 ? 'no answer' : `${status} in ${Math.round(ms)} ms`}`
