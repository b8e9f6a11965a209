// The step of step-actors.js by a hand-written flat script, with the same evidence: its tags, its expected status, its time-out,
// a correlation id, an answer that is read, its rule, failures, the witness, and the start lag in its latency.
import exec from 'k6/execution'
import http from 'k6/http'
import { Counter } from 'k6/metrics'
import { arrivals, perSecond, seconds } from './load.js'
import { limitMs, options as optionsOf, phase, run, rule, step } from './step.js'

const bad = new Counter('assay_bad')
const failures = new Counter('assay_failures')
const refusals = new Counter('assay_refusals')

export const options = optionsOf({ ...arrivals, exec: 'send' })

export function setup() {
  http.get(`${__ENV.BASE_URL}/begin`)
}

const url = `${__ENV.BASE_URL}/orders`
const timeOutMs = 10_000
const total = perSecond * seconds
const headers = { 'X-Correlation-ID': '', Authorization: 'Bearer token', 'Content-Type': 'application/json' }
const params = {
  headers,
  tags: { step, name: step, phase: phase.name, kind: phase.kind },
  timeout: timeOutMs,
  redirects: 0,
  responseCallback: http.expectedStatuses(201),
}
let scenario, startTime

function readOrder(response) {
  try {
    const { order } = response.json()
    return typeof order === 'string' ? order : null
  } catch {
    return null
  }
}

export function send() {
  if (scenario === undefined) {
    scenario = exec.scenario
    startTime = scenario.startTime
  }
  const index = scenario.iterationInTest
  if (index >= total) return
  const sentAt = Date.now()
  const elapsed = (sentAt - startTime) / 1000
  const due = Math.floor(perSecond * Math.min(elapsed + 0.001, seconds) + 1e-6)
  const lagMs = Math.max(0, (elapsed - due / perSecond) * 1000)
  const name = `${run}-sender_steady-${index}`
  const correlationId = `${name}-1`
  headers['X-Correlation-ID'] = correlationId
  const response = http.request('POST', url, JSON.stringify({ order: name }), params)
  const { status, timings } = response
  const ms = timings.duration + timings.blocked + lagMs
  const value = status === 201 ? readOrder(response) : null
  const failed = value === null
  if (failed) countFailure(status, response)
  if (failed || ms >= limitMs) {
    const detail = response.error
    bad.add(1, { rule })
    tell({
      event: 'bad',
      t: sentAt,
      step,
      status,
      ms: Math.round(ms * 10) / 10,
      correlationId,
      phase: phase.name,
      rules: [rule],
      ...(detail === '' ? {} : { detail }),
    })
  }
}

const tell = (event) => console.info(JSON.stringify(event))

function countFailure(status, response) {
  const isRefused = status === 429 || (status === 503 && response.headers['Retry-After'] !== undefined)
  if (isRefused) refusals.add(1, { step })
  failures.add(1, { step })
}
