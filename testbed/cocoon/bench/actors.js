// The baseline's own bundle, with its options, its actors and all that they record, under the load of load.js.
import http from 'k6/http'
import * as baseline from '../../../dist/baseline.js'
import { arrivals, perSecond, residents, seconds, virtualUsers } from '../../../scripts/bench/load.js'
import { place, shortened } from './plan.js'

export const options = {
  ...baseline.options,
  scenarios: {
    [place]: { ...arrivals, exec: 'drive' },
    follower: { ...residents, exec: 'drive' },
    worker: { ...residents, exec: 'drive' },
  },
}

export function setup() {
  const data = shortened(baseline.setup(), { perSecond, seconds, virtualUsers })
  http.get(`${data.target.baseUrl}/begin`)
  return data
}

export const { drive } = baseline
