// Arrivals at an even rate to a server whose delays are known: each tells how late it began and how long it took.
import { drive as driveActors } from '../../lib/drive/drive.ts'
import { probeName } from '../../lib/plan/plan-time.ts'
import { bareRun } from '../../scripts/bench/bare-run.ts'

const perSecond = Number(__ENV.PER_SECOND)
const seconds = Number(__ENV.SECONDS)
const limitsMs = __ENV.LIMITS_MS.split(',').map(Number)
const fineLagsMs = __ENV.LAGS_MS.split(',').map(Number)
const place = 'caller_steady'

export const options = {
  scenarios: {
    [place]: {
      executor: 'constant-arrival-rate',
      exec: 'drive',
      rate: perSecond,
      duration: `${seconds * 1000 - 500 / perSecond}ms`,
      preAllocatedVUs: 20,
      maxVUs: 20,
    },
    [probeName]: { executor: 'per-vu-iterations', exec: 'drive', vus: 1, iterations: 1 },
  },
  thresholds: Object.fromEntries([
    ...limitsMs.map((limitMs) => [`assay_bad{rule:over-${limitMs}}`, ['count>=0']]),
    ...fineLagsMs.map((mostMs) => [`assay_lag_fine{over:${mostMs}}`, ['count>=0']]),
  ]),
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'count'],
  systemTags: ['scenario'],
}

const span = { start: 0, end: seconds }
const steady = { name: 'steady', kind: 'normal', ...span, queueSeconds: 0, added: {} }
export const setup = () =>
  bareRun(
    {
      run: 'fine',
      phases: [steady],
      rest: { ...steady, name: 'rest', kind: 'warmup' },
      segments: {
        [place]: {
          ...span,
          seconds,
          actor: 'caller',
          phase: 'steady',
          kind: 'normal',
          from: perSecond,
          to: perSecond,
        },
      },
      driveSeconds: seconds,
      fineLagsMs,
      checks: { normal: { call: limitsMs.map((limitMs) => [`over-${limitMs}`, limitMs, null]) } },
    },
    { baseUrl: __ENV.BASE_URL },
  )

const actors = {
  caller: (world) => {
    const { index, lagMs } = world
    const exchange = { method: 'GET', path: `/${index}`, expect: [200], read: (json) => json?.index ?? null }
    const { outcome, ms } = world.send('call', exchange)
    console.log(JSON.stringify({ index, outcome, ms, lagMs }))
  },
}
export const drive = (data) => driveActors(data, () => ({ actors }))

export function handleSummary({ metrics }) {
  const countOf = (name) => metrics[name]?.values.count ?? 0
  return {
    [__ENV.FIGURES]: JSON.stringify({
      bad: limitsMs.map((limitMs) => countOf(`assay_bad{rule:over-${limitMs}}`)),
      late: fineLagsMs.map((mostMs) => countOf(`assay_lag_fine{over:${mostMs}}`)),
      dropped: countOf('dropped_iterations'),
      exceptions: countOf('assay_exceptions'),
      probes: metrics.assay_lag_ms.values,
    }),
  }
}
