// What setup() hands to actors that come without a plan: benchmarks, and tests of what k6 measures.
import type { RunData } from '../../lib/drive/actor.ts'

const rest: RunData['rest'] = { name: 'rest', kind: 'warmup', start: 0, end: 0, queueSeconds: 0, added: {} }

/** A run in which nothing comes, nothing is judged and nothing is told, but for its `own` fields. */
export const bareRun = (own: Partial<RunData>, target: Partial<RunData['target']>): RunData => ({
  run: 'bare',
  system: '',
  seed: 1,
  clock: 'wall',
  epochStart: 0,
  startAt: null,
  late: 0,
  preflight: false,
  withChecks: false,
  phases: [],
  rest,
  levels: [],
  faults: [],
  segments: {},
  residents: {},
  driveSeconds: 0,
  settleSeconds: 0,
  shards: 1,
  fineLagsMs: [],
  checks: {},
  rates: {},
  agreements: {},
  promiseAccounts: {},
  groups: {},
  tallies: [],
  inTimeMs: 0,
  record: false,
  history: false,
  oracles: [],
  settings: {},
  ...own,
  target: {
    baseUrl: '',
    adapter: null,
    alone: true,
    credentials: {},
    endpoints: {},
    links: {},
    selectors: {},
    ...target,
  },
})
