// Requests by the path of every actor, and some by measure(), to a server that breaks connections.
import { sleep } from 'k6'
import http from 'k6/http'
import { criteria, errors, percent } from '../../dist/assay.js'
import { makeWorld } from '../../lib/drive/world.ts'
import { bareRun } from '../../scripts/bench/bare-run.ts'
import { fateOf, idleSeconds } from './fates.ts'

const actors = Number(__ENV.ACTORS)
const scripts = Number(__ENV.SCRIPTS)
const requests = Number(__ENV.REQUESTS)
const base = __ENV.BASE_URL

const { measure, thresholds } = criteria({
  measured: ['Errors < 1 %', errors({ under: percent(1), of: 'measured' })],
})
export const options = {
  scenarios: {
    all: { executor: 'per-vu-iterations', vus: actors + scripts, iterations: 1, maxDuration: '40s' },
  },
  thresholds,
}

const steps = ['read', 'keyed', 'plain']
const failedOnly = [['bad', 0, null]]
const data = bareRun(
  {
    // The test knows the ids of these requests by it.
    run: 'r',
    rest: { name: 'whole', kind: 'normal' },
    checks: { normal: Object.fromEntries(steps.map((step) => [step, failedOnly])) },
    record: true,
  },
  { baseUrl: base },
)

const exchangeOf = (step, key) => ({
  method: step === 'read' ? 'GET' : 'POST',
  path: `/${step}`,
  headers: step === 'keyed' ? { 'Idempotency-Key': key } : {},
  ...(step === 'read' ? {} : { body: { key } }),
  expect: [200],
  read: (json) => json?.done ?? null,
})

/** As every actor sends. */
function act() {
  const world = makeWorld(data, null, __VU, 'actor')
  for (let n = 1; n <= requests; n++) {
    const { correlationId } = world.send(
      steps[n % steps.length],
      exchangeOf(steps[n % steps.length], `${__VU}-${n}`),
    )
    if (fateOf(correlationId) === 'idle') sleep(idleSeconds)
  }
}

/** As somebody's own script sends. */
function script() {
  for (let n = 1; n <= requests; n++) {
    const id = `measured-${__VU}-${n}`
    measure('measured', () => http.get(`${base}/read`, { headers: { 'X-Correlation-ID': id } }))
    if (fateOf(id) === 'idle') sleep(idleSeconds)
  }
}

export default function () {
  if (__VU <= actors) act()
  else script()
}

export function handleSummary({ metrics }) {
  const counted = ({ values } = { values: {} }) => values.count ?? values.passes ?? 0
  return {
    [__ENV.FIGURES]: JSON.stringify({
      requests: counted(metrics.http_reqs),
      failedInK6: counted(metrics.http_req_failed),
      repeats: counted(metrics.assay_repeats),
      measuredBad: counted(metrics['assay_bad{rule:measured}']),
    }),
  }
}
