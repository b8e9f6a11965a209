// The baseline's own bundle, with its options, its actors and all that they record, under the load of load.js.
import http from 'k6/http'
import * as baseline from '../../dist/baseline.js'
import { perSecond, residents, seconds, submissions, virtualUsers } from './load.js'

const place = 'client_steady'

export const options = {
  ...baseline.options,
  scenarios: {
    [place]: { ...submissions, exec: 'drive' },
    follower: { ...residents, exec: 'drive' },
    worker: { ...residents, exec: 'drive' },
  },
}

/** The baseline's plan, shortened to one steady phase in which tasks take no time. */
export function setup() {
  const data = baseline.setup()
  const stretch = { actor: 'client', phase: 'steady', kind: 'normal', start: 0, seconds, work: true }
  const steady = data.phases.find(({ name }) => name === 'steady')
  http.get(`${data.target.baseUrl}/mark/begin`)
  return {
    ...data,
    phases: [{ ...steady, start: 0, end: seconds, workSeconds: 0 }],
    rest: { ...data.rest, start: seconds, end: seconds, workSeconds: 0 },
    levels: [{ start: 0, end: seconds, from: virtualUsers, to: virtualUsers }],
    segments: { [place]: { ...stretch, from: perSecond, to: perSecond } },
    residents: { follower: virtualUsers, worker: virtualUsers },
    driveSeconds: seconds,
    settleSeconds: 0,
  }
}

export const drive = baseline.drive

export function teardown(data) {
  http.get(`${data.target.baseUrl}/mark/end`)
}
