// Acceptance criteria of a claim-verification service. Texts and limits are the source document's; the floors are ours.
import type { PhaseKind } from '../verdict/criterion.ts'
import {
  agrees,
  busy,
  check,
  criteria,
  eachStep,
  errors,
  falls,
  latency,
  leak,
  ms,
  never,
  neverInAny,
  percent,
  rate,
  recovery,
  seconds,
  serviceRecovery,
  slower,
} from './limits.ts'

const served: PhaseKind[] = ['normal', 'peak']
const everywhere: PhaseKind[] = ['normal', 'peak', 'recovery']

/** Each kind of request by itself: mixed, a thousand single texts would hide a slow batch. */
const eachUnder = (p: number, under: number) =>
  (['verify', 'batch-small', 'batch-large'] as const).map((of) => latency({ p, under, in: 'normal', of }))

/** What the service counts, by both ways of asking, is what callers saw. */
const countedAlike = [
  agrees({
    what: 'requests',
    of: 'verification',
    count: 'all',
    point: 'stats-requests',
    within: percent(1),
  }),
  agrees({
    what: 'requests',
    of: 'verification',
    count: 'all',
    point: 'metrics-requests',
    within: percent(1),
  }),
  agrees({
    what: 'errors',
    of: 'verification',
    count: 'bad',
    point: 'metrics-errors',
    within: percent(1),
  }),
]
const hitsAlike = [
  agrees({ what: 'hits', of: 'cached', count: 'good', point: 'stats-hits', within: percent(1) }),
  agrees({ what: 'hits', of: 'cached', count: 'good', point: 'metrics-hits', within: percent(1) }),
]

/** Not one request without an answer. A generator without cores may give one up that would have got it. */
const unanswered = (kinds: PhaseKind[], floor: number) =>
  never({
    what: 'a request got no answer',
    of: 'api',
    only: 'unanswered',
    lagSensitive: true,
    in: kinds,
    floor,
  })

/**
 * A text that is in the cache costs at least so many times less work than one that is not. The source's 90.5 compared a
 * look-up in a dictionary of ten texts with a regular expression, inside of one process: docs/truthsync.md.
 */
const leastSpeedup = 3

/** The source does not say what breaking is: ten times as long as it promises. */
const brokenMs = ms(100)

const ofSource = criteria('truthsync.md', {
  'baseline.latency-p99': ['P99 latency < 10 ms', ...eachUnder(99, ms(10))],
  'baseline.cache-hit': [
    'Cache hit rate > 80 %',
    errors({ of: 'cached', under: percent(20), in: 'normal' }),
    ...hitsAlike,
  ],
  'baseline.errors': ['Error rate < 0.1 %', errors({ under: percent(0.1), in: 'normal', of: 'api' })],
  'baseline.speedup': [
    'Validate 90.5x speedup: a hit costs a third of the work of a miss at most',
    neverInAny({
      what: 'a hit costs more than a third of the work of a miss',
      of: 'speedup',
      in: 'normal',
      floor: 1,
      least: leastSpeedup,
    }),
  ],
  'stress.throughput': [
    'Sustained throughput > 10k RPS',
    rate({ of: 'api', perSecond: 10_000, in: 'peak', inEvery: seconds(10) }),
  ],
  'stress.memory': ['Memory stable (no leaks)', leak({ in: 'peak', mbPerHour: 0.3 })],
  'stress.cpu': ['CPU < 80 %', busy({ in: 'peak', under: percent(80) })],
  'stress.breaking-point': [
    'Find breaking point',
    eachStep(latency({ p: 99, under: brokenMs, in: 'normal', of: 'api' })),
  ],
  'spike.absorb': ['Handles 10x spike', errors({ under: percent(0.1), in: 'peak', of: 'api' })],
  'spike.recovery': [
    'Recovery < 30 s',
    serviceRecovery({
      of: 'api',
      after: 'peak',
      within: seconds(30),
      window: seconds(10),
      under: percent(1),
      over: ms(10),
    }),
  ],
  'spike.no-drops': [
    'No dropped requests',
    ...never({
      what: 'an answer was not that to its text',
      of: 'own-answer',
      in: everywhere,
      floor: 1000,
    }),
    agrees({ what: 'requests', of: 'verification', count: 'all', point: 'stats-requests', within: 0 }),
    ...unanswered(everywhere, 100),
  ],
  'spike.queue': [
    'Validate queue handling',
    neverInAny({
      what: 'the queue that it shows is not what it accepted less what it verified, or longer than it may be',
      of: 'queue-account',
      in: everywhere,
      floor: 20,
    }),
    recovery({ of: 'queue-empty', after: 'peak', within: seconds(30) }),
  ],
  'endurance.latency-drift': [
    'Latency stable (no drift)',
    slower({
      of: 'verify',
      p: 95,
      now: { in: 'normal', which: 'last quarter' },
      before: { in: 'normal', which: 'first quarter' },
      most: 1.2,
    }),
  ],
  'endurance.memory': ['Memory stable', leak({ in: 'normal', mbPerHour: 0.3 })],
  'endurance.cache-hit': [
    'Cache hit rate maintained',
    falls({
      of: 'hits',
      among: 'texts',
      now: { in: 'normal', which: 'last quarter' },
      before: { in: 'normal', which: 'first quarter' },
      most: percent(2),
    }),
    errors({ of: 'cached', under: percent(20), in: 'normal' }),
  ],
  'watch.p50': ['P50 < 1 ms', latency({ p: 50, under: ms(1), in: 'normal', of: 'api' })],
  'watch.p95': ['P95 < 5 ms', latency({ p: 95, under: ms(5), in: 'normal', of: 'api' })],
  'watch.cpu': ['CPU < 70 %', busy({ in: 'normal', under: percent(70) })],
  'watch.4xx': [
    '4xx: should be 0',
    ...never({ what: 'a valid request was answered 4xx', of: 'api', only: '4xx', in: served, floor: 1000 }),
  ],
  'watch.5xx': ['5xx < 0.1 %', errors({ under: percent(0.1), in: served, of: 'api', only: '5xx' })],
  'watch.timeouts': ['Timeouts: should be 0', ...unanswered(served, 1000)],
  'metrics.truth': [
    'What the Prometheus queries of the guide return is true',
    ...countedAlike,
    ...hitsAlike,
    neverInAny({
      what: '/stats and /metrics differ',
      of: 'same-figures',
      in: everywhere,
      floor: 1,
    }),
  ],
  'config.effective': [
    'BATCH_SIZE and CACHE_SIZE take effect',
    neverInAny({
      what: 'the hit rate is not that of a cache of this size',
      of: 'hit-theory',
      in: 'normal',
      floor: 1,
    }),
    neverInAny({ what: 'more texts were worked on in one go', of: 'batch-size', in: 'normal', floor: 20 }),
  ],
})

const ofContract = criteria('systems/truthsync/openapi.json', {
  'api.batch': [
    'A batch answers each text as it is answered alone, in order, and one bad item does not spoil the others',
    check({ of: 'batch-as-singles', what: 'a batch answered a text otherwise than it is answered alone' }),
  ],
  'contract.ground-truth': [
    'A text that states a fact has a claim, which is in the text, and one that states none has none',
    check({ of: 'ground-truth', what: 'an answer was not that to its text' }),
  ],
  'contract.cache-word': [
    'An answer is called a hit where it was in the cache, and only there',
    check({ of: 'cache-word', what: 'what was called a hit, or a miss, was none' }),
  ],
})

export const truthsync = { ...ofSource, ...ofContract }
