// A k6 script whose limits want evidence: k6 run -e BASE_URL=http://127.0.0.1:8080 any-script.js
import http from 'k6/http'
import { criteria, errors, latency, ms, percent } from '../dist/assay.js'

const { thresholds, measure, handleSummary } = criteria({
  'checkout.latency': ['P95 of checkout < 300 ms', latency({ p: 95, under: ms(300), of: 'checkout' })],
  'checkout.errors': ['Error rate of checkout < 1 %', errors({ under: percent(1), of: 'checkout' })],
})
export const options = { vus: 10, iterations: 1000, thresholds }
export default () => measure('checkout', () => http.get(`${__ENV.BASE_URL}/checkout`))
export { handleSummary }
