// A load script as it is usually written: sensible limits on latency, and no thought for what was measured.
import { sleep } from 'k6'
import http from 'k6/http'

export const options = {
  vus: 5,
  duration: '8s',
  summaryTrendStats: ['p(95)', 'p(99)', 'count'],
  thresholds: {
    http_req_duration: ['p(95)<500', 'p(99)<2000'],
    'http_req_duration{endpoint:submit}': ['p(95)<100'],
    'http_req_duration{endpoint:regsiter}': ['p(95)<200'], // a tag misspelt: nothing is ever measured under it
  },
}

export default function () {
  const params = { tags: { endpoint: 'submit' } }
  http.post(`${__ENV.BASE_URL}/api/v1/tasks`, JSON.stringify({ memory_mb: 1024 }), params)
  sleep(0.1)
}
