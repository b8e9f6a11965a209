// A pool of another make for the own-pool test: the stub's behaviour behind the paths, fields and token of targets/example.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startStubPool } from '../stub/server.ts'

interface Translated {
  method: string
  path: string
  body?: unknown
  headers?: Record<string, string>
  answer: (json: never, status: number) => [number, unknown]
}

interface TaskAnswer {
  idempotency_key: string
  state: string
  accepted_at: string
  assigned_at: string | null
}

const phases: Record<string, string> = {
  queued: 'pending',
  running: 'active',
  completed: 'done',
  failed: 'broken',
}
const job = (task: TaskAnswer) => ({
  ref: task.idempotency_key,
  phase: phases[task.state],
  times: {
    created: Date.parse(task.accepted_at) / 1000,
    ...(task.assigned_at === null ? {} : { started: Date.parse(task.assigned_at) / 1000 }),
  },
})

/** What a request of the other make means to the stub, or undefined for a path that this make does not have. */
function translate(
  method: string,
  url: URL,
  body: Record<string, never>,
  workers: Map<string, string>,
): Translated | undefined {
  const [, , kind, name = '', verb] = url.pathname.split('/')
  const worker = `/api/v1/workers/${workers.get(name) ?? 'nobody'}`
  const nothing = (): [number, unknown] => [204, null]
  switch (`${method} ${kind ?? url.pathname}${verb === undefined ? '' : ` ${verb}`}`) {
    case 'PUT nodes':
      return {
        method: 'POST',
        path: '/api/v1/workers',
        body: {},
        answer: (json: { worker_id: string }) => {
          workers.set(name, json.worker_id)
          return [200, { node: name, beatSeconds: 5 }]
        },
      }
    case 'POST nodes beat':
      return { method, path: `${worker}/heartbeat`, answer: nothing }
    case 'GET nodes next':
      return {
        method: 'POST',
        path: `${worker}/poll`,
        body: { wait_ms: Number(url.searchParams.get('wait')) * 1000 },
        answer: (json: { task_id: string } | null, status) => [
          200,
          { job: status === 204 ? null : json!.task_id },
        ],
      }
    case 'DELETE nodes':
      return { method, path: worker, answer: nothing }
    case 'POST jobs done':
      return { method, path: `/api/v1/tasks/${name}/result`, body: {}, answer: nothing }
    case 'PUT jobs':
      return {
        method: 'POST',
        path: '/api/v1/tasks',
        headers: { 'Idempotency-Key': name },
        body: { memory_mb: Number(body['vramGb']) * 1024, priority: body['urgency'], client_id: 'other' },
        answer: (json: TaskAnswer) => [202, job(json)],
      }
    case 'GET jobs':
      return {
        method,
        path: `/api/v1/tasks/by-key/${name}`,
        answer: (json: TaskAnswer, status) => [status, status === 404 ? {} : job(json)],
      }
    case 'GET load':
      return {
        method,
        path: '/api/v1/pool/stats',
        answer: (json: { tasks: { waiting: number; running: number }; workers: { alive: number } }) => [
          200,
          { pending: json.tasks.waiting, active: json.tasks.running, nodes: json.workers.alive },
        ],
      }
    default:
      return undefined
  }
}

/** Starts it on a free port of loopback; every request needs the token. */
export async function startOtherPool(token: string) {
  const stub = await startStubPool()
  const workers = new Map<string, string>()
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const url = new URL(request.url ?? '/', 'http://other')
      if (request.headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end('{}')
      if (url.pathname === '/ui') return response.writeHead(200).end('<html><body>jobs</body></html>')
      const text = Buffer.concat(chunks).toString()
      const meant = translate(request.method ?? 'GET', url, text === '' ? {} : JSON.parse(text), workers)
      if (meant === undefined) return response.writeHead(404).end('{}')
      const inner = await fetch(stub.baseUrl + meant.path, {
        method: meant.method,
        ...(meant.headers === undefined ? {} : { headers: meant.headers }),
        ...(meant.body === undefined ? {} : { body: JSON.stringify(meant.body) }),
      })
      const innerText = await inner.text()
      const [status, answer] = meant.answer(
        (innerText === '' ? null : JSON.parse(innerText)) as never,
        inner.status,
      )
      return response.writeHead(status).end(answer === null ? '' : JSON.stringify(answer))
    })().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stub,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await stub.close()
    },
  }
}
