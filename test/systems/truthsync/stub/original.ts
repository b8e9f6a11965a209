// The server that the source document tests, as its facts have it: a constant answer, hits made of the text, a tick of 10 ms for
// every text, and figures of which some never move. Its answers are a plain function, so that tests can ask it without a clock.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Constants of the server, whatever its environment says. */
const batchSize = 1000
const tickMs = 10
/** Upper ends of its histogram's buckets, in seconds: the usual ones of its client library. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
  /** Texts that were verified for it, each of which waits for a tick of its own, one after the other. */
  texts: number
}

const json = { 'content-type': 'application/json' }
const inJson = (status: number, body: unknown, texts = 0): Answer => ({
  status,
  headers: json,
  body: JSON.stringify(body),
  texts,
})

/** One thing that is wrong with a body, in the words of its framework. */
interface Detail {
  type: string
  loc: (string | number)[]
  msg: string
  input: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What is wrong with a text to verify, which stands at this place of the body; other keys are ignored. */
function faultsOf(item: unknown, loc: Detail['loc']): Detail[] {
  if (!isObject(item))
    return [{ type: 'model_attributes_type', loc, msg: 'Input should be a valid dictionary', input: item }]
  const { text, metadata } = item
  const faults: Detail[] = []
  if (text === undefined)
    faults.push({ type: 'missing', loc: [...loc, 'text'], msg: 'Field required', input: item })
  else if (typeof text !== 'string')
    faults.push({
      type: 'string_type',
      loc: [...loc, 'text'],
      msg: 'Input should be a valid string',
      input: text,
    })
  if (metadata !== undefined && metadata !== null && !isObject(metadata))
    faults.push({
      type: 'dict_type',
      loc: [...loc, 'metadata'],
      msg: 'Input should be a valid dictionary',
      input: metadata,
    })
  return faults
}

const unprocessable = (detail: Detail[]): Answer => inJson(422, { detail })
const notAllowed: Answer = inJson(405, { detail: 'Method Not Allowed' })

/** `hash(text) % 10 < 8`: the same for as long as the server lives, and nothing to do with what was asked before. */
export const isCalledHit = (text: string): boolean =>
  createHash('sha256').update(text).digest().readUInt32BE() % 10 < 8

function verified(text: string) {
  const isHit = isCalledHit(text)
  return {
    claims: ['Simulated claim'],
    confidence: 0.92,
    cache_hit: isHit,
    processing_time_us: isHit ? 0.36 : 0.95,
  }
}

/** As Python writes a float. */
const float = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value))

/** What the server answers and counts. */
export class Original {
  private requests = 0
  private lastBatch = 0
  private seconds = 0
  private readonly atMost = new Map(buckets.map((end) => [end, 0]))

  /** A text was verified after so long, with so many others in one tick. */
  count(waitedSeconds: number, together: number): void {
    this.requests++
    this.lastBatch = together
    this.seconds += waitedSeconds
    for (const end of buckets) if (waitedSeconds <= end) this.atMost.set(end, (this.atMost.get(end) ?? 0) + 1)
  }

  /** The answer to a request, whose texts are still to be counted. */
  respond(method: string, path: string, body: string): Answer {
    const own = this.routes[path]
    if (own === undefined) return inJson(404, { detail: 'Not Found' })
    return own.method === method ? own.answer(body) : notAllowed
  }

  /** As if every tick came at once. */
  ask(method: string, path: string, body = ''): Answer {
    const answer = this.respond(method, path, body)
    for (let text = 0; text < answer.texts; text++) this.count(tickMs / 1000, 1)
    return answer
  }

  private readonly routes: Record<string, { method: string; answer: (body: string) => Answer }> = {
    '/verify': { method: 'POST', answer: (body) => withBody(body, verifyOne) },
    '/verify/batch': { method: 'POST', answer: (body) => withBody(body, verifyAll) },
    '/health': { method: 'GET', answer: () => inJson(200, { status: 'healthy', version: '1.0.0' }) },
    '/ready': { method: 'GET', answer: () => inJson(200, { status: 'ready', batch_queue_size: 0 }) },
    '/stats': {
      method: 'GET',
      answer: () => ({
        ...inJson(200, null),
        body: `{"batch_queue_size":0,"cache_hit_rate":0.0,"total_requests":${float(this.requests)}}`,
      }),
    },
    '/metrics': {
      method: 'GET',
      answer: () => ({ status: 307, headers: { location: '/metrics/' }, body: '', texts: 0 }),
    },
    '/metrics/': {
      method: 'GET',
      answer: () => ({
        status: 200,
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
        body: this.metrics(),
        texts: 0,
      }),
    },
  }

  private metrics(): string {
    const ends = buckets.map(
      (end) => `truthsync_processing_seconds_bucket{le="${float(end)}"} ${float(this.atMost.get(end) ?? 0)}`,
    )
    const count = float(this.requests)
    return `# HELP python_gc_objects_collected_total Objects collected during gc
# TYPE python_gc_objects_collected_total counter
python_gc_objects_collected_total{generation="0"} 380.0
# HELP python_info Python platform information
# TYPE python_info gauge
python_info{implementation="CPython",major="3",minor="11",patchlevel="2",version="3.11.2"} 1.0
# HELP process_virtual_memory_bytes Virtual memory size in bytes.
# TYPE process_virtual_memory_bytes gauge
process_virtual_memory_bytes 1.9484672e+08
# HELP truthsync_requests_total Total requests
# TYPE truthsync_requests_total counter
truthsync_requests_total ${count}
# HELP truthsync_requests_created Total requests
# TYPE truthsync_requests_created gauge
truthsync_requests_created 1.7665344e+09
# HELP truthsync_processing_seconds Processing time
# TYPE truthsync_processing_seconds histogram
${ends.join('\n')}
truthsync_processing_seconds_bucket{le="+Inf"} ${count}
truthsync_processing_seconds_count ${count}
truthsync_processing_seconds_sum ${float(this.seconds)}
# HELP truthsync_processing_seconds_created Processing time
# TYPE truthsync_processing_seconds_created gauge
truthsync_processing_seconds_created 1.7665344e+09
# HELP truthsync_cache_hit_rate Cache hit rate
# TYPE truthsync_cache_hit_rate gauge
truthsync_cache_hit_rate 0.0
# HELP truthsync_batch_size Current batch size
# TYPE truthsync_batch_size gauge
truthsync_batch_size ${float(this.lastBatch)}
`
  }
}

function withBody(body: string, answer: (content: unknown) => Answer): Answer {
  let content: unknown
  try {
    content = JSON.parse(body)
  } catch {
    return unprocessable([{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {} }])
  }
  return answer(content)
}

function verifyOne(content: unknown): Answer {
  const faults = faultsOf(content, ['body'])
  return faults.length > 0
    ? unprocessable(faults)
    : inJson(200, verified((content as { text: string }).text), 1)
}

function verifyAll(content: unknown): Answer {
  if (!Array.isArray(content))
    return unprocessable([
      { type: 'list_type', loc: ['body'], msg: 'Input should be a valid list', input: content },
    ])
  const faults = content.flatMap((item: unknown, index) => faultsOf(item, ['body', index]))
  if (faults.length > 0) return unprocessable(faults)
  const items = content as { text: string }[]
  return inJson(
    200,
    items.map(({ text }) => verified(text)),
    items.length,
  )
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

interface Waiting {
  since: number
  done: () => void
}

/** Starts it on a free port of loopback. */
export async function startOriginal() {
  const original = new Original()
  /** Texts that wait for the next tick. */
  const queue: Waiting[] = []
  let ticks = 0
  const work = (): void => {
    ticks++
    const taken = queue.splice(0, batchSize)
    const now = performance.now()
    for (const { since, done } of taken) {
      original.count((now - since) / 1000, taken.length)
      done()
    }
  }
  const timer = setInterval(work, tickMs)
  const wait = (): Promise<void> =>
    new Promise((done) => {
      queue.push({ since: performance.now(), done })
      if (queue.length >= batchSize) work()
    })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = (request.url ?? '').split('?')
    const answer = original.respond(request.method ?? '', path, await textOf(request))
    for (let text = 0; text < answer.texts; text++) await wait()
    response.writeHead(answer.status, answer.headers).end(answer.body)
  }
  const server = createServer(
    (request, response) => void handle(request, response).catch(() => response.destroy()),
  )
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    original,
    /** How often it has woken. */
    ticks: () => ticks,
    close: () =>
      new Promise<void>((resolve) => {
        clearInterval(timer)
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
