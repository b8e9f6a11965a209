// A load script as it is usually written: sensible limits on latency, and no thought for what was measured.
import { sleep } from 'k6'
import http from 'k6/http'

export const options = {
  vus: 5,
  duration: '8s',
  summaryTrendStats: ['p(95)', 'p(99)', 'count'],
  thresholds: {
    http_req_duration: ['p(95)<500', 'p(99)<2000'],
    'http_req_duration{endpoint:order}': ['p(95)<100'],
    'http_req_duration{endpoint:regsiter}': ['p(95)<200'], // a tag misspelt: nothing is ever measured under it
  },
}

export default function () {
  const params = { tags: { endpoint: 'order' } }
  http.post(`${__ENV.BASE_URL}/orders`, JSON.stringify({ item: 'book', count: 1 }), params)
  sleep(0.1)
}
