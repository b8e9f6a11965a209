// The benchmark is fair: its lean script sends what the actors send, and leaves the evidence that they leave.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readEvent } from '../../../../lib/drive/events.ts'
import { findK6 } from '../../../../scripts/build/binaries.ts'
import { mixedLoad, runUnder } from '../../../../scripts/bench/measure.ts'
import type { Load } from '../../../../scripts/bench/measure.ts'
import { send } from '../../../../testbed/service/fast-server.ts'
import type { Answerer } from '../../../../testbed/service/fast-server.ts'

const size = { seconds: 1, perSecond: 120, users: 4 }

/** What a run leaves, without its times and counts: one line for each kind of thing. */
interface Left {
  requests: Set<string>
  series: Set<string>
  events: Set<string>
}

/** Names that differ from request to request. */
const changing = /measured-[\w-]+|[0-9a-f-]{36}|r[0-9a-z]{8}[\w-]*/g

function requestLine({ method, url, headers }: IncomingMessage, body: string): string {
  const names = Object.keys(headers).filter((name) => name !== 'content-length')
  const fields = body === '' ? [] : Object.keys(JSON.parse(body) as object)
  const step = url!.replaceAll(changing, '*')
  return [method, step, headers['content-type'], names.toSorted(), fields.toSorted()].join(' ')
}

/** The status that a request is answered with in place of its answer; null where it gets that. */
type Spoil = (request: IncomingMessage) => number | null

/** An answerer that also writes down what it was asked, and answers `spoil` where that gives a status. */
function watched(answer: Answerer, lines: Set<string>, spoil: Spoil): Answerer {
  return (request, response) => {
    let body = ''
    request.on('data', (bytes: Buffer) => (body += bytes.toString()))
    request.on('end', () => void lines.add(requestLine(request, body)))
    const status = spoil(request)
    if (status === null) answer(request, response)
    else send(response, status)
  }
}

interface Sample {
  type: string
  metric: string
  data: { tags: Record<string, string> }
}

/** The series that a run left: each metric with its tags. */
async function seriesIn(file: string): Promise<Set<string>> {
  const samples = (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Sample)
  // k6's own, for its own connections and iterations, depend on nothing that a script does.
  const ours = samples.filter(({ type, metric }) => type === 'Point' && /^(assay_|http_reqs$)/.test(metric))
  return new Set(
    ours.map(({ metric, data: { tags } }) =>
      [
        metric,
        ...Object.entries(tags)
          .toSorted()
          .map(([tag, value]) => `${tag}:${value}`),
      ].join(' '),
    ),
  )
}

/** The events of a run: their names and fields, and the values that are names. */
function eventsIn(output: string): Set<string> {
  const lines = output.split('\n').map((line) => /msg="(\{.*\})" source=console/.exec(line)?.[1])
  const events = lines.flatMap((text) => {
    if (text === undefined) return []
    const event = readEvent(JSON.stringify({ level: 'info', msg: JSON.parse(`"${text}"`) as string }))
    return event === null ? [] : [event]
  })
  return new Set(
    events.map((event) =>
      Object.entries(event)
        .map(([name, value]) =>
          ['event', 'of', 'kind', 'phase', 'step', 'rules', 'status'].includes(name)
            ? `${name}:${String(value)}`
            : name,
        )
        .toSorted()
        .join(' '),
    ),
  )
}

async function leftBy(load: Load, contestant: string, spoil: Spoil): Promise<Left> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'assay-bench-'))
  try {
    const requests = new Set<string>()
    const file = path.join(folder, 'samples.json')
    const answerer = (): Answerer => watched(load.answerer(), requests, spoil)
    const k6 = (await findK6({})).path
    const output = await runUnder({ ...load, answerer }, load.scripts[contestant]!, k6, size, {
      arguments: ['--out', `json=${file}`],
    })
    return { requests, series: await seriesIn(file), events: eventsIn(output) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * What depends on the machine's mood: a good answer that came late, a poll that got no task, and what is done when the last task has
 * ended: work after the load, and asking again, for which there is only the time that is left.
 */
const isChance = /^assay_bad |event:bad .*status:2|status:204 step:poll|phase:settle|of:asked-again/
const certain = (lines: Set<string>): string[] => [...lines].filter((line) => !isChance.test(line)).toSorted()

/** Nothing goes wrong; and now and then a submission, a look and a result do. */
const servers: [what: string, spoil: () => Spoil][] = [
  ['every request is answered well', () => () => null],
  [
    'some are refused or fail',
    () => {
      const asked: Record<string, number> = {}
      const statuses = [429, 500, 404]
      return ({ url = '', headers }) => {
        const asks = /\/api\/v1\/tasks$|\/result$|\/by-key\//.exec(url)?.[0]
        // The requests before the load are left alone.
        if (asks === undefined) return null
        // Only clients whose submission failed look for it themselves, so that every second look of theirs has to fail.
        const isClients = asks === '/by-key/' && String(headers['x-correlation-id']).includes('client')
        const [kind, every] = isClients ? ['look of a client', 2] : [asks, 5]
        asked[kind] = (asked[kind] ?? 0) + 1
        return asked[kind] % every === 0 ? statuses[(asked[kind] / every) % statuses.length]! : null
      }
    },
  ],
]

describe('the lean script of the benchmark', () => {
  test.each(servers)('leaves what the actors leave where %s', async (_, spoil) => {
    const load = (await mixedLoad())!
    const [actors, lean] = [await leftBy(load, 'actors', spoil()), await leftBy(load, 'lean', spoil())]
    expect(certain(lean.requests)).toEqual(certain(actors.requests))
    expect(certain(lean.series)).toEqual(certain(actors.series))
    expect(certain(lean.events)).toEqual(certain(actors.events))
    expect([...lean.series].join('\n')).toContain('assay_seen kind:normal of:allocation')
  })
})
