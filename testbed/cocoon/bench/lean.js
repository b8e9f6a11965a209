// The same load as actors.js by a hand-written flat script: what the evidence costs where nothing but it is done. It must
// leave all that the actors leave, which test/systems/cocoon/e2e/bench.long.test.ts compares:
// - each request with the tags step, name, phase, kind and its groups, its expected statuses, its time-out, no redirects, a
//   correlation id, and the headers and bodies of the contract;
// - answers parsed and held against the fields that actors need; failures and refusals counted;
// - each request and observation held against its rules; what breaks one counted and told as a line of the witness;
// - observations counted by kind, a resident's once a second; the trend of allocation; the tallies of work done;
// - what the oracle of waits is told: of a sample of the tasks, and of some workers' long polls;
// - the account of promises: how many are open, and the two sums of their keys; what was not answered is looked for by its key;
// - the start lag of an arrival in its latency; the beginnings and ends of residents; the units of each worker.
import { sleep } from 'k6'
import exec from 'k6/execution'
import http from 'k6/http'
import { Counter, Trend } from 'k6/metrics'
import { arrivals, perSecond, residents, seconds, virtualUsers } from '../../../scripts/bench/load.js'
import { place, shortened } from './plan.js'

// Whoever only sends requests needs nothing of the bundle.
const baseline = __VU === 0 ? require('../../../dist/baseline.js') : null

const seen = new Counter('assay_seen')
const openPromises = new Counter('assay_open_promises')
const openKeysFirst = new Counter('assay_open_keys_first')
const openKeysSecond = new Counter('assay_open_keys_second')
const bad = new Counter('assay_bad')
const failures = new Counter('assay_failures')
const refusals = new Counter('assay_refusals')
const measures = new Trend('assay_ms', true)
const exceptions = new Counter('assay_exceptions')
const started = new Counter('assay_started')
const finished = new Counter('assay_finished')

export const options = {
  ...baseline?.options,
  scenarios: {
    [place]: { ...arrivals, exec: 'client' },
    follower: { ...residents, exec: 'follower' },
    worker: { ...residents, exec: 'worker' },
  },
}

export function setup() {
  const data = shortened(baseline.setup(), { perSecond, seconds, virtualUsers })
  const [{ kind, name, queueSeconds }] = data.phases
  http.get(`${data.target.baseUrl}/begin`)
  const { run, tallies, checks, groups } = data
  return {
    run,
    queueSeconds,
    tallies,
    steady: { name, kind, checks: checks[kind] },
    rest: { name: data.rest.name, kind: data.rest.kind, checks: checks[data.rest.kind] ?? {} },
    groups,
  }
}

const base = `${__ENV.BASE_URL}/api/v1`
const timeOutMs = 10_000
const total = perSecond * seconds
const memoriesMb = [1024, 2048, 4096, 8192]
/** The shares of the tasks and of the workers that an oracle is told of, see systems/cocoon/watch.ts. */
const toldTasks = (20 * seconds) / total
const toldWorkers = (30 * seconds) / (total + 0.2 * seconds * virtualUsers)
const isTold = (index, share) => (Math.imul(index, 0x9e3779b1) >>> 0) / 2 ** 32 < share
const bearer = (token) => `Bearer ${token}`

/** The own copy of the data, the own scenario (k6 makes it anew for everyone who asks), and whatever is used again. */
let data, scenario, startTime, endAt
/** The first part of its correlation ids. */
let self = ''
let requests = 0
let lagMs = 0

/** An arrival belongs to the phase that it came in, so that for it the steady one never ends. */
function begin(given, isArrival) {
  data = JSON.parse(JSON.stringify(given))
  scenario = exec.scenario
  startTime = scenario.startTime
  endAt = isArrival ? Infinity : startTime + seconds * 1000
}

const withBody = ['submit', 'register', 'poll', 'result']

/** What a step's requests are sent with, in the steady phase and in the rest. */
function stepOf(step, method, statuses, authorization, read) {
  const [good, fine = good] = statuses
  const paramsIn = ({ name, kind }) => {
    const tags = { step, name: step, phase: name, kind }
    for (const group of data.groups[step] ?? []) tags[group] = 'yes'
    const headers = { 'X-Correlation-ID': '', Authorization: authorization }
    if (withBody.includes(step)) headers['Content-Type'] = 'application/json'
    const responseCallback = http.expectedStatuses(...statuses)
    return { headers, tags, timeout: timeOutMs, redirects: 0, responseCallback }
  }
  return {
    step,
    method,
    read,
    good,
    fine,
    steady: paramsIn(data.steady),
    rest: paramsIn(data.rest),
    steadyRules: data.steady.checks[step] ?? [],
    restRules: data.rest.checks[step] ?? [],
    // What the last request of this step was answered with.
    ms: 0,
    status: 0,
  }
}

/** Sends one request; null where the answer is not what it has to be. */
function send(step, path, body, holdMs) {
  const sentAt = Date.now()
  const isSteady = sentAt < endAt
  const params = isSteady ? step.steady : step.rest
  const { headers } = params
  const correlationId = `${self}-${++requests}`
  headers['X-Correlation-ID'] = correlationId
  params.timeout = timeOutMs + holdMs
  const response = http.request(step.method, base + path, body === null ? null : JSON.stringify(body), params)
  const { status, timings } = response
  const ms = timings.duration + timings.blocked + lagMs
  lagMs = 0
  const isExpected = status === step.good || status === step.fine
  let value = null
  if (isExpected) {
    try {
      value = step.read(status === 204 ? null : response.json(), status)
    } catch {
      value = null
    }
  }
  step.ms = ms
  step.status = status
  const failed = value === null
  if (failed) countFailure(step.step, status, response)
  const rules = isSteady ? step.steadyRules : step.restRules
  for (let index = 0; index < rules.length; index++) {
    const overMs = rules[index][1]
    if (failed || (overMs > 0 && ms >= overMs)) {
      const detail = isExpected && failed ? 'the answer breaks the contract' : response.error
      tellBad(rules, isSteady, failed, { t: sentAt, step: step.step, status, ms, correlationId, detail })
      break
    }
  }
  return value
}

const isRefusal = (status, response) =>
  status === 429 || (status === 503 && response.headers['Retry-After'] !== undefined)

function countFailure(step, status, response) {
  if (isRefusal(status, response)) refusals.add(1, { step })
  failures.add(1, { step })
}

/** Counts the rules that are broken, and tells who broke them. */
function tellBad(rules, isSteady, failed, { t, step, status, ms, correlationId, detail }) {
  const phase = isSteady ? data.steady.name : data.rest.name
  const broken = []
  for (const [rule, overMs] of rules) {
    if (!failed && !(overMs > 0 && ms >= overMs)) continue
    bad.add(1, { rule })
    broken.push(rule)
  }
  tell({
    event: 'bad',
    t,
    step,
    status,
    ms: Math.round(ms * 10) / 10,
    correlationId,
    phase,
    rules: broken,
    ...(detail === '' ? {} : { detail }),
  })
}

const tell = (event) => console.info(JSON.stringify(event))
const tellOracle = (entry) => tell({ event: 'history', oracle: 'waits', entry })

const isTask = (json) =>
  typeof json.task_id === 'string' && typeof json.state === 'string' && typeof json.able_idle_ms === 'number'

function readAccepted(json) {
  return isTask(json) && Date.parse(json.accepted_at) > 0 && json.assigned_at !== undefined ? json : null
}

/** The two halves of cyrb53 of a key, added up: what keys have in common is hashed once. */
let hashedPrefix = null
let prefixFirst, prefixSecond
let sumFirst = 0
let sumSecond = 0

function addKey(prefix, index) {
  if (hashedPrefix !== prefix) {
    hashedPrefix = prefix
    prefixFirst = 0xdeadbeef
    prefixSecond = 0x41c6ce57
    for (let at = 0; at < prefix.length; at++) {
      const code = prefix.charCodeAt(at)
      prefixFirst = Math.imul(prefixFirst ^ code, 0x9e3779b1)
      prefixSecond = Math.imul(prefixSecond ^ code, 0x5f356495)
    }
  }
  const end = String(index)
  let first = prefixFirst
  let second = prefixSecond
  for (let at = 0; at < end.length; at++) {
    const code = end.charCodeAt(at)
    first = Math.imul(first ^ code, 0x9e3779b1)
    second = Math.imul(second ^ code, 0x5f356495)
  }
  first = Math.imul(first ^ (first >>> 16), 0x85ebca6b) ^ Math.imul(second ^ (second >>> 13), 0xc2b2ae35)
  second = Math.imul(second ^ (second >>> 16), 0x85ebca6b) ^ Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
  sumFirst += first >>> 8
  sumSecond += second >>> 8
}

/** Tells k6 of so many promises that were made (1) or kept (-1) since the last time, with their keys. */
function tellPromises(sign, n, tags) {
  openPromises.add(sign * n, tags)
  openKeysFirst.add(sign * sumFirst, tags)
  openKeysSecond.add(sign * sumSecond, tags)
  sumFirst = 0
  sumSecond = 0
}

/** An observation of an arrival: k6 is told of it at once. */
const acceptedTags = { of: 'accepted', kind: 'normal' }
const refusalTags = { of: 'refusal', kind: 'normal' }
const unsureTags = { of: 'unsure-submission', kind: 'normal' }
const promisedTags = { of: 'accepted-task', kind: 'normal' }

function tellSubmission(index, tags, accountTags) {
  addKey(keysPrefix, index)
  seen.add(1, tags)
  tellPromises(1, 1, accountTags)
}

/** How a client's requests are sent. */
let submit, ask
let keysPrefix

export function client(given) {
  if (data === undefined) {
    begin(given, true)
    submit = stepOf('submit', 'POST', [201], bearer(__ENV.POOL_CLIENT_TOKEN), readAccepted)
    ask = statusStep()
    keysPrefix = `${data.run}-${place}-`
  }
  const index = scenario.iterationInTest
  if (index >= total) return
  const elapsed = (Date.now() - startTime) / 1000
  const due = Math.floor(perSecond * Math.min(elapsed + 0.001, seconds) + 1e-6)
  lagMs = Math.max(0, (elapsed - due / perSecond) * 1000)
  requests = 0
  const { run } = data
  const key = keysPrefix + index
  self = key
  // Sizes and priorities go round; the actors draw them.
  const cell = (Math.imul(index, 0x9e3779b1) >>> 0) % 40
  const body = {
    client_id: `${run}-c-${index % 100}`,
    memory_mb: memoriesMb[cell % 4],
    priority: 1 + (cell >> 2),
    prompt: key,
    run,
  }
  submit.steady.headers['Idempotency-Key'] = key
  const sentAt = Date.now()
  const task = send(submit, '/tasks', body, 0)
  if (task !== null) {
    tellSubmission(index, acceptedTags, promisedTags)
    if (isTold(index, toldTasks))
      tellOracle({
        type: 'submitted',
        key,
        kind: data.steady.kind,
        size: body.memory_mb,
        sentAt,
        answeredAt: Date.now(),
        acceptedAt: Date.parse(task.accepted_at),
        plannedMs: data.queueSeconds * 1000,
      })
    return
  }
  const { status, ms } = submit
  const isRefused = status === 429 || status === 503
  if (!isRefused && (status < 400 || status >= 500 || status === 408 || status === 425)) {
    const view = send(ask, `/tasks/by-key/${key}`, null, 0)
    if (view !== null && view !== 'unknown') tellSubmission(index, acceptedTags, promisedTags)
    else tellSubmission(index, unsureTags, unsureTags)
  }
  seen.add(1, refusalTags)
  measures.add(ms, refusalTags)
}

/** A resident's own counts of observations, told once a second. */
const counts = {}
let tellAt = 0

function observe(of, now, isBad, ms, correlationId, words) {
  counts[of] = (counts[of] ?? 0) + 1
  const rules = data.steady.checks[of]
  let broken = false
  if (rules !== undefined)
    for (let index = 0; index < rules.length; index++)
      if (isBad || (rules[index][1] > 0 && ms >= rules[index][1])) broken = true
  if (broken || now >= tellAt) tellCounts(now)
  if (broken)
    tellBad(rules, now < endAt, isBad, {
      t: now,
      step: of,
      status: 0,
      ms,
      correlationId,
      detail: isBad ? words : '',
    })
}

function tellCounts(now) {
  for (const of of Object.keys(counts)) {
    if (counts[of] > 0) {
      const tags = { of, kind: data.steady.kind }
      seen.add(counts[of], tags)
      if (of === 'accepted-task') tellPromises(-1, counts[of], tags)
    }
    counts[of] = 0
  }
  tellAt = now + 1000
}

const perBucket = 1 / Math.log(1.02)
const buckets = {}

function tally(of, phase, ms) {
  const own = ((buckets[of] ??= {})[phase] ??= {})
  const bucket = ms <= 0 ? 'zero' : String(Math.ceil(Math.log(ms) * perBucket))
  own[bucket] = (own[bucket] ?? 0) + 1
}

function end() {
  tellCounts(Date.now())
  for (const of of data.tallies)
    for (const phase of Object.keys(buckets[of] ?? {}))
      tell({ event: 'tally', of, phase, growth: 1.02, buckets: buckets[of][phase] })
  finished.add(1)
}

function guarded(live) {
  return (given) => {
    begin(given, false)
    started.add(1)
    try {
      live()
      end()
    } catch (error) {
      exceptions.add(1)
      console.error(error.stack)
    }
  }
}

const readStatus = (json, status) => {
  if (status === 200) return readAccepted(json)
  return json.error.code === 'not_found' ? 'unknown' : null
}

const statusStep = () => stepOf('status', 'GET', [200, 404], bearer(__ENV.POOL_CLIENT_TOKEN), readStatus)

export const follower = guarded(() => {
  const status = statusStep()
  const keysPrefix = `${data.run}-${place}-`
  const first = scenario.iterationInTest
  self = `${data.run}-follower-${first}`
  const starvedMs = 1000 * (30 + data.queueSeconds)
  const allocationTags = { of: 'allocation', kind: data.steady.kind }
  const isTallied = data.tallies.includes('in-time')
  const open = []
  let next = first
  for (;;) {
    let now = Date.now()
    if (now >= endAt) break
    const due = perSecond * Math.min(seconds, (now - startTime) / 1000)
    for (; next < due; next += virtualUsers)
      open.push({
        index: next,
        key: keysPrefix + next,
        lookAt: startTime + (next / perSecond) * 1000 + 300,
        pauseMs: 400,
        accepted: false,
        unread: true,
        forgotten: false,
      })
    let nextAt = now + 200
    for (let index = 0; index < open.length && now < endAt; index++) {
      const task = open[index]
      if (task.lookAt > now) {
        if (task.lookAt < nextAt) nextAt = task.lookAt
        continue
      }
      const view = send(status, `/tasks/by-key/${task.key}`, null, 0)
      now = Date.now()
      task.unread = view === null
      if (view !== null && view !== 'unknown' && view.ended_at !== null) {
        open.splice(index--, 1)
        const { state, accepted_at, assigned_at, ended_at, able_idle_ms } = view
        const correlationId = `${self}-${requests}`
        addKey(keysPrefix, task.index)
        observe('accepted-task', now, false, 0, '', '')
        observe('task-end', now, false, 0, '', '')
        const acceptedAt = Date.parse(accepted_at)
        const endedAt = Date.parse(ended_at)
        if (isTallied && state === 'completed' && endedAt - acceptedAt <= 10_000)
          tally('in-time', data.steady.name, endedAt - acceptedAt)
        if (assigned_at === null) {
          observe('task-wait', now, true, 0, correlationId, 'ended without ever getting a worker')
          continue
        }
        const assignedAt = Date.parse(assigned_at)
        if (isTold(task.index, toldTasks))
          tellOracle({
            type: 'shown',
            key: task.key,
            acceptedAt,
            assignedAt,
            ableIdleMs: able_idle_ms,
            attempts: view.attempts,
            doneBy: view.worker_id,
          })
        const waitMs = assignedAt - acceptedAt
        const backwards = waitMs < -2
        const starved = waitMs > starvedMs
        observe('task-wait', now, starved || backwards, waitMs, correlationId, `waited ${waitMs} ms`)
        observe(
          'able-idle',
          now,
          able_idle_ms > 1000,
          able_idle_ms,
          correlationId,
          `idled ${able_idle_ms} ms`,
        )
        if (2 * (able_idle_ms + 2) >= waitMs) {
          observe('allocation', now, backwards, waitMs, correlationId, 'assigned before it was accepted')
          measures.add(waitMs, allocationTags)
        }
        continue
      }
      if (view !== null) {
        task.forgotten = task.accepted && view === 'unknown'
        task.accepted ||= view !== 'unknown'
      }
      task.lookAt = now + task.pauseMs
      task.pauseMs = Math.min(3000, task.pauseMs * 1.5)
    }
    now = Date.now()
    if (nextAt > now) sleep((nextAt - now) / 1000)
  }
  const now = Date.now()
  for (const { index, accepted, unread, forgotten } of open) {
    if (!accepted && unread) observe('unread-task', now, false, 0, '', '')
    if (!accepted) continue
    addKey(keysPrefix, index)
    observe('accepted-task', now, forgotten, 0, '', 'is not known any more')
    if (!forgotten) observe('task-end', now, true, 0, '', 'has not ended')
  }
})

const readMember = (json) =>
  typeof json.worker_id === 'string' &&
  typeof json.token === 'string' &&
  typeof json.heartbeat_interval_ms === 'number'
    ? json
    : null
const readAssignment = (json, status) => {
  if (status === 204) return 'none'
  const { task_id, lease_id, memory_mb } = json
  if (typeof task_id !== 'string' || typeof lease_id !== 'string' || typeof memory_mb !== 'number')
    return null
  return { task_id, lease_id }
}
const readResult = (json) =>
  typeof json.task_id === 'string' && typeof json.state === 'string' ? true : null
const readHeartbeat = (json) => (typeof json.status === 'string' ? true : null)
const readNothing = () => true

export const worker = guarded(() => {
  const index = scenario.iterationInTest
  const { run } = data
  self = `${run}-worker-${index}`
  const enrol = stepOf('register', 'POST', [201], bearer(__ENV.POOL_ENROL_TOKEN), readMember)
  const hello = {
    name: `${run}-w-${index}.0`,
    gpu_model: 'NVIDIA RTX 4090',
    memory_mb: [8192, 12_288, 16_384, 24_576][index % 4],
    run,
    payout_account: `0:${String(index).padStart(64, '0')}`,
  }
  const member = send(enrol, '/workers', hello, 0)
  if (member === null) return
  const { worker_id: id, token } = member
  const heartbeatMs = member.heartbeat_interval_ms
  const own = `/workers/${id}`
  const poll = stepOf('poll', 'POST', [200, 204], bearer(token), readAssignment)
  const result = stepOf('result', 'POST', [200], bearer(token), readResult)
  const heartbeat = stepOf('heartbeat', 'POST', [200], bearer(token), readHeartbeat)
  const leave = stepOf('leave', 'DELETE', [204], bearer(token), readNothing)
  const isTallied = data.tallies.includes('completed')
  const output = `done by ${index}`
  let done = 0
  let presentMs = 0
  let heartbeatAt = Date.now() + heartbeatMs
  const from = Date.now()
  const isWatched = isTold(index, toldWorkers)
  for (let before = Date.now(); before < endAt; before = Date.now()) {
    const waitMs = Math.round(Math.min(5000, Math.max(200, endAt - before)))
    const task = send(poll, `${own}/poll`, { wait_ms: waitMs }, waitMs)
    if (isWatched && task !== null && poll.ms >= 150)
      tellOracle({
        type: 'polled',
        worker: hello.name,
        begunAt: before,
        answeredAt: Math.round(before + poll.ms),
      })
    if (task === null) sleep(1)
    else if (task !== 'none') {
      done++
      const began = Date.now()
      const answer = { lease_id: task.lease_id, output }
      for (let attempt = 1; attempt <= 4; attempt++) {
        const isTaken = send(result, `/tasks/${task.task_id}/result`, answer, 0)
        if (isTaken !== null && isTallied) {
          const now = Date.now()
          tally('completed', now < endAt ? data.steady.name : data.rest.name, now - began)
        }
        if (isTaken !== null || (result.status >= 400 && result.status < 500)) break
        sleep(attempt)
      }
    }
    const now = Date.now()
    presentMs += now - before
    if (now >= heartbeatAt) {
      send(heartbeat, `${own}/heartbeat`, null, 0)
      heartbeatAt = Date.now() + heartbeatMs
    }
  }
  if (isWatched)
    tellOracle({ type: 'present', worker: hello.name, size: hello.memory_mb, from, until: Date.now() })
  send(leave, own, null, 0)
  tell({
    event: 'unit',
    of: 'tasks-per-worker-hour',
    kind: data.steady.kind,
    unit: hello.name,
    quantity: done,
    capacity: presentMs / 3_600_000,
  })
})
