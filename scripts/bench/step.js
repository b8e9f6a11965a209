// What both scripts of the small load share: one request of one step, held against one criterion.
import { seconds } from './load.js'

export const step = 'order'
export const run = 'bench'
export const rule = 'bench.orders-p95'
export const limitMs = 500
export const phase = { name: 'steady', kind: 'normal' }

export const options = (arrivals) => ({
  scenarios: { sender_steady: arrivals },
  // The series that a share of one step is judged by, as lib/summary/k6-thresholds.ts asks for them.
  thresholds: {
    [`assay_bad{rule:${rule}}`]: [`count<=${seconds * 1000}`],
    [`http_reqs{step:${step},kind:${phase.kind}}`]: ['count>=0'],
    [`http_req_duration{step:${step},kind:${phase.kind}}`]: [`p(95)<${limitMs}`],
    [`http_reqs{step:${step}}`]: ['count>=0'],
    [`assay_failures{step:${step}}`]: ['count>=0'],
    [`assay_refusals{step:${step}}`]: ['count>=0'],
    [`http_req_duration{step:${step}}`]: ['max>=0'],
  },
  systemTags: ['status', 'scenario', 'error_code', 'expected_response'],
  noCookiesReset: true,
})
