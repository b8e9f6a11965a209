// One small request of an actor by the kit's own path, and one criterion: what the kit costs where a system costs nothing.
import http from 'k6/http'
import { drive as driveActors } from '../../lib/drive/drive.ts'
import { bareRun } from './bare-run.ts'
import { arrivals, perSecond, seconds, virtualUsers } from './load.js'
import { limitMs, options as optionsOf, phase, run, rule, step } from './step.js'

const place = 'sender_steady'

export const options = optionsOf({ ...arrivals, exec: 'drive' })

export function setup() {
  http.get(`${__ENV.BASE_URL}/begin`)
  const span = { start: 0, end: seconds }
  return bareRun(
    {
      run,
      phases: [{ ...phase, ...span, queueSeconds: 0, added: {} }],
      rest: { name: 'settle', kind: 'warmup', start: seconds, end: seconds, queueSeconds: 0, added: {} },
      levels: [{ ...span, from: virtualUsers, to: virtualUsers }],
      segments: {
        [place]: {
          actor: 'sender',
          phase: phase.name,
          kind: phase.kind,
          start: 0,
          seconds,
          work: true,
          from: perSecond,
          to: perSecond,
        },
      },
      driveSeconds: seconds,
      checks: { [phase.kind]: { [step]: [[rule, limitMs, null]] } },
      record: true,
    },
    { baseUrl: __ENV.BASE_URL },
  )
}

const headers = Object.freeze({ Authorization: 'Bearer token' })
const created = [201]
function readOrder(json) {
  const order = json?.order
  return typeof order === 'string' ? order : null
}

const orderOf = (key) => ({
  method: 'POST',
  path: '/orders',
  headers,
  body: { order: key },
  expect: created,
  read: readOrder,
})

const actors = {
  sender: (world) => void world.send(step, orderOf(world.name)),
}

const known = () => ({ actors })
export const drive = (data) => driveActors(data, known)
