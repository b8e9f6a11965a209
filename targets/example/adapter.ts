// A pool of another make: other paths, other field names, one bearer token for everything, times in seconds, no word on
// idle workers. An adapter describes each request and reads each answer; it sends nothing itself.
import { fields, misfit } from '../../lib/drive/fields.ts'
import { bearer } from '../../systems/cocoon/pool.ts'
import type { PoolAdapter, TaskView } from '../../systems/cocoon/pool.ts'

interface Job {
  ref: string
  phase: 'pending' | 'active' | 'done' | 'broken'
  times: { created: number; started?: number }
}

const registered = fields<{ node: string; beatSeconds: number }>({ node: 'string', beatSeconds: 'number' })
const waited = fields<{ job?: string | null }>({})
const loaded = fields<{ pending: number; active: number; nodes: number }>({
  pending: 'number',
  active: 'number',
  nodes: 'number',
})
const described = fields<Job>({ phase: 'string', times: 'object' })
const timed = fields<Job['times']>({ created: 'number' }, 'times')

/** An answer that breaks the contract makes it throw; `fields` and `misfit` say which field does. */
function readJob(json: unknown): TaskView {
  const job = described(json)
  const { created, started } = timed(job.times)
  return {
    ended: job.phase === 'done' || job.phase === 'broken',
    acceptedAt: created * 1000,
    assignedAt: started === undefined ? null : started * 1000,
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
        const { node, beatSeconds } = registered(json)
        return { workerId: node, token: '', heartbeatSeconds: beatSeconds }
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
        const { job } = waited(json)
        if (job === undefined) misfit('job', 'a string, or null,', job)
        return job === null ? 'none' : { taskId: job, leaseId: '' }
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
        const { ref, times } = json as Job
        return { key: ref, acceptedAt: times.created * 1000 }
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
        read: (body) =>
          typeof body === 'string' && body.includes('</html>')
            ? true
            : misfit('the answer', 'a whole page', body),
      },
    ],
    stats: () => ({
      method: 'GET',
      path: '/v2/load',
      headers,
      expect: [200],
      read: (json) => {
        const { pending, active, nodes } = loaded(json)
        return { waiting: pending, running: active, workersAlive: nodes }
      },
    }),
  }
}
