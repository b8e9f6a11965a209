// Faults that k6 injects itself, where no keeper does it: those on links, whose proxy's control address is plain HTTP. Nobody
// ends them when k6 is killed; with ./assay run the keeper would.
import type { PlannedFault } from '../lib/plan/plan.ts'
import type { FaultVerdict } from '../verdict/verdict.ts'
import { injectInPods, podsOf } from './disruptor.ts'
import type { Driver, Exchanged, Observer, FaultSpec, Actions, Probe } from './fault.ts'
import { grpcHealth, grpcScheme } from './grpc-health.ts'
import { live, lookBefore, ownInjector, unproven, usualPatience, type Patience } from './life-cycle.ts'
import { unusedLink } from './link-use.ts'
import type { Link, Selector } from './parts.ts'
import {
  bitesPods,
  healsPods,
  needsAgent,
  podFaultOf,
  podsText,
  unwellPods,
  type PodFault,
  type PodReading,
} from './pod-faults.ts'
import toxiproxy from './drivers/toxiproxy.ts'

const drivers: Record<string, Driver> = { toxiproxy }

/** k6's own modules, handed in: an import would give every virtual user a second copy of them. */
interface K6 {
  http: typeof import('k6/http').default
  sleep: (seconds: number) => void
}
let k6: K6

const answerSeconds = 3
/**
 * Of every request. A redirect could lead to a host that nobody confirmed. Whether it succeeds says nothing about the target;
 * k6 takes null for that, its types do not.
 */
const usual = {
  tags: { name: 'fault', step: 'fault' },
  redirects: 0,
  responseCallback: null as never,
}
/** k6's numbers for a request that was given up, and for a connection that was refused. */
const [timedOut, wasRefused] = [1050, 1212]

function exchange(address: string): Exchanged {
  if (!address.startsWith('http'))
    throw new Error(`k6 can look at http addresses only, and this is ${address}; use ./assay run`)
  const {
    status,
    error_code: code,
    timings,
    body,
  } = k6.http.get(address, {
    ...usual,
    timeout: answerSeconds * 1000,
    headers: { Connection: 'close' },
  })
  const bytes = typeof body === 'string' ? body.length : 0
  const beginMs = timings.blocked + timings.sending + timings.waiting
  const endMs = beginMs + timings.receiving
  if (status !== 0) return { firstByteMs: beginMs, endMs, bytes, end: 'closed' }
  const end = code === timedOut ? 'nothing' : code === wasRefused ? 'refused' : 'reset'
  return { firstByteMs: null, endMs, bytes, end }
}

const absent = (what: string) => (): never => {
  throw new Error(`k6 has no ${what}; use ./assay run`)
}

const observer: Observer = {
  ask: absent('health checks of services'),
  exchange: async (address) => exchange(address),
  pidOf: absent('processes'),
  secret: absent('secrets'),
}

const actions: Actions = {
  request: async (method, url, body) => {
    const text = body === undefined ? null : JSON.stringify(body)
    const response = k6.http.request(method, url, text, usual)
    if (response.status === 0) throw new Error(`${url} does not answer`)
    if (response.status >= 300 && response.status !== 404)
      throw new Error(`${method} ${url} answered ${response.status}`)
    return { status: response.status, json: response.body ? response.json() : null }
  },
  services: null,
  secret: absent('secrets'),
}

interface Around {
  k6: K6
  faults: PlannedFault[]
  target: {
    baseUrl: string
    endpoints: Record<string, string>
    links: Record<string, object>
    selectors: Record<string, object>
  }
  role: number
  dueIn: () => number
  say: (line: string) => void
}

const pause = async (ms: number): Promise<void> => k6.sleep(Math.max(0, ms) / 1000)

/** Lives the whole life of one fault, in a virtual user of its own, or of two. */
export function disturb(fault: PlannedFault, around: Around): Promise<FaultVerdict | null> {
  k6 = around.k6
  const selector = around.target.selectors[fault.target]
  if (selector !== undefined) return disturbPods({ ...fault, part: selector as Selector }, around)
  return disturbLink(fault, around)
}

async function disturbLink(fault: PlannedFault, { target, dueIn, say }: Around): Promise<FaultVerdict> {
  const part = target.links[fault.target]
  const spec: FaultSpec = { ...fault, part: part ?? {} }
  const driver = drivers[fault.driver]
  if (driver === undefined)
    return refused(spec, `k6 cannot inject faults by ${fault.driver}; use ./assay run`, say)
  if (part === undefined) return refused(spec, `the target file names no link "${fault.target}"`, say)
  const unused = unusedLink(fault.target, part as Link, target)
  if (unused !== null) return refused(spec, unused, say)
  await pause(dueIn() * 1000)
  const verdict = unproven(spec)
  await live(spec, verdict, {
    driver,
    injector: ownInjector(driver, actions),
    observer,
    patience: usualPatience,
    hold: pause,
    pause,
    say,
  })
  return verdict
}

function refused(spec: FaultSpec, why: string, say: Around['say']): FaultVerdict {
  say(`fault: ${spec.id} is not injected: ${why}`)
  return { ...unproven(spec), problem: why }
}

/** An agent has to be started in each pod, and pods that were ended have to come back. */
const [agentMs, podsMs] = [10_000, 45_000]
const podPatience = (fault: PodFault, seconds: number): Patience => ({
  wellMs: 2_000,
  // The keeper ends the agent when the fault's time is over, however late it was started.
  ...(needsAgent(fault)
    ? { biteMs: seconds * 1000 + agentMs, shownWithinMs: (seconds * 1000) / 2 }
    : { biteMs: podsMs }),
  lastMs: 0,
  healMs: 90_000,
  everyMs: 500,
})

async function disturbPods(
  spec: FaultSpec<Selector> & PlannedFault,
  around: Around,
): Promise<FaultVerdict | null> {
  const { role, dueIn, say, faults } = around
  let fault: PodFault
  try {
    fault = podFaultOf(spec)
  } catch (error) {
    return role === 0 ? refused(spec, (error as Error).message, say) : null
  }
  const other = needsAgent(fault)
    ? faults.find((one, index) => takesThePods({ one, index }, spec, around))
    : undefined
  if (other !== undefined) {
    const why = `pods take one such fault at a time, and "${other.id}" is not over by then`
    return role === 0 ? refused(spec, why, say) : null
  }
  if (role !== 0) {
    // Whoever looks may find that they are not well, and this one alone can leave them alone.
    const patience = podPatience(fault, spec.seconds)
    const { problem } = await lookBefore(podProbe(spec, fault), patience, pause, true)
    if (problem !== null) return refused(spec, problem, say)
    await pause(dueIn() * 1000)
    try {
      injectInPods(spec)
      return null
    } catch (error) {
      // Whoever looks sees it as well, as no effect; why there is none only this one knows.
      return refused(spec, String(error), say)
    }
  }
  const verdict = unproven(spec)
  await live(spec, verdict, {
    driver: { on: 'selectors', kinds: {}, probe: () => podProbe(spec, fault) } as unknown as Driver,
    injector: { inject: () => pause(dueIn() * 1000), clear: async () => {}, residue: async () => [] },
    observer,
    patience: podPatience(fault, spec.seconds),
    hold: pause,
    pause,
    say,
  })
  return verdict
}

/** Whether another fault of the plan has its agent in one of the same pods when this one begins; of two at once the first has. */
function takesThePods(
  { one, index }: { one: PlannedFault; index: number },
  { id, start, part: own }: FaultSpec<Selector> & PlannedFault,
  { faults, target: { selectors } }: Around,
): boolean {
  const part = selectors[one.target] as Selector | undefined
  const isBefore =
    one.start < start || (one.start === start && index < faults.findIndex((fault) => fault.id === id))
  if (one.id === id || part === undefined || !isBefore || one.start + one.seconds <= start) return false
  try {
    if (!needsAgent(podFaultOf({ ...one, part }))) return false
  } catch {
    return false
  }
  const taken = podsOf(part)
  return podsOf(own).some((name) => taken.includes(name))
}

/** One answer may be slow by chance, so each look asks for several. More looks of slow answers would take too much of a fault. */
const answersPerLook = 3
const podLooks = 2

interface Health {
  status: number
  ms: number
}

/** The answer that took the median time, or the first one that was not well. */
function typical(ask: () => Health): Health {
  const answers: Health[] = []
  while (answers.length < answersPerLook) {
    const answer = ask()
    if (answer.status !== 200) return answer
    answers.push(answer)
  }
  return answers.sort((a, b) => a.ms - b.ms)[Math.floor(answersPerLook / 2)]!
}

function httpHealth(url: string): Health {
  const { status, timings } = k6.http.get(url, {
    ...usual,
    timeout: answerSeconds * 1000,
    headers: { Connection: 'close' },
  })
  return { status, ms: timings.duration }
}

const podProbe = ({ part, target }: FaultSpec<Selector>, fault: PodFault): Probe<PodReading> => ({
  what: 'the pods there are, and the answer of one',
  look: async () => {
    const names = podsOf(part)
    const health = part.health.startsWith(grpcScheme) ? grpcHealth : httpHealth
    return { names, ...typical(() => health(part.health)) }
  },
  text: podsText,
  unwell: (reading) => unwellPods(target, part, reading),
  // That pods are others, or do not answer for seconds, is nobody's chance.
  biteLooks: fault.kind === 'kill' || fault.kind === 'drop' ? 1 : podLooks,
  bites: (before, now) => bitesPods(fault, before, now),
  // Whoever injects it hears of an end before its time.
  lasts: null,
  heals: (before, now) => healsPods(fault, before, now),
})
