// A pool of another make: other paths, other field names, one bearer token for everything, times in seconds, no word on
// idle workers. An adapter describes each request and reads each answer; it sends nothing itself.
import { bearer } from '../../systems/cocoon/pool.ts'
import type { PoolAdapter, TaskView } from '../../systems/cocoon/pool.ts'

interface Job {
  ref: string
  phase: 'pending' | 'active' | 'done' | 'broken'
  times: { created: number; started?: number }
}

/** The answer as an object that has the field, or null: an answer that breaks the contract. */
const having = <T>(json: unknown, field: keyof T & string): T | null =>
  typeof json === 'object' && json !== null && field in json ? (json as T) : null

function readJob(json: unknown): TaskView | null {
  const job = having<Job>(json, 'times')
  if (job === null) return null
  return {
    ended: job.phase === 'done' || job.phase === 'broken',
    acceptedAt: job.times.created * 1000,
    assignedAt: job.times.started === undefined ? null : job.times.started * 1000,
    // This pool does not say how long able workers idled: what is judged by it is not claimed.
    ableIdleMs: undefined,
  }
}

/** The one that this adapter speaks for. */
export const system = 'cocoon'

export const adapter: PoolAdapter = (credential) => {
  const headers = bearer(credential('client'))
  return {
    register: ({ name, memoryMb, run }) => ({
      method: 'PUT',
      path: `/v2/nodes/${name}`,
      headers,
      body: { vramGb: memoryMb / 1024, labels: { run } },
      expect: [200],
      read: (json) => {
        const node = having<{ node: string; beatSeconds: number }>(json, 'beatSeconds')
        return node === null ? null : { workerId: node.node, token: '', heartbeatSeconds: node.beatSeconds }
      },
    }),
    heartbeat: ({ workerId }) => ({
      method: 'POST',
      path: `/v2/nodes/${workerId}/beat`,
      headers,
      expect: [204],
      read: () => true,
    }),
    poll: ({ workerId }, waitMs) => ({
      method: 'GET',
      path: `/v2/nodes/${workerId}/next?wait=${waitMs / 1000}`,
      headers,
      expect: [200],
      holdMs: waitMs,
      read: (json) => {
        const next = having<{ job: string | null }>(json, 'job')
        if (next === null) return null
        return next.job === null ? 'none' : { taskId: next.job, leaseId: '' }
      },
    }),
    result: (_member, { taskId }, output) => ({
      method: 'POST',
      path: `/v2/jobs/${taskId}/done`,
      headers,
      body: { output },
      expect: [204],
      read: () => true,
    }),
    leave: ({ workerId }) => ({
      method: 'DELETE',
      path: `/v2/nodes/${workerId}`,
      headers,
      expect: [204],
      read: () => true,
    }),
    submit: ({ key, memoryMb, priority, prompt, run }) => ({
      method: 'PUT',
      path: `/v2/jobs/${key}`,
      headers,
      body: { vramGb: memoryMb / 1024, urgency: priority, input: prompt, labels: { run } },
      expect: [202],
      read: readJob,
    }),
    status: (key) => ({
      method: 'GET',
      path: `/v2/jobs/${key}`,
      headers,
      expect: [200, 404],
      read: (json, status) => (status === 404 ? 'unknown' : readJob(json)),
    }),
    // What it promises of single requests, which is checked before a load; of keys that come twice it promises nothing.
    checks: () => ({
      record: (json) => {
        const job = having<Job>(json, 'ref')
        return job === null ? {} : { key: job.ref, acceptedAt: job.times.created * 1000 }
      },
      wrongToken: [401],
      ownRecord: true,
      times: true,
      oneWorker: true,
    }),
    dashboard: () => [
      {
        method: 'GET',
        path: '/ui',
        headers,
        expect: [200],
        read: (body) => (typeof body === 'string' && body.includes('</html>') ? true : null),
      },
    ],
    stats: () => ({
      method: 'GET',
      path: '/v2/load',
      headers,
      expect: [200],
      read: (json) => {
        const load = having<{ pending: number; active: number; nodes: number }>(json, 'pending')
        return load === null
          ? null
          : { waiting: load.pending, running: load.active, workersAlive: load.nodes }
      },
    }),
  }
}
