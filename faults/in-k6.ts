// Faults that k6 injects itself, where no keeper does it: those on links, whose proxy's control address is plain HTTP. Nobody
// ends them when k6 is killed; with ./assay run the keeper would.
import { sleep } from 'k6'
import http from 'k6/http'
import type { PlannedFault } from '../lib/plan.ts'
import type { FaultVerdict } from '../verdict/verdict.ts'
import type { Driver, Exchanged, Eyes, FaultSpec, Hands } from './fault.ts'
import { live, unproven, usualPatience } from './life-cycle.ts'
import { toxiproxy } from './toxiproxy.ts'

const drivers: Record<string, Driver> = { toxiproxy }

const answerSeconds = 3
const tags = { name: 'fault', step: 'fault' }
/** Whether it succeeds says nothing about the target; k6 takes null for that, its types do not. */
const unjudged = null as never
/** k6's numbers for a request that was given up, and for a connection that was refused. */
const [timedOut, refused] = [1050, 1212]

function exchange(address: string): Exchanged {
  if (!address.startsWith('http'))
    throw new Error(`k6 can look at http addresses only, and this is ${address}; use ./assay run`)
  const {
    status,
    error_code: code,
    timings,
    body,
  } = http.get(address, {
    tags,
    timeout: answerSeconds * 1000,
    headers: { Connection: 'close' },
    responseCallback: unjudged,
  })
  const bytes = typeof body === 'string' ? body.length : 0
  const beginMs = timings.blocked + timings.sending + timings.waiting
  const endMs = beginMs + timings.receiving
  if (status !== 0) return { firstByteMs: beginMs, endMs, bytes, end: 'closed' }
  const end = code === timedOut ? 'nothing' : code === refused ? 'refused' : 'reset'
  return { firstByteMs: null, endMs, bytes, end }
}

const absent = (what: string) => (): never => {
  throw new Error(`k6 has no ${what}; use ./assay run`)
}

const eyes: Eyes = {
  ask: absent('eyes for that'),
  exchange: async (address) => exchange(address),
  pidOf: absent('processes'),
  secret: absent('secrets'),
}

const hands: Hands = {
  request: async (method, url, body) => {
    const text = body === undefined ? null : JSON.stringify(body)
    const response = http.request(method, url, text, { tags, responseCallback: unjudged })
    if (response.status === 0) throw new Error(`${url} does not answer`)
    if (response.status >= 300 && response.status !== 404)
      throw new Error(`${method} ${url} answered ${response.status}`)
    return { status: response.status, json: response.body ? response.json() : null }
  },
  services: null,
  secret: absent('secrets'),
}

/** Lives the whole life of one fault, in a virtual user of its own. */
export async function disturb(
  fault: PlannedFault,
  links: Record<string, object>,
  say: (line: string) => void,
): Promise<FaultVerdict> {
  const part = links[fault.target]
  const spec: FaultSpec = { ...fault, part: part ?? {} }
  const verdict = unproven(spec)
  const driver = drivers[fault.driver]
  if (driver === undefined || part === undefined) {
    const why =
      driver === undefined
        ? `k6 cannot inject faults by ${fault.driver}; use ./assay run`
        : `the target file names no link "${fault.target}"`
    verdict.problem = why
    say(`fault: ${fault.id} is not injected: ${why}`)
    return verdict
  }
  await live(spec, verdict, {
    driver,
    injector: {
      inject: (own) => driver.inject(own, hands),
      clear: (own) => driver.clear(own, hands),
      residue: (own) => driver.residue(own, hands),
    },
    eyes,
    patience: usualPatience,
    hold: async (ms) => sleep(ms / 1000),
    pause: async (ms) => sleep(ms / 1000),
    say,
  })
  return verdict
}
