// What somebody writes in plain k6 for the same requests: bodies parsed, one check each, one tag, nothing recorded.
import http from 'k6/http'
import { check } from 'k6'
import exec from 'k6/execution'
import { arrivals, residents, seconds } from '../../../scripts/bench/load.js'

const base = `${__ENV.BASE_URL}/api/v1`

export const options = {
  scenarios: {
    client: { ...arrivals, exec: 'client' },
    follower: { ...arrivals, exec: 'follower' },
    worker: { ...residents, exec: 'worker' },
  },
}

export function setup() {
  http.get(`${__ENV.BASE_URL}/begin`)
}

let requests = 0

/** One tag: `name` is k6's own for a kind of request, and keeps task keys out of the series. */
function send(step, method, path, token, body, headers) {
  const response = http.request(method, base + path, body === undefined ? null : JSON.stringify(body), {
    headers: {
      'Content-Type': 'application/json',
      'X-Correlation-ID': `bare-${__VU}-${++requests}`,
      Authorization: `Bearer ${token}`,
      ...headers,
    },
    tags: { name: step },
  })
  const answer = response.body ? JSON.parse(response.body) : null
  check(response, { [step]: ({ status }) => status >= 200 && status < 300 })
  return answer
}

export function client() {
  const index = exec.scenario.iterationInTest
  const task = {
    client_id: `bare-c-${index % 100}`,
    memory_mb: 4096,
    priority: 5,
    prompt: `task ${index}`,
    run: 'bare',
  }
  send('submit', 'POST', '/tasks', __ENV.POOL_CLIENT_TOKEN, task, {
    'Idempotency-Key': `bare-client-steady-${index}`,
  })
}

export function follower() {
  const key = `bare-client-steady-${exec.scenario.iterationInTest}`
  send('status', 'GET', `/tasks/by-key/${key}`, __ENV.POOL_CLIENT_TOKEN)
}

export function worker() {
  const until = exec.scenario.startTime + seconds * 1000
  const name = `bare-w-${__VU}`
  const hello = { name, gpu_model: 'NVIDIA RTX 4090', memory_mb: 8192, run: 'bare' }
  const { worker_id: id, token } = send('register', 'POST', '/workers', __ENV.POOL_ENROL_TOKEN, hello)
  while (Date.now() < until) {
    const task = send('poll', 'POST', `/workers/${id}/poll`, token, { wait_ms: 5000 })
    if (task !== null) {
      const result = { lease_id: task.lease_id, output: 'done by it' }
      send('result', 'POST', `/tasks/${task.task_id}/result`, token, result)
    }
    send('heartbeat', 'POST', `/workers/${id}/heartbeat`, token)
  }
  send('leave', 'DELETE', `/workers/${id}`, token)
}
